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
from bioner_core.reproduce.paper_corpora import PaperCorpusInput, read_paper_corpora
from bioner_core.reproduce.planning import RunPart, list_run_parts, propose_run_name, plan_paper_study
from bioner_core.reproduce.protocol import CORPORA, LANGUAGES, MODELS, MULTI, PaperModel
from bioner_core.reproduce.replication import Replication, load_replication, load_published, add_corpora
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

    studies: Mapping[str, Study]  # by the option's word for the model
    notes: tuple[str, ...]  # what is left out, beside what each study notes itself

    @property
    def all_notes(self) -> tuple[str, ...]:
        """Return all notes, each once."""
        study_notes = (note for study in self.studies.values() for note in study.notes)
        return tuple(dict.fromkeys((*self.notes, *study_notes)))

    def list_parts(self) -> list[RunPart]:
        """Return what all models are for."""
        return [part for study in self.studies.values() for part in list_run_parts(study)]

    def estimate_seconds(self) -> float | None:
        """Return the time here; None where one of the models was never timed on this machine."""
        store = RunStore()
        times = [estimate_seconds(study, store) for study in self.studies.values()]
        available = [time for time in times if time is not None]
        return sum(available) if len(available) == len(times) else None


def read_corpora(args: argparse.Namespace, paths: Mapping[str, str]) -> dict[str, PaperCorpusInput]:
    """Read the corpora that are given; say what is odd in them."""
    corpora = read_paper_corpora(paths, label_map=dict(args.map), documents=args.documents)
    for name, corpus in corpora.items():
        for finding in corpus.findings:
            where = name if finding.where == name else f"{name}: {finding.where}"
            print_findings([replace(finding, where=where)], with_doubts=True)
    return corpora


def plan_studies(args: argparse.Namespace, corpora: Mapping[str, PaperCorpusInput]) -> ReproductionPlan:
    """Return the studies of the models asked for; a baseline that cannot be had is left out with a word."""
    notes = _note_omissions(corpora)
    studies: dict[str, Study] = {}
    for model in _select_models(args, corpora):
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
            study = _plan_study(model, corpora, choice=choice, name=name, args=args)
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


def _select_models(args: argparse.Namespace, corpora: Mapping[str, PaperCorpusInput]) -> Iterator[PaperModel]:
    """Yield the models asked for: the LSTM-CRF once a language whose word vectors are given."""
    paths = {language: getattr(args, f"vectors_{language}") for language in LANGUAGES}
    vectors = {language: str(Path(path).expanduser().resolve()) for language, path in paths.items() if path}
    for language in vectors:
        if LSTM_CRF not in args.models:
            why = f"only lstm-crf reads word vectors, and --models has {','.join(args.models)}. Add lstm-crf"
        elif language not in {CORPORA[name].language for name in corpora}:
            why = f"no corpus in this language is given, only {' and '.join(corpora)}. Name one"
        else:
            continue
        raise BionerError(f"--vectors-{language}: {why}, or leave the vectors out.")
    for key in args.models:
        variants = MODELS[key].split_by_language(vectors if key == LSTM_CRF else {})
        yield from [variant for variant in variants if any(name in corpora for name in variant.targets)] or [MODELS[key]]


def _note_omissions(corpora: Mapping[str, PaperCorpusInput]) -> list[str]:
    """Say what the corpora at hand cannot give."""
    notes = [
        f"{name} ({corpus.title}) is not given (--{corpus.option})."
        for name, corpus in CORPORA.items()
        if name not in corpora
    ]
    notes += [
        f"{name}: its own training and test parts are put together, since the paper drew 30 % for the test."
        for name, corpus_input in corpora.items()
        if corpus_input.had_split
    ]
    notes += [
        f"{name}: left out, as in the paper: {', '.join(corpus_input.dropped_labels)}."
        for name, corpus_input in corpora.items()
        if corpus_input.dropped_labels
    ]
    return notes


def _choose_encoder(run: str, model: PaperModel, stand_in: str | None, preset: str) -> ModelChoice:
    """Return the encoder; a run that is there keeps its own unless another one is named."""
    store = RunStore()
    if not (stand_in or model.vectors) and run in store.names() and (existing := store.open(run).study.model):
        return existing
    return choose_model(stand_in or model.name, preset, vectors=model.vectors)


