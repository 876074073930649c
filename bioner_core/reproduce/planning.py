"""Plan the paper's studies, one for each model, and name the purpose of their jobs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bioner_core.corpus.library import propose_name
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import NONE
from bioner_core.reproduce.protocol import MULTI, PAIR, PAIR_TARGET, PUBLISHED, PaperModel
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import TrainJob
from bioner_core.study.plan import Study, plan_study
from bioner_core.study.presets import select_preset
from bioner_core.study.sizes import Size
from bioner_core.study.workload import count_pretraining_passes, count_training_passes

TABLE_2 = "Table 2: full data"
TABLE_3 = "Table 3: zero-shot, nothing to train"
FIGURE_NONE = "Figure 1: without pretraining"
FIGURE_ONE = "Figure 1: after one source"
FIGURE_PAIR = f"Figure 1: after {PAIR}"
SOURCES = "sources to pretrain on"
BESIDE = "beside the paper: full data after a source"


@dataclass(frozen=True, kw_only=True)
class RunPart:
    """The models of a run that serve one purpose."""

    run: str
    purpose: str
    n_models: int  # trained
    n_scored: int  # zero-shot: scored without training
    passes: int  # sentences read in training, over all epochs


def propose_run_name(
    model: PaperModel, *, preset: str, stand_in: str | None = None, prefix: str | None = None
) -> str:
    """Return the fixed name of a model's run, so that a second call continues it.

    >>> from bioner_core.reproduce.protocol import MODELS
    >>> multi_bert, biobert = MODELS["multi-bert"], MODELS["biobert"]
    >>> propose_run_name(multi_bert, preset="paper"), propose_run_name(biobert, preset="quick")
    ('ecir2020-multi-bert', 'ecir2020-quick-biobert')
    >>> propose_run_name(multi_bert, preset="paper", stand_in="intfloat/multilingual-e5-small")
    'ecir2020-multilingual-e5-small'
    """
    first = prefix or (PUBLISHED if preset == "paper" else f"{PUBLISHED}-{preset}")
    last = model.key if stand_in is None else re.split(r"[/\\]", stand_in.rstrip("/\\"))[-1]
    return propose_name(f"{first}-{last}")


def plan_paper_study(
    model: PaperModel,
    corpora: Mapping[str, Corpus],
    *,
    choice: ModelChoice,
    name: str,
    preset: str,
    sizes: str | Sequence[Size] | None = None,
    seeds: Sequence[int] | None = None,
    full_sources: bool = False,
) -> Study | None:
    """Plan the study of one model on the available corpora; None where the paper has it on none of them.

    :param corpora: by the paper's names.
    :param sizes: of Multi-BERT's curves; the other models are trained on full data only.
    """
    targets = [corpora[name] for name in model.targets if name in corpora]
    if not targets:
        return None
    if model.key != MULTI:
        settings = replace(select_preset(preset).settings_for(choice.name), vectors=model.vectors)
        return plan_study(
            name=name,
            targets=targets,
            model=choice,
            preset=preset,
            sizes="full",
            seeds=seeds,
            settings=settings,
        )
    sources = [corpus.name for corpus in targets] if len(targets) > 1 else []

    def plan(targets: Sequence[Corpus], sources: Sequence[str]) -> Study:
        return plan_study(
            name=name,
            targets=targets,
            sources=sources,
            corpora=corpora,
            model=choice,
            preset=preset,
            sizes=sizes,
            seeds=seeds,
            full_sources=full_sources,
        )

    study = plan(targets, sources)
    if PAIR_TARGET in corpora and all(name in corpora for name in PAIR.split("+")):
        study = _merge_studies(study, plan([corpora[PAIR_TARGET]], [PAIR]))
    return study


def _merge_studies(study: Study, more: Study) -> Study:
    """Return a study with the missing jobs of another one added."""
    lacking = tuple(job for job in more.jobs if job.id not in study.job_ids)
    notes = tuple(dict.fromkeys((*study.notes, *more.notes)))
    return replace(study, jobs=(*study.jobs, *lacking), notes=notes)


def list_run_parts(study: Study) -> Iterator[RunPart]:
    """Yield a study's models by purpose: sources, the paper's tables, its figure."""
    sources = {
        key: n_sentences
        for key, n_sentences in count_pretraining_passes(study.jobs, study.train_sizes).items()
        if n_sentences
    }
    if sources:
        yield RunPart(
            run=study.name, purpose=SOURCES, n_models=len(sources), n_scored=0, passes=sum(sources.values())
        )
    for job_purpose in (TABLE_2, TABLE_3, FIGURE_NONE, FIGURE_ONE, FIGURE_PAIR, BESIDE):
        jobs = [job for job in study.jobs if name_purpose(job) == job_purpose]
        n_scored = sum(job.n_sentences == 0 for job in jobs)
        if jobs:
            yield RunPart(
                run=study.name,
                purpose=job_purpose,
                n_models=len(jobs) - n_scored,
                n_scored=n_scored,
                passes=sum(map(count_training_passes, jobs)),
            )


def name_purpose(job: TrainJob) -> str:
    """Return the table or figure that a job is for."""
    if job.is_full:
        return TABLE_2 if job.source == NONE else BESIDE
    if job.source == NONE:
        return FIGURE_NONE
    if len(job.sources) > 1:
        return FIGURE_PAIR
    return FIGURE_ONE if job.n_sentences else TABLE_3
