"""``bioner runs compare``: two runs or more on the curves that all of them have."""

import argparse
from typing import TYPE_CHECKING

from bioner_core.answers.run_comparison import compare_runs, list_common_curves, list_differences
from bioner_core.answers.wording.run_comparison import build_comparison_row, describe_comparison
from bioner_core.cli.output import add_format, print_records
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore

if TYPE_CHECKING:
    from bioner_core.cli.output import Commands


def add_compare(actions: "Commands") -> None:
    """Add ``compare`` to the actions of ``runs``."""
    comparing = actions.add_parser("compare", help="compare the plans and F1 of two runs or more")
    comparing.add_argument("runs", nargs="+", metavar="RUN", help="runs; each is compared with the first")
    comparing.add_argument("--target", help="only this target corpus")
    comparing.add_argument("--entity", help="only this entity type")
    comparing.add_argument("--source", help="only this source; `none`: without pretraining")
    comparing.add_argument(
        "--fraction", type=float, default=0.99, help="goal as a share of full F1 (default: 0.99)"
    )
    add_format(comparing)
    comparing.set_defaults(call=compare)


def compare(args: argparse.Namespace) -> None:
    """Print a row for each run and curve; as a table also the verdicts and what differs in the plans.

    :raises BionerError: fewer than two runs, or no curve that all of them have.
    """
    names = list(dict.fromkeys(args.runs))
    if len(names) < 2:
        raise BionerError(f"found one run, {names[0]}; name two runs or more to compare them.")
    store = RunStore()
    runs = [store.open(name) for name in names]
    wanted = (args.target, args.entity, args.source)
    curves = [
        name
        for name in list_common_curves(runs)
        if all(value in (None, part) for value, part in zip(wanted, name, strict=True))
    ]
    if not curves:
        raise BionerError(
            f"runs {', '.join(names)}: no curve of the same target, entity type and source. `bioner runs "
            "show RUN` names targets and sources of a run."
        )
    answers = {name: compare_runs(runs, name, store, fraction=args.fraction) for name in curves}
    rows = [
        {"target": name[0], "entity": name[1], "source": name[2], **build_comparison_row(item)}
        for name, compared in answers.items()
        for item in compared
    ]
    print_records([{key.lower(): value for key, value in row.items()} for row in rows], form=args.format)
    if args.format != "table":
        return
    for name, compared in answers.items():
        print(f"{', '.join(name)}: {describe_comparison(compared)}")
    for run in runs[1:]:
        for difference in list_differences(runs[0].study, run.study):
            print(f"note: {runs[0].name} and {run.name}: {difference}")