def _plan_study(
    model: PaperModel,
    corpora: Mapping[str, PaperCorpusInput],
    *,
    choice: ModelChoice,
    name: str,
    args: argparse.Namespace,
) -> Study | None:
    return plan_paper_study(
        model,
        _select_corpora(corpora),
        choice=choice,
        name=name,
        preset=args.preset,
        sizes=args.sizes,
        seeds=args.seeds,
        full_sources=args.full_sources,
    )


def train_missing(plan: ReproductionPlan, corpora: Mapping[str, PaperCorpusInput], *, retry: bool) -> int:
    """Train what the runs lack, one run after the other; a run that is stopped stops those behind it."""
    code = 0
    for study in plan.studies.values():
        run = create_or_extend_run(study, _select_corpora(corpora))
        code = train_or_follow(run, retry=retry) or code
        if run.pending():
            break
    return code


def load_trained(plan: ReproductionPlan, corpora: Mapping[str, PaperCorpusInput]) -> Replication:
    """Return what the plan's runs say."""
    store = RunStore()
    names = [study.name for study in plan.studies.values()]
    runs = [store.open(name) for name in names if name in store.names()]
    multi = plan.studies.get(MULTI)
    replication = load_replication(runs, {}, model=multi.model.name if multi and multi.model else None)
    replication = replace(replication, notes=(*plan.all_notes, *_note_missing_models(runs)))
    n_read = {name: corpus.n_read for name, corpus in corpora.items()}
    return _add_corpora(replication, _select_corpora(corpora), n_read)


def load_runs(args: argparse.Namespace, names: Mapping[str, str]) -> Replication:
    """Return what runs that are there say; ``names`` are those of the paper's corpora in the runs."""
    store = RunStore()
    runs = [store.open(name) for name in dict.fromkeys(args.runs)]
    replication = load_replication(runs, names, model=args.model)
    replication = replace(replication, notes=tuple(_note_missing_models(runs)))
    copies: dict[str, Corpus] = {}
    for run in runs:
        with suppress(BionerError):  # it came without texts
            copies |= run.corpora()
    return _add_corpora(replication, {name: copies[run_name] for name, run_name in replication.names.items() if run_name in copies})


def _add_corpora(
    replication: Replication, corpora: Mapping[str, Corpus], n_read: Mapping[str, Mapping[str, int]] = MappingProxyType({})
) -> Replication:
    """Add what the corpora themselves tell: Table 1, and Table 4 where the tokenizer is here."""
    if not corpora:
        return replace(replication, notes=(*replication.notes, "Tables 1 and 4 need the corpora, which are not here."))
    model, tokenizer = replication.encoders.get(MODELS[MULTI].title, (MULTI_BERT, ""))[0], None
    try:
        tokenizer = load_tokenizer(find_tokenizer(MULTI_BERT if model == MODELS[MULTI].title else model))
    except BionerError as error:
        replication = replace(replication, notes=(*replication.notes, f"Table 4 is left out: {error}"))
    return add_corpora(replication, corpora, n_read=n_read, tokenizer=tokenizer)


def build_count_rows(corpora: Mapping[str, PaperCorpusInput]) -> list[dict[str, object]]:
    """Return what was read of each corpus, each number beside Table 1's."""
    statistics = {name: compute_statistics(corpus) for name, corpus in _select_corpora(corpora).items()}
    rows: dict[str, dict[str, object]] = {name: {"corpus": name} for name in statistics}
    for cell in build_corpora_cells(load_published()[0], statistics, {}):
        if cell.replicated is not None and cell.unit == "count":
            text = f"{format_number(cell.replicated, cell.unit)} ({format_number(cell.published, cell.unit)})"
            rows[cell.row["corpus"]][f"{MEASURES.get(cell.measure, cell.measure)} (paper)"] = text
    for name, corpus in corpora.items():
        rows[name] |= {f"{kind} in files": corpus.n_read[kind] for kind in (DRUG, DISEASE)}
    return list(rows.values())


def _note_missing_models(runs: Sequence[Run]) -> list[str]:
    states = [(run.name, run.state()) for run in runs]
    return [
        f"{name}: {state.n_done} of {state.n_jobs} models are there."
        for name, state in states
        if state.n_done < state.n_jobs
    ]


def _select_corpora(corpora: Mapping[str, PaperCorpusInput]) -> dict[str, Corpus]:
    return {name: corpus.corpus for name, corpus in corpora.items()}
