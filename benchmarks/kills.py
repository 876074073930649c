"""Kill workers at random moments and count lost and doubled points against an undisturbed run.

python benchmarks/kills.py                              # the tests' runner, 40 kills
python benchmarks/kills.py --corpus PATH --kills 30     # the real probe on a corpus
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "study")]

import fake_runner  # noqa: E402
import worker_kills  # noqa: E402

from bioner_core.corpus.opening import open_corpus  # noqa: E402
from bioner_core.study.encoder_choice import choose_model  # noqa: E402
from bioner_core.study.plan import plan_study  # noqa: E402
from bioner_core.study.provenance import describe_devices  # noqa: E402
from bioner_core.study.run import Run  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402

COLUMNS = ("run", "after", "n_before", "n_done", "n_counts", "n_torn", "n_lost", "is_free", "n_orphans")


def main() -> None:
    """Print a row for each kill, a line for each finished run, and the sums; store them."""
    args = _parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BIONER_RUNS"] = f"{folder}/runs"
        create_run, kill = (_prepare_probe if args.corpus else _prepare_fake_runner)(args)
        print("  ".join(name.rjust(9) for name in COLUMNS))
        rows = []
        for row in kill(create_run, n_kills=args.kills, seed=args.seed):
            rows.append(row)
            print(_format_row(row), flush=True)
    kills = [row for row in rows if isinstance(row, worker_kills.Kill)]
    resumed = [row for row in rows if isinstance(row, worker_kills.ResumedRun)]
    sums = {
        "kills": len(kills),
        "kills amid work": sum(kill.n_done > kill.n_before for kill in kills),
        "jobs lost": sum(kill.n_lost for kill in kills),
        "locks not free at once": sum(not kill.is_free for kill in kills),
        "helpers left over": sum(kill.n_orphans for kill in kills),
        "runs": len(resumed),
        "points": sum(run.n_points for run in resumed),
        "points missing": sum(run.n_missing for run in resumed),
        "points other than undisturbed": sum(run.n_other for run in resumed),
        "points doubled": sum(run.n_doubled for run in resumed),
    }
    print(json.dumps(sums, indent=1))
    name = "kills_probe" if args.corpus else "kills"
    record = {**sums, "machine": f"{describe_devices()}, Python {platform.python_version()}"}
    record["rows"] = [asdict(row) for row in rows]
    Path(__file__).with_name("results").joinpath(f"{name}.json").write_text(json.dumps(record) + "\n")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--corpus", type=Path, help="train the real probe on it")
    parser.add_argument("--sizes", default="25:400:25", help="of the real probe's curve")
    return parser.parse_args()


def _prepare_fake_runner(args: argparse.Namespace) -> tuple[Callable[[str], Run], Callable[..., object]]:
    os.environ["BIONER_DEVICES"] = "cpu"

    def create_run(name: str) -> Run:
        return RunStore().create(fake_runner.build_study(name, sizes="2:60:2,full"), fake_runner.CORPORA)

    return create_run, worker_kills.kill_repeatedly


def _prepare_probe(args: argparse.Namespace) -> tuple[Callable[[str], Run], Callable[..., object]]:
    corpus = open_corpus(args.corpus).corpus
    model = choose_model(None, "probe")

    def create_run(name: str) -> Run:
        study = plan_study(name=name, targets=[corpus], model=model, preset="probe", sizes=args.sizes)
        return RunStore().create(study, {corpus.name: corpus})

    def build_command(run: Run) -> list[str]:
        return [sys.executable, "-m", "bioner_core", "runs", "resume", run.name]

    return create_run, partial(worker_kills.kill_repeatedly, command=build_command)


def _format_row(row: object) -> str:
    if isinstance(row, worker_kills.ResumedRun):
        return (
            f"{row.run} finished: {row.n_points} points, {row.n_missing} missing, {row.n_other} other, "
            f"{row.n_doubled} doubled"
        )
    cells = ((f"{v:.2f}" if isinstance(v, float) else str(v)) for v in (getattr(row, n) for n in COLUMNS))
    return "  ".join(cell.rjust(9) for cell in cells)


if __name__ == "__main__":
    main()
