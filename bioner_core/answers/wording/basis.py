"""What an estimate rested on when it was first made, and whether a newer one exists, in sentences."""

from bioner_core import __version__
from bioner_core.analysis.estimate_basis import References
from bioner_core.answers.estimate import Estimate
from bioner_core.answers.wording.estimates import format_share
from bioner_core.answers.wording.forecasts import format_need
from bioner_core.answers.wording.numbers import format_count, format_time, join_names


def describe_basis(references: References) -> str:
    """Say what an estimate learned from, when, and what has changed since."""
    basis, n = references.basis, len(references.basis.n_points)
    runs = f"{n} run{'s' * (n != 1)} of {format_time(basis.at)}, BioNER Budget {basis.program}"
    gone = references.missing
    changes = [
        f"{join_names(gone)} {'is' if len(gone) == 1 else 'are'} gone or shorter since" if gone else "",
        f"the program is now {__version__}" if basis.program != __version__ else "",
    ]
    drift = " and ".join(filter(None, changes))
    return f"Learned from {runs}." + (f" Numbers may differ from those of then: {drift}." if drift else "")


def describe_newer_answer(answer: Estimate, newer: Estimate, references: References) -> str:
    """Say that more studies give another number; "" where they give the same."""
    need, pool = newer.find_need(answer.lead), newer.pool.n_all
    if need == answer.find_need(answer.lead):
        return ""
    n = references.n_newer
    return (
        f"A newer answer exists: {format_need(need, pool, unit=' sentences')} for {format_share(need)} "
        f"({format_count(n)} more {'study' if n == 1 else 'studies'} since "
        f"{format_time(references.basis.at)})."
    )
