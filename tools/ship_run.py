"""Turn a user's run into a shipped run: ``python tools/ship_run.py RUN NAME --title T [--planned]``.

Points, counts and provenance of the trained models go along, and how many word pieces the corpora share;
corpora and log, which hold text, do not.
Name the new run in ``study.store.SHIPPED``.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from bioner_core.analysis.shared_pieces import STORED_TABLE, load_run_overlaps
from bioner_core.csv_text import format_csv
from bioner_core.files import locate_shipped_runs_folder, write_atomically
from bioner_core.study.counts_file import locate_counts
from bioner_core.study.journal import serialize_row
from bioner_core.study.run import Run
from bioner_core.study.run_files import COUNTS_FOLDER, POINTS_FILE, STUDY_FILE
from bioner_core.study.store import RunStore
from bioner_core.study.study_file import serialize_study


def write_overlap(run: Run, folder: Path) -> None:
    """Write the counts of shared word pieces, without the pieces."""
    model, rows = load_run_overlaps(run)
    records = [row.record() for row in rows]
    table = format_csv(("model", *records[0]), [(model, *record.values()) for record in records])
    write_atomically(folder / f"{STORED_TABLE}.csv", table)


def ship_run() -> None:
    """Write the folder of the shipped run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("name")
    parser.add_argument("--title", required=True)
    parser.add_argument(
        "--planned",
        action="store_true",
        help="keep models still to be trained: who imports the run resumes it",
    )
    args = parser.parse_args()
    run = RunStore().open(args.run)
    study, done = run.study, run.finished_job_ids()
    jobs = tuple(job for job in study.jobs if job.id in done or args.planned)
    used = {name for job in jobs for name in (job.target, *job.sources)}
    kept = replace(
        study,
        name=args.name,
        jobs=jobs,
        corpora={name: digest for name, digest in study.corpora.items() if name in used},
    )
    head = json.dumps({"title": args.title}, ensure_ascii=False, indent=1).removesuffix("\n}")
    folder = locate_shipped_runs_folder() / args.name
    (folder / COUNTS_FOLDER).mkdir(parents=True, exist_ok=True)
    for job in done:
        (folder / COUNTS_FOLDER / f"{job}.npz").write_bytes(locate_counts(run.folder, job).read_bytes())
    write_overlap(run, folder)
    write_atomically(
        folder / POINTS_FILE, "".join(serialize_row(row) for row in run.rows() if row.job in done)
    )
    write_atomically(folder / STUDY_FILE, f"{head},{serialize_study(kept).removeprefix('{')}")
    print(f"{folder}: {len(done)} of {len(study.jobs)} models")


if __name__ == "__main__":
    ship_run()
