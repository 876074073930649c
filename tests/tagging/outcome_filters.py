"""Select results and scores from the outcomes of a runner."""

from bioner_core.study.jobs import JobResult


def select_outcomes(kind, outcomes):
    """Return the outcomes of one kind."""
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]


def collect_scores(outcomes):
    """Return precision, recall and F1 by job and entity."""
    return {
        (d.job.id, p.entity): (p.precision, p.recall, p.f1)
        for d in select_outcomes(JobResult, outcomes)
        for p in d.points
    }
