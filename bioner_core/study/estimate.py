"""How long a study takes here, from the speed of what was trained on this machine before."""

from bioner_core.errors import BionerError
from bioner_core.study.executors.devices import devices
from bioner_core.study.plan import Study, total_effort
from bioner_core.study.provenance import device, host
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

ENOUGH_JOBS = 200  # newest first: older programs and loads say less


def expected_seconds(study: Study, store: RunStore) -> float | None:
    """Return the seconds all jobs of a study take on this machine; None where nothing like it was measured.

    Measured are jobs of the same model and method that this machine's devices finished: their seconds over
    the sentences they read. Devices work side by side.
    """
    seconds = sentences = 0.0
    n_jobs = 0
    for run in store.runs():
        try:
            took, read, count = _measured(run, study)
        except BionerError:  # a broken run tells nothing; its own page says why
            continue
        seconds, sentences, n_jobs = seconds + took, sentences + read, n_jobs + count
        if n_jobs >= ENOUGH_JOBS:
            break
    if not sentences:
        return None
    return total_effort(study.jobs, study.train_sizes) * seconds / sentences / len(devices())


def _measured(run: Run, study: Study) -> tuple[float, float, int]:
    """Return seconds, sentences and number of the jobs of a run that speak for the study."""
    if run.is_shipped or _kind(run.study) != _kind(study):
        return 0.0, 0.0, 0
    times = {
        row.job: row.point.seconds
        for row in run.rows()
        if row.job and row.point.seconds and (row.host, row.device) == (host(), device())
    }
    jobs = [job for job in run.study.jobs if job.id in times]
    read = total_effort(jobs, run.study.train_sizes)  # jobs that come first pretrain, too
    return sum(times[job.id] or 0.0 for job in jobs), read, len(jobs)


def _kind(study: Study) -> tuple[object, ...]:
    """Return what makes jobs of two studies equally fast, by the sentence."""
    return next(((job.model, job.method, job.settings.dtype) for job in study.jobs), ())
