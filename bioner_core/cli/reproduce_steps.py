"""What ``bioner reproduce`` does between its options and its answer: read, plan, train, gather."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from bioner_core.cli.corpus_argument import print_findings
from bioner_core.cli.corpus_overlap import find_tokenizer
from bioner_core.cli.curve import create_or_extend_run
from bioner_core.cli.runs import train_or_follow
from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.statistics import compute_statistics
from bioner_core.corpus.word_pieces import load_tokenizer
from bioner_core.errors import BionerError
from bioner_core.reproduce.paper_corpora import GivenCorpus, read_all
from bioner_core.reproduce.planning import RunPart, parts, run_name, study_of
from bioner_core.reproduce.protocol import CORPORA, LANGUAGES, MODELS, MULTI, PaperModel
from bioner_core.reproduce.replication import Ours, ours_of, published, with_corpora
from bioner_core.reproduce.tables import corpora_cells
from bioner_core.reproduce.wording import MEASURES, number
from bioner_core.study.duration import estimate_seconds
from bioner_core.study.encoder_choice import ModelChoice, choose_model
from bioner_core.study.jobs import LSTM_CRF
from bioner_core.study.plan import Study
from bioner_core.study.presets import MULTI_BERT
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The studies to train, and what is left out of them."""

    studies: Mapping[str, Study]  # by the option's word for the model
    notes: tuple[str, ...]  # what is left out, beside what each study notes itself

    @property
    def all_notes(self) -> tuple[str, ...]:
        """Return all notes, each once."""
        own = (note for study in self.studies.values() for note in study.notes)
        return tuple(dict.fromkeys((*self.notes, *own)))

    def parts(self) -> list[RunPart]:
        """Return what all models are for."""
        return [part for study in self.studies.values() for part in parts(study)]

    def seconds(self) -> float | None:
        """Return the time here; None where one of the models was never timed on this machine."""
        store = RunStore()
        times = [estimate_seconds(study, store) for study in self.studies.values()]
        known = [time for time in times if time is not None]
        return sum(known) if len(known) == len(times) else None


def read(args: argparse.Namespace, paths: Mapping[str, str]) -> dict[str, GivenCorpus]:
    """Read the corpora that are given; say what is odd in them."""
    given = read_all(paths, label_map=dict(args.map), documents=args.documents)
    for name, found in given.items():
        for finding in found.findings:
            where = name if finding.where == name else f"{name}: {finding.where}"
            print_findings([replace(finding, where=where)], with_doubts=True)
    return given


def planned(args: argparse.Namespace, given: Mapping[str, GivenCorpus]) -> Plan:
    """Return the studies of the models asked for; a baseline that cannot be had is left out with a word."""
    notes = _left_out(given)
    studies: dict[str, Study] = {}
    for model in _models(args, given):
        key, stand_in = model.key, args.model if model.key == MULTI else None
        name = run_name(model, preset=args.preset, stand_in=stand_in, prefix=args.run)
        try:
            choice = _choice(name, model, stand_in, args.preset)
        except BionerError as error:
            if model.vectors or (key == MULTI and not args.plan_only):
                raise
            notes.append(f"{model.title} is {'not here yet' if args.plan_only else 'left out'}: {error}")
            if not args.plan_only:
                continue
            choice = ModelChoice(name=stand_in or model.name, revision="not here yet")
        try:
            study = _study(model, given, choice=choice, name=name, args=args)
        except BionerError as error:
            if key == MULTI or model.vectors:
                raise
            notes.append(f"{model.title} is left out: {error}")
            continue
        if study:
            studies[key] = study
        else:
            notes.append(f"{model.title} is left out: Table 2 has it on {' and '.join(model.targets)} only.")
    if not studies:
        raise BionerError(" ".join(("reproduce: nothing is left to train.", *notes)))
    return Plan(studies=studies, notes=tuple(notes))


def _models(args: argparse.Namespace, given: Mapping[str, GivenCorpus]) -> Iterator[PaperModel]:
    """Yield the models asked for: the LSTM-CRF once a language whose word vectors are given."""
    paths = {language: getattr(args, f"vectors_{language}") for language in LANGUAGES}
    vectors = {language: str(Path(path).expanduser().resolve()) for language, path in paths.items() if path}
    for language in vectors:
        if LSTM_CRF not in args.models:
            why = f"only lstm-crf reads word vectors, and --models has {','.join(args.models)}. Add lstm-crf"
        elif language not in {CORPORA[name].language for name in given}:
            why = f"no corpus in this language is given, only {' and '.join(given)}. Name one"
        else:
            continue
        raise BionerError(f"--vectors-{language}: {why}, or leave the vectors out.")
    for key in args.models:
        variants = MODELS[key].by_language(vectors if key == LSTM_CRF else {})
        yield from [one for one in variants if any(name in given for name in one.targets)] or [MODELS[key]]


