"""What stopping at a number of sentences gives, for ``bioner budget``."""

import argparse
from collections.abc import Sequence

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.answers.stopping import StopPoint, compute_budget_stop
from bioner_core.cli.rates import read_rates
from bioner_core.costs.rates import load_rates
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def find_stop(
    run: Run, rows: Sequence[Budget], curves: Sequence[Curve], args: argparse.Namespace
) -> StopPoint | None:
    """Return what ``--stop-at`` asks for; None without it.

    :param rows: that the other options choose.
    :raises BionerError: they are several, or the number is not between 1 and full data.
    """
    n: int | None = vars(args).get("stop_at")  # absent in commands that end with the table of budgets
    if n is None:
        return None
    if len(rows) != 1:
        raise BionerError(
            f"--stop-at {n}: is about one row, and {len(rows)} fit. Choose one by --target, --entity and "
            "--source."
        )
    [row] = rows
    of_row = [
        curve
        for curve in curves
        if (curve.target, curve.model, curve.method) == (row.target, row.model, row.method)
        and row.entity in (EVERY, curve.entity)
    ]
    digest = run.study.corpora.get(row.target)
    references, rates = load_references(run, RunStore()), read_rates(args) or load_rates()
    stop = compute_budget_stop(row, of_row, references, n, rates, digest=digest)
    if stop is None:
        raise BionerError(f"--stop-at {n}: no model is trained on full data, so no share can be told.")
    return stop
