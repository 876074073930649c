"""Plan a study: the jobs to train for targets and sources, and the corpora they use."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bioner_core.corpus.description import CorpusDescription
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import SamplingUnit
from bioner_core.curves.curve import PlannedSeeds, SizeKey
from bioner_core.curves.points import NONE, RANDOM, Method
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.grid import Grid
from bioner_core.study.jobs import LSTM_CRF, Settings, TrainJob
from bioner_core.study.presets import select_preset
from bioner_core.study.search import Search
from bioner_core.study.sizes import Size, parse_sizes
from bioner_core.study.strategies import check_strategies, parse_strategies
from bioner_core.study.word_vectors import TRAINED_DIMENSIONS

# Fields that are the same in all jobs of a study; otherwise their points could not be compared.
SHARED_FIELDS = (
    "model",
    "model_revision",
    "method",
    "settings",
    "split_seed",
    "sample",
    "leave_out_shared",
    "scoring_version",
)

TRAINED_VECTORS_NOTE = (
    f"No word vectors are given: the LSTM-CRF's ({TRAINED_DIMENSIONS} dimensions) are trained by fastText on "
    "the text of the training parts of each model's target and sources, never on a test part."
)


@dataclass(frozen=True, kw_only=True)
class Study:
    """A plan: the jobs to train, and the corpora they use."""

    name: str
    is_published: bool = False  # published points without jobs
    preset: str = ""  # "" if none was chosen
    model: ModelChoice | None = None
    corpora: Mapping[str, str] = field(default_factory=dict)  # name → digest
    train_sizes: Mapping[str, int] = field(default_factory=dict)  # name → sentences of the training part
    descriptions: Mapping[str, CorpusDescription] = field(default_factory=dict)  # by name
    jobs: tuple[TrainJob, ...] = ()
    notes: tuple[str, ...] = ()  # what the plan leaves out, and why
    searches: tuple[Search, ...] = ()  # that add jobs to the plan; only the last one may be open
    created: str = ""  # UTC, ISO 8601
    sessions: tuple[Mapping[str, object], ...] = ()  # provenance of each session that changed the run

    def __post_init__(self) -> None:
        """Refuse jobs whose scores could not be compared, and jobs whose corpus is missing."""
        for name in SHARED_FIELDS:
            if len({getattr(job, name) for job in self.jobs}) > 1:
                raise BionerError(f"study {self.name}: all jobs must have the same {name}.")
        missing = {c for job in self.jobs for c in (job.target, *job.sources)} - set(self.corpora)
        if missing:
            raise BionerError(f"study {self.name}: jobs use {sorted(missing)}, which is no corpus of it.")

    @property
    def search(self) -> Search | None:
        """Return the latest search; None for a plan that is complete from the start."""
        return self.searches[-1] if self.searches else None

    @property
    def is_searching(self) -> bool:
        """Say whether a search may still add jobs."""
        return self.search is not None and self.search.is_open

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
        """Return the sources, including "none", in the plan's order."""
        return tuple(dict.fromkeys(job.source for job in self.jobs))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Return the seeds, ascending."""
        return tuple(sorted({job.seed for job in self.jobs}))

    @property
    def method(self) -> Method | None:
        """Return the training method; None without jobs."""
        return self.jobs[0].method if self.jobs else None

    @property
    def settings(self) -> Settings | None:
        """Return the hyper-parameters; None without jobs."""
        return self.jobs[0].settings if self.jobs else None

    def planned_seeds(
        self, *, failed: Collection[str], pending: Collection[str] = ()
    ) -> dict[SizeKey, PlannedSeeds]:
        """Return the planned and the failed seeds of each size, as ``build_curves`` takes them.

        :param failed: ids of failed jobs
        :param pending: ids of jobs that do not count as planned yet
        """
        sizes: dict[SizeKey, list[TrainJob]] = defaultdict(list)
        for job in self.jobs:
            if job.id in pending:
                continue
            sizes[job.target, job.arm, job.model, job.method, job.n_sentences].append(job)
        return {
            key: PlannedSeeds(
                seeds=frozenset(job.seed for job in jobs),
                failed=frozenset(job.seed for job in jobs if job.id in failed),
            )
            for key, jobs in sizes.items()
        }


def plan_study(
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
    sample: SamplingUnit = "sentences",
    full_sources: bool = False,
    leave_out_shared: bool = False,
    strategies: Sequence[str] = (),
) -> Study:
    """Return a study of all sizes and seeds for each target: without pretraining, and from each source.

    With several targets, a source is skipped for the target it contains.

    :param sources: "A", "A+B" (one model on both), "A:B" (on A, then on B) or "A+B:C" (on both, then
        on C); "none" is always included.
    :param corpora: the corpora named in ``sources``, by name; targets need not be included.
    :param sizes: numbers of sentences and "full". None takes the preset's, as for seeds, method and settings.
    :param full_sources: train from sources on the full training part, too.
    :param strategies: that choose sentences without pretraining, such as "margin/100", beside random.
    :raises BionerError: a source is unknown or contains the only target, nothing is left to train, or model,
        method and settings do not fit.
    """
    defaults = select_preset(preset)
    method = method or defaults.method
    settings = settings or defaults.settings_for(model.name)
    _check_model_settings(model, method, settings)
    strategies = parse_strategies(strategies)
    check_strategies(strategies, method=method, targets=targets)
    shared = replace(_build_template(model, method, settings), split_seed=split_seed, sample=sample)
    grid = Grid(
        targets=targets,
        sources=sources,
        available={**(corpora or {}), **{corpus.name: corpus for corpus in targets}},
        sizes=parse_sizes(defaults.sizes if sizes is None else sizes),
        full_sources=full_sources,
        template=replace(shared, leave_out_shared=leave_out_shared),
        strategies=strategies,
    )
    # Seed by seed, so that the first complete curve is ready early.
    seeds = sorted(set(range(defaults.n_seeds) if seeds is None else seeds))
    jobs = tuple(replace(job, seed=seed) for seed in seeds for job in grid.jobs())
    notes = (*grid.notes(), *([TRAINED_VECTORS_NOTE] if jobs and jobs[0].trains_word_vectors else []))
    if not jobs:
        raise BionerError(" ".join((f"study {name}: nothing is left to train.", *notes)))
    return Study(
        name=name,
        preset=preset,
        model=model,
        corpora={name: corpus.digest for name, corpus in grid.corpora.items()},
        train_sizes=grid.train_sizes,
        descriptions=grid.descriptions,
        jobs=jobs,
        notes=notes,
    )


def explain_missing_answer(study: Study, target: str) -> str:
    """Return which answer a plan cannot give for a target, and why; "" if it can give all."""
    jobs = [job for job in study.jobs if job.target == target and job.strategy == RANDOM]
    sizes: dict[str, set[int]] = defaultdict(set)
    for job in jobs:
        if job.n_sentences and not job.is_full:
            sizes[job.source].add(job.n_sentences)
    n_sizes = max(map(len, sizes.values()), default=0)
    if n_sizes < 2:
        has = f"{n_sizes or 'no'} size below full data, and a curve needs two"
        return f"{target}: no number of sentences can be estimated from this plan: it has {has}."
    if any(job.is_full and job.source == NONE for job in jobs):
        return ""
    return (
        f"{target}: no share of full F1 can be estimated from this plan: it lacks full data without "
        "pretraining. An F1 can be the goal instead."
    )


def _build_template(model: ModelChoice, method: Method, settings: Settings) -> TrainJob:
    """Return a job with the fields that all jobs of a study share."""
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


def _check_model_settings(model: ModelChoice, method: Method, settings: Settings) -> None:
    """Raise if a model cannot be trained with a method and settings."""
    if (method == "partial") != (settings.upper_layers > 0):
        raise BionerError(
            f"upper_layers is {settings.upper_layers}: the preset partial trains 1 layer or more, other "
            "presets leave it 0. Change --upper-layers, or the preset."
        )
    if model.name != LSTM_CRF:
        if settings.vectors:
            raise BionerError(
                f"vectors {settings.vectors}: only the model {LSTM_CRF} reads word vectors, {model.name} "
                f"does not. Use --model {LSTM_CRF}, or leave the vectors out."
            )
    elif method != "finetune":
        what = "a probe" if method == "probe" else "the preset partial"
        raise BionerError(
            f"model {LSTM_CRF}: has no encoder that {what} could freeze. Use the preset quick or paper."
        )
    elif settings.dtype != "float32":
        raise BionerError(f"model {LSTM_CRF}: trains in float32 only, not in {settings.dtype}.")
