"""What a runner yields, taken apart for the tests of this folder."""

from bioner_core.study.jobs import Done


def of(kind, found):
    """Return the outcomes of one kind."""
    return [outcome for outcome in found if isinstance(outcome, kind)]


def scores(found):
    """Return precision, recall and F1 by job and entity."""
    return {(d.job.id, p.entity): (p.precision, p.recall, p.f1) for d in of(Done, found) for p in d.points}