def _left_out(given: Mapping[str, GivenCorpus]) -> list[str]:
    """Say what the corpora at hand cannot give."""
    notes = [
        f"{name} ({corpus.title}) is not given (--{corpus.option})."
        for name, corpus in CORPORA.items()
        if name not in given
    ]
    notes += [
        f"{name}: its own training and test parts are put together, since the paper drew 30 % for the test."
        for name, found in given.items()
        if found.had_parts
    ]
    notes += [
        f"{name}: left out, as in the paper: {', '.join(found.left_out)}."
        for name, found in given.items()
        if found.left_out
    ]
    return notes


def _choice(run: str, model: PaperModel, stand_in: str | None, preset: str) -> ModelChoice:
    """Return the encoder; a run that is there keeps its own unless another one is named."""
    store = RunStore()
    if not (stand_in or model.vectors) and run in store.names() and (old := store.open(run).study.model):
        return old
    return choose_model(stand_in or model.name, preset, vectors=model.vectors)


def _study(
    model: PaperModel,
    given: Mapping[str, GivenCorpus],
    *,
    choice: ModelChoice,
    name: str,
    args: argparse.Namespace,
) -> Study | None:
    return study_of(
        model,
        _corpora(given),
        choice=choice,
        name=name,
        preset=args.preset,
        sizes=args.sizes,
        seeds=args.seeds,
        full_sources=args.full_sources,
    )


def train(plan: Plan, given: Mapping[str, GivenCorpus], *, retry: bool) -> int:
    """Train what the runs lack, one run after the other; a run that is stopped stops those behind it."""
    code = 0
    for study in plan.studies.values():
        run = create_or_extend_run(study, _corpora(given))
        code = train_or_follow(run, retry=retry) or code
        if run.pending():
            break
    return code


def trained(plan: Plan, given: Mapping[str, GivenCorpus]) -> Ours:
    """Return what the plan's runs say."""
    store = RunStore()
    names = [study.name for study in plan.studies.values()]
    runs = [store.open(name) for name in names if name in store.names()]
    multi = plan.studies.get(MULTI)
    found = ours_of(runs, {}, model=multi.model.name if multi and multi.model else None)
    found = replace(found, notes=(*plan.all_notes, *_missing(runs)))
    n_read = {name: each.n_read for name, each in given.items()}
    return _described(found, _corpora(given), n_read)


def from_runs(args: argparse.Namespace, names: Mapping[str, str]) -> Ours:
    """Return what runs that are there say; ``names`` are those of the paper's corpora in the runs."""
    store = RunStore()
    runs = [store.open(name) for name in dict.fromkeys(args.runs)]
    found = ours_of(runs, names, model=args.model)
    found = replace(found, notes=tuple(_missing(runs)))
    copies: dict[str, Corpus] = {}
    for run in runs:
        with suppress(BionerError):  # it came without texts
            copies |= run.corpora()
    return _described(found, {name: copies[own] for name, own in found.names.items() if own in copies})


def _described(
    ours: Ours, corpora: Mapping[str, Corpus], n_read: Mapping[str, Mapping[str, int]] = MappingProxyType({})
) -> Ours:
    """Add what the corpora themselves tell: Table 1, and Table 4 where the tokenizer is here."""
    if not corpora:
        return replace(ours, notes=(*ours.notes, "Tables 1 and 4 need the corpora, which are not here."))
    model, tokenizer = ours.encoders.get(MODELS[MULTI].title, (MULTI_BERT, ""))[0], None
    try:
        tokenizer = load_tokenizer(find_tokenizer(MULTI_BERT if model == MODELS[MULTI].title else model))
    except BionerError as error:
        ours = replace(ours, notes=(*ours.notes, f"Table 4 is left out: {error}"))
    return with_corpora(ours, corpora, n_read=n_read, tokenizer=tokenizer)


def read_rows(given: Mapping[str, GivenCorpus]) -> list[dict[str, object]]:
    """Return what was read of each corpus, each number beside Table 1's."""
    known = {name: compute_statistics(corpus) for name, corpus in _corpora(given).items()}
    rows: dict[str, dict[str, object]] = {name: {"corpus": name} for name in known}
    for cell in corpora_cells(published()[0], known, {}):
        if cell.ours is not None and cell.unit == "count":
            told = f"{number(cell.ours, cell.unit)} ({number(cell.published, cell.unit)})"
            rows[cell.row["corpus"]][f"{MEASURES.get(cell.measure, cell.measure)} (paper)"] = told
    for name, found in given.items():
        rows[name] |= {f"{kind} in files": found.n_read[kind] for kind in (DRUG, DISEASE)}
    return list(rows.values())


def _missing(runs: Sequence[Run]) -> list[str]:
    states = [(run.name, run.state()) for run in runs]
    return [
        f"{name}: {state.n_done} of {state.n_jobs} models are there."
        for name, state in states
        if state.n_done < state.n_jobs
    ]


def _corpora(given: Mapping[str, GivenCorpus]) -> dict[str, Corpus]:
    return {name: found.corpus for name, found in given.items()}
