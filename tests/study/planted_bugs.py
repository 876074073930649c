"""Bugs that some schedule of faults must catch, each planted by a change of the program in memory."""

import json
import os
import tempfile
from contextlib import nullcontext

from faults import run_schedule

from bioner_core import files
from bioner_core.study import journal, lease, repair, run_lock, run_state, run_writer
from bioner_core.study.executors import helper, inbox, queue, schedule, slurm_worker

WRITERS = (run_state, run_writer, inbox, repair)  # modules that replace whole files


class System:
    """The module ``os`` with other functions in some places."""

    def __init__(self, **functions):
        vars(self).update(functions)

    def __getattr__(self, name):
        return getattr(os, name)


def skip_fsync(patch):
    """Append lines without fsync."""
    patch.setattr(journal, "os", System(fsync=lambda handle: None))


def append_again(patch):
    """Append once more after an error, whatever is there already."""
    append_lines = journal.append_lines

    def append_until_written(path, lines):
        try:
            append_lines(path, lines)
        except OSError:
            append_lines(path, lines)

    patch.setattr(journal, "os", System(ftruncate=lambda handle, size: None))
    patch.setattr(journal, "append_lines", append_until_written)


def trust_first_write(patch):
    """Take for written what the system was handed, also where it wrote a part."""

    def write(handle, content):
        os.write(handle, content)
        return len(content)

    patch.setattr(journal, "os", System(write=write))


def rename_before_write(patch):
    """Rename a file that is not yet on the disk."""

    def write_without_fsync(path, content):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.replace(name, path)
        files.sync_folder(path.parent)

    for module in WRITERS:
        patch.setattr(module, "write_atomically", write_without_fsync)


def forget_folder(patch):
    """Sync files, but not the folder that names them."""
    for module in (files, journal, lease):
        patch.setattr(module, "sync_folder", lambda folder: None)


def skip_lease_check(patch):
    """Write on after the lease is lost."""
    patch.setattr(run_lock.Hold, "check", lambda hold: None)


def ignore_fence(patch):
    """Read the rows of former writers, too: the highest number is never remembered."""
    patch.setattr(journal, "max", lambda *numbers: 0, raising=False)


def ignore_checksum(patch):
    """Take each line that is JSON."""
    patch.setattr(journal, "_add_checksum", lambda line: json.dumps({**json.loads(line), "crc": "0" * 8}))


def keep_torn_line(patch):
    """Leave what a crash left at the end of a file."""
    patch.setattr(repair, "_cut_last_line", journal.read_complete_lines)


def keep_half_jobs(patch):
    """Count a job of which only some lines are there."""
    for module in (journal, repair):
        patch.setattr(module, "select_complete_jobs", lambda rows, *, where: tuple(rows))


def take_no_lock(patch):
    """Let two workers on one study."""
    patch.setattr(run_lock.lock, "hold_lock", lambda path, *, describe_holder: nullcontext(path.touch()))


def merge_twice(patch):
    """Report a result as often as it is delivered."""
    receive = helper.Helper.receive
    patch.setattr(helper.Helper, "latest", None, raising=False)

    def receive_all(self):
        message = receive(self)
        self.latest = message or self.latest
        return self.latest

    patch.setattr(helper.Helper, "receive", receive_all)


def store_twice_on_slurm(patch):
    """Store a result that the worker has stored before."""

    class Forgetful(set):
        def add(self, job_id):
            pass

    post_init = slurm_worker.SlurmWorker.__init__

    def begin(self, *arguments, **options):
        post_init(self, *arguments, **options)
        self._stored = Forgetful()

    patch.setattr(slurm_worker.SlurmWorker, "__init__", begin)


def drop_returned_job(patch):
    """Lose a job that a device gave back."""
    patch.setattr(schedule.Schedule, "put_back", lambda self, jobs, *, slot=None: list(jobs))


def drop_failure(patch):
    """Forget a job that failed for good."""
    patch.setattr(run_writer.RunWriter, "append_failure", lambda self, failure: None)


def forget_claims(patch):
    """Never take back the jobs of a worker that has died."""
    patch.setattr(inbox.Inbox, "take_back", lambda self, worker: [])


def leak_slot(patch):
    """Keep the locks of a turn that is over."""
    leaked = []

    def give_back(self, turn):
        leaked.append(turn)
        self._turns.remove(turn)
        self._update()

    patch.setattr(queue.Member, "give_back", give_back)


def write_counts_last(patch):
    """Write the points of a job before its counts."""
    save_counts, append_rows = run_writer.RunWriter.save_counts, run_writer.RunWriter.append_rows
    waiting = []

    def append_then_save(self, rows):
        append_rows(self, rows)
        save_counts(self, *waiting.pop())

    patch.setattr(run_writer.RunWriter, "save_counts", lambda self, *counts: waiting.append(counts))
    patch.setattr(run_writer.RunWriter, "append_rows", append_then_save)


BUGS = {
    bug.__name__: bug
    for bug in (
        skip_fsync,
        append_again,
        trust_first_write,
        rename_before_write,
        forget_folder,
        skip_lease_check,
        ignore_fence,
        ignore_checksum,
        keep_torn_line,
        keep_half_jobs,
        take_no_lock,
        merge_twice,
        store_twice_on_slurm,
        drop_returned_job,
        drop_failure,
        forget_claims,
        leak_slot,
        write_counts_last,
    )
}


def count_schedules(bug, most):
    """Return the number of schedules until one catches a bug; None where ``most`` do not."""
    return next((seed + 1 for seed in range(most) if run_schedule(seed, bug=bug).problem), None)
