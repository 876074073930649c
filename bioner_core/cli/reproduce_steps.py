"""Steps of ``bioner reproduce``: read the corpora, plan the studies, train, load the results."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
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
from bioner_core.files import expand_path
from bioner_core.reproduce.paper_corpora import PaperCorpusInput, read_paper_corpora
from bioner_core.reproduce.planning import RunPart, list_run_parts, plan_paper_study, propose_run_name
from bioner_core.reproduce.protocol import CORPORA, LANGUAGES, MODELS, MULTI, PaperModel
from bioner_core.reproduce.replication import Replication, add_corpora, load_published, load_replication
from bioner_core.reproduce.tables import build_corpora_cells
from bioner_core.reproduce.wording import MEASURES, format_number
from bioner_core.study.duration import estimate_seconds
from bioner_core.study.encoder_choice import ModelChoice, choose_model
from bioner_core.study.jobs import LSTM_CRF
from bioner_core.study.plan import Study
from bioner_core.study.presets import MULTI_BERT
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


@dataclass(frozen=True, kw_only=True)
class ReproductionPlan:
    """The studies to train, and what is left out of them."""

    studies: Mapping[str, Study]  # by the model's name in options
    notes: tuple[str, ...]  # what is left out, without the notes of the studies

    @property
    def all_notes(self) -> tuple[str, ...]:
        """Return all notes without repetition."""
        study_notes = (note for study in self.studies.values() for note in study.notes)
        return tuple(dict.fromkeys((*self.notes, *study_notes)))

    def list_parts(self) -> list[RunPart]:
        """Return the models of all studies by purpose."""
        return [part for study in self.studies.values() for part in list_run_parts(study)]

    def estimate_seconds(self) -> float | None:
        """Return the training time here; None where a model was never timed on this machine."""
        store = RunStore()
        times = [estimate_seconds(study, store) for study in self.studies.values()]
        available = [time for time in times if time is not None]
        return sum(available) if len(available) == len(times) else None


def read_corpora(args: argparse.Namespace, paths: Mapping[str, str]) -> dict[str, PaperCorpusInput]:
    """Read the corpora, and print their findings."""
    inputs = read_paper_corpora(paths, label_map=dict(args.map), documents=args.documents)
    for name, corpus in inputs.items():
        for finding in corpus.findings:
            where = name if finding.where == name else f"{name}: {finding.where}"
            print_findings([replace(finding, where=where)], with_doubts=True)
    return inputs


def plan_studies(args: argparse.Namespace, inputs: Mapping[str, PaperCorpusInput]) -> ReproductionPlan:
    """Plan the studies of the requested models; an unavailable baseline is left out with a note."""
    notes = _note_omissions(inputs)
    studies: dict[str, Study] = {}
    for model in _select_models(args, inputs):
        key, stand_in = model.key, args.model if model.key == MULTI else None
        name = propose_run_name(model, preset=args.preset, stand_in=stand_in, prefix=args.run)
        try:
            choice = _choose_encoder(name, model, stand_in, args.preset)
        except BionerError as error:
            if model.vectors or (key == MULTI and not args.plan_only):
                raise
            notes.append(f"{model.title} is {'not here yet' if args.plan_only else 'left out'}: {error}")
            if not args.plan_only:
                continue
            choice = ModelChoice(name=stand_in or model.name, revision="not here yet")
        try:
            study = _plan_study(model, inputs, choice=choice, name=name, args=args)
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
    return ReproductionPlan(studies=studies, notes=tuple(notes))


def _select_models(args: argparse.Namespace, inputs: Mapping[str, PaperCorpusInput]) -> Iterator[PaperModel]:
    """Yield the requested models; the LSTM-CRF once for each language with word vectors."""
    paths = {language: getattr(args, f"vectors_{language}") for language in LANGUAGES}
    vectors = {language: str(expand_path(path).resolve()) for language, path in paths.items() if path}
    for language in vectors:
        if LSTM_CRF not in args.models:
            why = f"only lstm-crf reads word vectors, and --models has {','.join(args.models)}. Add lstm-crf"
        elif language not in {CORPORA[name].language for name in inputs}:
            why = f"no corpus in this language is given, only {' and '.join(inputs)}. Name one"
        else:
            continue
        raise BionerError(f"--vectors-{language}: {why}, or leave the vectors out.")
    for key in args.models:
        variants = MODELS[key].split_by_language(vectors if key == LSTM_CRF else {})
        usable = [variant for variant in variants if any(name in inputs for name in variant.targets)]
        yield from usable or [MODELS[key]]


def _note_omissions(inputs: Mapping[str, PaperCorpusInput]) -> list[str]:
    """Return notes on missing corpora, merged splits and dropped labels."""
    notes = [
        f"{name} ({corpus.title}) is not given (--{corpus.option})."
        for name, corpus in CORPORA.items()
        if name not in inputs
    ]
    notes += [
        f"{name}: its predefined training and test parts are merged, since the paper drew 30 % for the test."
        for name, corpus_input in inputs.items()
        if corpus_input.had_split
    ]
    notes += [
        f"{name}: left out, as in the paper: {', '.join(corpus_input.dropped_labels)}."
        for name, corpus_input in inputs.items()
        if corpus_input.dropped_labels
    ]
    return notes


def _choose_encoder(run: str, model: PaperModel, stand_in: str | None, preset: str) -> ModelChoice:
    """Return the encoder; an existing run keeps its encoder unless another one is named."""
    store = RunStore()
    if not (stand_in or model.vectors) and run in store.names() and (existing := store.open(run).study.model):
        return existing
    return choose_model(stand_in or model.name, preset, vectors=model.vectors)


def _plan_study(
    model: PaperModel,
    inputs: Mapping[str, PaperCorpusInput],
    *,
    choice: ModelChoice,
    name: str,
    args: argparse.Namespace,
) -> Study | None:
    return plan_paper_study(
        model,
        _extract_corpora(inputs),
        choice=choice,
        name=name,
        preset=args.preset,
        sizes=args.sizes,
        seeds=args.seeds,
        full_sources=args.full_sources,
    )


def train_missing(plan: ReproductionPlan, inputs: Mapping[str, PaperCorpusInput], *, retry: bool) -> int:
    """Train missing jobs, run by run; stopping one run skips the following ones. Return the exit code."""
    code = 0
    for study in plan.studies.values():
        run = create_or_extend_run(study, _extract_corpora(inputs))
        code = train_or_follow(run, retry=retry) or code
        if run.pending():
            break
    return code


def load_trained(plan: ReproductionPlan, inputs: Mapping[str, PaperCorpusInput]) -> Replication:
    """Load the results of the plan's runs."""
    store = RunStore()
    names = [study.name for study in plan.studies.values()]
    runs = [store.open(name) for name in names if name in store.names()]
    multi = plan.studies.get(MULTI)
    replication = load_replication(runs, {}, model=multi.model.name if multi and multi.model else None)
    replication = replace(replication, notes=(*plan.all_notes, *_note_missing_models(runs)))
    n_read = {name: corpus.n_read for name, corpus in inputs.items()}
    return _add_corpora(replication, _extract_corpora(inputs), n_read)


