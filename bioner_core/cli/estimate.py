"""``bioner estimate``: from a corpus to the number of sentences, start to end."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace

from bioner_core.analysis.forecast_check import came, earlier
from bioner_core.analysis.reference_curves import known_curves, runs_to_learn_from
from bioner_core.answers import probe_ratio as calibration
from bioner_core.answers import verdict
from bioner_core.answers.effort import effort, effort_told
from bioner_core.answers.estimate import Estimate, from_curves, from_similar, pool_of, test_sentences
from bioner_core.answers.probe_study import probe_of, run_of
from bioner_core.answers.wording import count
from bioner_core.cli.corpus_argument import add_language, add_reading, open_told
from bioner_core.cli.output import Commands, add_format, show, table
from bioner_core.cli.rates import add_rates, rates_asked
from bioner_core.cli.runs import resume
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.cost import NO_COST
from bioner_core.costs.rates import Rates, load_rates, timed_rates
from bioner_core.study.duration import plan_in_words
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

BASES = {"similar": "similar corpora", "probe": "probe", "trained": "fine-tuned"}


def add_commands(commands: Commands) -> None:
    """Add ``estimate``."""
    estimate = commands.add_parser("estimate", help="how many sentences of a corpus must be annotated")
    estimate.add_argument("path", help="library name, file, zip or folder")
    estimate.add_argument(
        "--pool", type=int, metavar="N", help="sentences to train on that could be annotated at most"
    )
    estimate.add_argument("--fraction", type=float, default=0.99, help="of what they would reach")
    estimate.add_argument("--now", action="store_true", help="from similar curves only; train nothing")
    add_reading(estimate)
    add_language(estimate)
    add_rates(estimate)
    add_format(estimate)
    estimate.set_defaults(call=estimate_corpus)


def estimate_corpus(args: argparse.Namespace) -> int:
    """Print what similar curves say, train the probe, print what it says and what to do next."""
    rates = rates_asked(args) or load_rates()  # what is wrong with them is told before minutes of training
    opened = open_told(args.path, args, with_doubts=True, language=args.language)
    corpus, store = opened.corpus, RunStore()
    if rates.is_published and opened.reading:
        rates = timed_rates(opened.reading, len(corpus.sentences), rates) or rates
    n_unannotated = opened.reading.n_unannotated if opened.reading else 0
    pool = pool_of(corpus, told=args.pool, n_unannotated=n_unannotated)
    if not pool.is_told:
        _tell(
            f"note: {count(pool.n_all)} sentences are taken to be all that could be annotated; say --pool N"
        )
    known = known_curves(runs_to_learn_from(store))
    found = [from_similar(corpus, known, pool, fraction=args.fraction)]
    run = None if args.now else _probed(corpus, store)
    if run:
        if code := resume(run):
            return code
        known = known_curves(runs_to_learn_from(store, without=run.name))
        own = run.curves()
        probe = from_curves(own, known, pool, digest=corpus.digest, fraction=args.fraction)
        found += [probe] if probe else []
    _show(found, corpus, run, args, rates=rates)
    return 0


def _probed(corpus: Corpus, store: RunStore) -> Run:
    """Return the probe's run of a corpus, made where there is none."""
    study = probe_of(corpus, choose_model(None, "probe"))
    run = run_of(study, corpus, store)
    if pending := run.pending():
        _tell(f"{run.name}: {plan_in_words(replace(study, jobs=pending), store)}")
    return run


def _show(
    found: Sequence[Estimate], corpus: Corpus, run: Run | None, args: argparse.Namespace, *, rates: Rates
) -> None:
    """Print a row for each basis and type, and the last word."""
    last, n_test = found[-1], test_sentences(corpus, found[-1].pool)
    rows = [one for each in found for one in (each, *each.by_type)]
    cost = effort(last, rates, n_test=args.test_sentences or n_test)
    told = [verdict.sentence(last, n_test=n_test), effort_told(cost, rates)]
    told += [verdict.stop_advice(last, rates), *_rounds(run)]
    if run:
        known = known_curves(runs_to_learn_from(RunStore()))
        told.append(calibration.told(known, fraction=args.fraction))
    if args.format == "table":
        print(table([_row(one) for one in rows]))
        print("\n".join(filter(None, told)))
        return
    records = [{"corpus": corpus.name, **_record(one)} for one in rows]
    if args.format == "csv":
        show(records, form="csv")
        return
    answer: dict[str, object] = {"corpus": corpus.name, "run": run.name if run else None}
    answer |= {"n_test_needed": n_test, "cost": cost.record() if cost else NO_COST}
    show(
        {**answer, "next_round": verdict.next_round(last), "told": told[0], "estimates": records}, form="json"
    )


def _rounds(run: Run | None) -> list[str]:
    """Return what an earlier, smaller version of the corpus was, and how it forecast what came."""
    if run is None:
        return []
    store = RunStore()
    grown = next(iter(run.corpora().values()))
    last = next(
        iter(earlier(grown, [r for r in store.runs() if not r.is_shipped and r.name != run.name])), None
    )
    if last is None:
        return []
    known = known_curves(runs_to_learn_from(store, without=run.name))
    return verdict.last_round(last, came(last, run.curves(), known))


def _row(one: Estimate) -> dict[str, object]:
    """Return the columns for people."""
    beyond = f"> {one.pool.n_all}"
    return {
        "basis": BASES[one.basis],
        "entity": one.entity,
        "even chance": beyond if one.n is None else one.n,
        "95 % sure": beyond if one.high is None else one.high,
        "F1 at pool": f"{100 * one.full.f1:.1f}",
        "rests on": one.rests_on,
    }


def _record(one: Estimate) -> dict[str, object]:
    """Return the JSON object of an estimate."""
    names = ("basis", "entity", "decided_by", "fraction", "n", "low", "high", "rests_on")
    points = ("full", "now", "next")
    return {
        **{name: getattr(one, name) or None for name in names},
        **{f"{name}_f1": None if (p := getattr(one, name)) is None else asdict(p) for name in points},
        **{name: value for name, value in asdict(one.pool).items() if name != "is_told"},
    }


def _tell(message: str) -> None:
    print(message, file=sys.stderr)
