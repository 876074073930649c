"""A study: the jobs wanted for some targets and sources, and the corpora they use."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bioner_core.corpus.description import About
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.curve import Planned, SizeKey
from bioner_core.curves.points import NONE, Method
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.grid import Grid
from bioner_core.study.jobs import LSTM_CRF, Sample, Settings, TrainJob
from bioner_core.study.presets import preset_named
from bioner_core.study.sizes import Size, parse_sizes
from bioner_core.study.word_vectors import OWN_DIMENSIONS

# What all jobs of a study have in common; without it their points would not be comparable.
SHARED = (
    "model",
    "model_revision",
    "method",
    "settings",
    "split_seed",
    "sample",
    "leave_out_shared",
    "scoring_version",
)

OWN_TEXT = (
    f"No word vectors are given: the LSTM-CRF's ({OWN_DIMENSIONS} dimensions) are trained by fastText on the "
    "text of the training parts of each model's target and sources, never on a test part."
)


@dataclass(frozen=True, kw_only=True)
class Study:
    """A plan: the jobs wanted, and the corpora they use."""

    name: str
    is_published: bool = False  # shipped or imported points of others, without jobs
    preset: str = ""  # "" where none was named
    model: ModelChoice | None = None
    corpora: Mapping[str, str] = field(default_factory=dict)  # name → digest
    train_sizes: Mapping[str, int] = field(default_factory=dict)  # name → sentences of its training part
    about: Mapping[str, About] = field(default_factory=dict)  # name → what is told of it without its text
    jobs: tuple[TrainJob, ...] = ()
    notes: tuple[str, ...] = ()  # what was left out of the plan, and why
    created: str = ""  # UTC, ISO 8601
    sessions: tuple[Mapping[str, object], ...] = ()  # provenance of each planning, extension, work

    def __post_init__(self) -> None:
        """Refuse jobs whose scores could not be compared, and jobs without a corpus."""
        for name in SHARED:
            if len({getattr(job, name) for job in self.jobs}) > 1:
                raise BionerError(f"study {self.name}: all jobs must have the same {name}.")
        missing = {c for job in self.jobs for c in (job.target, *job.sources)} - set(self.corpora)
        if missing:
            raise BionerError(f"study {self.name}: jobs use {sorted(missing)}, which is no corpus of it.")

    @cached_property
    def job_ids(self) -> Mapping[str, TrainJob]:
        """Return the jobs by id."""
        return {job.id: job for job in self.jobs}

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the target corpora, in the plan's order."""
        return tuple(dict.fromkeys(job.target for job in self.jobs))

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the sources, "none" among them, in the plan's order."""
        return tuple(dict.fromkeys(job.source for job in self.jobs))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Return the seeds, ascending."""
        return tuple(sorted({job.seed for job in self.jobs}))

    @property
    def method(self) -> Method | None:
        """Return how models are trained; None without jobs."""
        return self.jobs[0].method if self.jobs else None

    @property
    def settings(self) -> Settings | None:
        """Return the hyper-parameters; None without jobs."""
        return self.jobs[0].settings if self.jobs else None

    def planned(self, *, failed: Collection[str]) -> dict[SizeKey, Planned]:
        """Return the seeds wanted of each size, and those that failed, as ``curves`` takes them.

        :param failed: ids of jobs
        """
        sizes: dict[SizeKey, list[TrainJob]] = defaultdict(list)
        for job in self.jobs:
            sizes[job.target, job.source, job.model, job.method, job.n_sentences].append(job)
        return {
            key: Planned(
                seeds=frozenset(job.seed for job in jobs),
                failed=frozenset(job.seed for job in jobs if job.id in failed),
            )
            for key, jobs in sizes.items()
        }


def plan(
    *,
    name: str,
    targets: Sequence[Corpus],
    sources: Sequence[str] = (),
    corpora: Mapping[str, Corpus] | None = None,
    model: ModelChoice,
    preset: str = "quick",
    sizes: str | Sequence[Size] | None = None,
    seeds: Sequence[int] | None = None,
    method: Method | None = None,
    settings: Settings | None = None,
    split_seed: int = 0,
    sample: Sample = "sentences",
    full_sources: bool = False,
    leave_out_shared: bool = False,
) -> Study:
    """Return the study of all sizes and seeds for each target: without pretraining, and from each source.

    With several targets, a source that holds one of them is left out for that one.

    :param sources: "A", "A+B" (one model on both), "A:B" (on A, then on B) or "A+B:C" (on both, then
        on C); "none" goes without saying.
    :param corpora: the corpora that sources name; targets are known anyway.
    :param sizes: numbers of sentences and "full". Like seeds, method and settings the preset's where None.
    :param full_sources: train from sources on the whole training part, too.
    :raises BionerError: a source is unknown or holds the only target, nothing is left to train, or model,
        method and settings do not fit.
    """
    defaults = preset_named(preset)
    method = method or defaults.method
    settings = settings or defaults.settings_for(model.name)
    _refuse_unfit(model, method, settings)
    shared = replace(_template(model, method, settings), split_seed=split_seed, sample=sample)
    grid = Grid(
        targets=targets,
        sources=sources,
        known={**(corpora or {}), **{corpus.name: corpus for corpus in targets}},
        sizes=parse_sizes(defaults.sizes if sizes is None else sizes),
        full_sources=full_sources,
        template=replace(shared, leave_out_shared=leave_out_shared),
    )
    # Seed by seed, so that a whole curve is there early.
    seeds = sorted(set(range(defaults.n_seeds) if seeds is None else seeds))
    jobs = tuple(replace(job, seed=seed) for seed in seeds for job in grid.jobs())
    notes = (*grid.notes(), *([OWN_TEXT] if jobs and jobs[0].reads_own_text else []))
    if not jobs:
        raise BionerError(" ".join((f"study {name}: nothing is left to train.", *notes)))
    return Study(
        name=name,
        preset=preset,
        model=model,
        corpora={name: corpus.digest for name, corpus in grid.corpora.items()},
        train_sizes=grid.train_sizes,
        about=grid.about,
        jobs=jobs,
        notes=notes,
    )


def unanswerable(study: Study, target: str) -> str:
    """Return what a plan can tell no number of for a target, and why; "" where it lacks nothing."""
    own = [job for job in study.jobs if job.target == target]
    sizes: dict[str, set[int]] = defaultdict(set)
    for job in own:
        if job.n_sentences and not job.is_full:
            sizes[job.source].add(job.n_sentences)
    n_sizes = max(map(len, sizes.values()), default=0)
    if n_sizes < 2:
        has = f"{n_sizes or 'no'} size below full data, and a curve takes two"
        return f"{target}: no number of sentences can be told of this plan: it has {has}."
    if any(job.is_full and job.source == NONE for job in own):
        return ""
    return (
        f"{target}: no share of full F1 can be told of this plan: it lacks full data without pretraining. "
        "An F1 as goal can."
    )


def _template(model: ModelChoice, method: Method, settings: Settings) -> TrainJob:
    """Return what all jobs of a study share."""
    return TrainJob(
        target="",
        target_digest="",
        model=model.name,
        model_revision=model.revision,
        method=method,
        n_sentences=0,
        seed=0,
        settings=settings,
    )


def _refuse_unfit(model: ModelChoice, method: Method, settings: Settings) -> None:
    """Refuse what a kind of model cannot be trained with."""
    if model.name != LSTM_CRF:
        if settings.vectors:
            raise BionerError(
                f"vectors {settings.vectors}: only the model {LSTM_CRF} reads word vectors, {model.name} "
                f"does not. Take --model {LSTM_CRF}, or leave the vectors out."
            )
    elif method == "probe":
        raise BionerError(
            f"model {LSTM_CRF}: has no encoder that a probe could freeze. Take the preset quick or paper."
        )
    elif settings.dtype != "float32":
        raise BionerError(f"model {LSTM_CRF}: trains in float32 only, not in {settings.dtype}.")