def load_runs(args: argparse.Namespace, names: Mapping[str, str]) -> Replication:
    """Load the results of finished runs.

    :param names: the paper's corpus → its name in the runs.
    """
    store = RunStore()
    runs = [store.open(name) for name in dict.fromkeys(args.runs)]
    replication = load_replication(runs, names, model=args.model)
    replication = replace(replication, notes=tuple(_note_missing_models(runs)))
    copies: dict[str, Corpus] = {}
    for run in runs:
        with suppress(BionerError):  # imported without texts
            copies |= run.corpora()
    names_in_runs = replication.corpus_names.items()
    return _add_corpora(
        replication, {name: copies[run_name] for name, run_name in names_in_runs if run_name in copies}
    )


def _add_corpora(
    replication: Replication,
    corpora: Mapping[str, Corpus],
    n_read: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> Replication:
    """Add the data for Table 1, and for Table 4 where the tokenizer is here."""
    if not corpora:
        note = "Tables 1 and 4 need the corpora, which are not here."
        return replace(replication, notes=(*replication.notes, note))
    model, tokenizer = replication.encoders.get(MODELS[MULTI].title, (MULTI_BERT, ""))[0], None
    try:
        tokenizer = load_tokenizer(find_tokenizer(MULTI_BERT if model == MODELS[MULTI].title else model))
    except BionerError as error:
        replication = replace(replication, notes=(*replication.notes, f"Table 4 is left out: {error}"))
    return add_corpora(replication, corpora, n_read=n_read, tokenizer=tokenizer)


def build_count_rows(inputs: Mapping[str, PaperCorpusInput]) -> list[dict[str, object]]:
    """Return the counts of each corpus as read, beside those of Table 1."""
    statistics = {name: compute_statistics(corpus) for name, corpus in _extract_corpora(inputs).items()}
    rows: dict[str, dict[str, object]] = {name: {"corpus": name} for name in statistics}
    for cell in build_corpora_cells(load_published()[0], statistics, {}):
        if cell.replicated is not None and cell.unit == "count":
            text = f"{format_number(cell.replicated, cell.unit)} ({format_number(cell.published, cell.unit)})"
            rows[cell.row["corpus"]][f"{MEASURES.get(cell.measure, cell.measure)} (paper)"] = text
    for name, corpus in inputs.items():
        rows[name] |= {f"{kind} in files": corpus.n_read[kind] for kind in (DRUG, DISEASE)}
    return list(rows.values())


def _note_missing_models(runs: Sequence[Run]) -> list[str]:
    states = [(run.name, run.state()) for run in runs]
    return [
        f"{name}: {state.n_done} of {state.n_jobs} models are trained."
        for name, state in states
        if state.n_done < state.n_jobs
    ]


def _extract_corpora(inputs: Mapping[str, PaperCorpusInput]) -> dict[str, Corpus]:
    return {name: corpus.corpus for name, corpus in inputs.items()}
