"""The time that fine-tuning the same curve would take, on this machine and on a GPU."""

from dataclasses import dataclass

from bioner_core.corpus.sentences import Corpus
from bioner_core.study.duration import estimate_seconds
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.plan import Study, plan_study
from bioner_core.study.store import RunStore
from bioner_core.study.workload import count_study_passes

PAPER_MODELS, PAPER_GPU_HOURS = 720, 768  # ECIR 2020: 8 P40 for about 96 hours
PAPER_EPOCHS, PAPER_MEAN_SIZE = 40, 1025  # 50, 100 … 2000 sentences
P40_PASSES_PER_SECOND = PAPER_MODELS * PAPER_EPOCHS * PAPER_MEAN_SIZE / (PAPER_GPU_HOURS * 3600)


@dataclass(frozen=True, kw_only=True)
class FinetuningPlan:
    """A fine-tuning study of a corpus, and its expected time."""

    study: Study
    here_seconds: float | None  # None if nothing similar was measured on this machine
    p40_seconds: float  # at the paper's rate on one Tesla P40; today's GPUs are faster

    @property
    def n_models(self) -> int:
        """Return the models to train."""
        return len(self.study.jobs)


def plan_finetuning(
    corpus: Corpus, model: ModelChoice, store: RunStore, *, preset: str = "quick"
) -> FinetuningPlan:
    """Return the fine-tuning study that ``preset`` plans, with its time.

    :raises BionerError: the corpus cannot be split.
    """
    study = plan_study(name=f"{corpus.name[:60]} {preset}", targets=[corpus], model=model, preset=preset)
    return FinetuningPlan(
        study=study,
        here_seconds=estimate_seconds(study, store),
        p40_seconds=count_study_passes(study) / P40_PASSES_PER_SECOND,
    )
