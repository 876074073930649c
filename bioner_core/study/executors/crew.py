"""The crew of one worker: its helper processes, the jobs that they share, and their turns in the queue."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import wait

from bioner_core.study.executors.gpu_growth import GpuGrowth
from bioner_core.study.executors.helper import BatchEnd, Helper, TrainingContext
from bioner_core.study.executors.queue import POLL_SECONDS, Member
from bioner_core.study.executors.schedule import Schedule
from bioner_core.study.executors.slots import Slot, share_gpu
from bioner_core.study.executors.station import Station
from bioner_core.study.jobs import (
    PAUSED,
    WAITING,
    JobFailure,
    JobOutcome,
    JobProgress,
    NextJobs,
    TrainJob,
)
from bioner_core.study.run import Run
from bioner_core.study.wishes import is_paused

QUIET_SECONDS = 0.5  # after which the last progress is repeated
IDLE_SECONDS = 60.0  # after which a helper without a turn ends, so that its memory is free
MAX_DEATHS = 2  # of a slot's helpers one after the other; then the slot is left out
JOBS_A_THREAD = 4  # small models in a batch of a helper that trains several side by side
REQUESTED = "requested"
NO_RESULT = "its training ended without a result. This is a fault in the program"


class Crew:
    """The stations of one worker, and the jobs that they share.

    :param growths: of the GPUs whose number of processes is not fixed, by device.
    """

    def __init__(
        self,
        schedule: Schedule,
        slots: Sequence[Slot],
        context: TrainingContext,
        member: Member | None,
        growths: Mapping[str, GpuGrowth] | None = None,
    ) -> None:
        self.schedule = schedule
        self.context = context
        self.member = member
        self.growths = growths or {}
        self.stations = [Station(number=number, slot=slot) for number, slot in enumerate(slots)]
        self.returned: set[str] = set()  # ids of jobs that a device could not train once
        n_streams = max(1, min(len(slots), len(context.corpora)))
        n_cores = sum(slot.n_threads for slot in slots)
        self.n_feature_threads = max(1, n_cores // n_streams)  # one slot computes, the others wait for it
        self.latest: TrainJob | None = None  # named while nothing is trained

    def train(self, next_jobs: NextJobs | None, run: Run | None) -> Iterator[JobOutcome]:
        """Yield the outcomes of all jobs."""
        is_asking = next_jobs is not None  # idle slots ask for jobs, but only once after each result
        while True:
            is_halted = run is not None and is_paused(run.folder)
            answers = [
                self._fill(station, next_jobs if is_asking else None)
                for station in self.stations
                if not (is_halted or station.is_busy or station.is_left_out)
            ]
            is_asking = is_asking and (is_halted or (WAITING in answers and REQUESTED not in answers))
            self._rest(is_halted)
            self._resize()
            busy = {s.helper.channel: (s, s.helper) for s in self.stations if s.helper and s.helper.is_busy}
            if not busy and not self.schedule and not is_asking:
                return
            if not busy:
                yield from self._report_waiting(is_halted)
                time.sleep(POLL_SECONDS)
                continue
            ready = wait(list(busy), QUIET_SECONDS)
            if not ready:
                yield from (helper.last for _, helper in busy.values() if helper.jobs)
            for channel in ready:
                station, helper = busy[channel]  # type: ignore[index]  # one of those passed
                for outcome in self._receive(station, helper):
                    if growth := self.growths.get(station.slot.device):
                        growth.observe(outcome)
                    yield outcome
                    is_asking |= next_jobs is not None and not isinstance(outcome, JobProgress)
                is_asking |= next_jobs is not None and not helper.is_busy  # its last result came before

    def _fill(self, station: Station, next_jobs: NextJobs | None) -> str:
        """Give an idle station a turn and jobs; return ``WAITING`` for a turn, ``REQUESTED``, or ""."""
        if not self.schedule and next_jobs is None:
            return ""
        if self.member and not station.turn:
            station.turn = self.member.take(station.slot)
            if not station.turn:
                return WAITING
        jobs, answer = self._take_jobs(station), ""
        if not jobs and next_jobs and not self.schedule:
            under_way = [job for s in self.stations if s.helper for job in s.helper.jobs.values()]
            self.schedule.add(next_jobs(under_way))
            jobs, answer = self._take_jobs(station), REQUESTED
        if jobs:
            self.latest = jobs[0]
            if station.helper is None:
                station.helper = self._start_helper(station, jobs[0])
            station.helper.assign(jobs)
        return answer

    def _start_helper(self, station: Station, job: TrainJob) -> Helper:
        """Start a helper; it computes with the cores that its turn has, or features with all of them."""
        n_threads = station.slot.n_threads
        if station.turn and station.slot.device == "cpu":
            n_threads = min(n_threads, len(station.turn.locks))
        if job.is_small:
            n_threads = max(n_threads, self.n_feature_threads)
        return Helper(station.slot.device, self.context, n_threads=n_threads)

    def _take_jobs(self, station: Station) -> list[TrainJob]:
        is_alone = not self._list_others(station)
        jobs = self.schedule.take(station.number, is_alone=is_alone)
        n_side_by_side = station.slot.n_threads if jobs and jobs[0].is_small else 1
        if n_side_by_side > 1:
            n_more = JOBS_A_THREAD * n_side_by_side - 1
            jobs += self.schedule.take(station.number, n=n_more, is_alone=is_alone)
        return jobs

    def _list_others(self, station: Station) -> list[Station]:
        return [other for other in self.stations if other is not station and not other.is_left_out]

    def _rest(self, is_halted: bool) -> None:
        """Give back the turns of idle stations, and end helpers that are idle for long."""
        is_done = is_halted or not self.schedule
        for station in self.stations:
            if station.is_busy:
                station.idle_since = time.monotonic()
                continue
            if station.turn and self.member:
                self.member.give_back(station.turn)
                station.turn = None
            if station.helper and time.monotonic() - station.idle_since > IDLE_SECONDS:
                station.stop_helper()
        if self.member and is_done:
            self.member.stop_waiting()

    def _resize(self) -> None:
        """Let one process more train on a GPU, or one less, as its memory and its rate say."""
        for device, growth in self.growths.items() if self.schedule else ():
            stations = [s for s in self.stations if s.slot.device == device and not s.is_left_out]
            change = growth.decide(len(stations), sum(s.is_training for s in stations))
            if change > 0:
                self._add_station(stations)
            elif change < 0:
                self._leave_out(stations[-1], "it did not raise the rate")

    def _add_station(self, stations: Sequence[Station]) -> None:
        """Add a process beside the others of a GPU."""
        n = len(stations) + 1
        slot = share_gpu(stations[0].slot, n)
        self.stations.append(Station(number=len(self.stations), slot=slot))
        self.schedule.n_slots += 1
        print(f"{slot.device}: {n} processes, to see whether they raise the rate", file=sys.stderr)

    def _report_waiting(self, is_halted: bool) -> Iterator[JobProgress]:
        """Yield that no job is trained, because of a pause or of other studies."""
        job = next(iter(self.schedule.list_jobs()), self.latest)
        place = self.member.place if self.member else 0
        if job:
            yield JobProgress(job=job, phase=PAUSED if is_halted else WAITING, done=0, total=max(1, place))

    def _receive(self, station: Station, helper: Helper) -> Iterator[JobOutcome]:
        """Yield what one message of a station's helper says about its jobs."""
        message = helper.receive()
        if isinstance(message, BatchEnd):
            yield from self._end_batch(station, helper, message)
        elif (
            isinstance(message, JobFailure)
            and message.is_of_device
            and self._is_returned(message.job, station)
        ):
            self.schedule.put_back([message.job], slot=station.number)
            self.schedule.put_back(helper.jobs.values())
            station.stop_helper()  # what it holds in memory is free
            if any(other.slot.device == station.slot.device for other in self._list_others(station)):
                self._leave_out(station, message.reason)
        elif message:
            station.n_deaths *= isinstance(message, JobProgress)
            yield message
        if not station.is_busy and station.turn and self.member and self.member.is_over(station.turn):
            self.member.give_back(station.turn)
            station.turn = None

    def _is_returned(self, job: TrainJob, station: Station) -> bool:
        """Return whether a job goes to another slot: once, and if there is one."""
        if job.id in self.returned or not self._list_others(station):
            return False
        self.returned.add(job.id)
        return True

    def _end_batch(self, station: Station, helper: Helper, end: BatchEnd) -> Iterator[JobFailure]:
        """Fail or put back the jobs that a batch left open; leave a slot out that is lost or full."""
        current, failed = helper.current, list(helper.jobs.values())
        helper.jobs = {}
        others = self._list_others(station)
        is_final = end.is_final or (end.is_dead and helper.is_silent and not others)
        if is_final:
            failed += self.schedule.drain()
        elif end.reason and current:
            self.schedule.put_back(job for job in failed if job is not current)
            failed = [current]
            if end.is_dead and self._is_returned(current, station):
                self.schedule.put_back(failed, slot=station.number)
                failed = []
        if end.is_dead:
            station.stop_helper()
            station.n_deaths += 1
            if others and (end.is_killed or station.n_deaths >= MAX_DEATHS):
                self._leave_out(station, end.reason)
        for job in failed:
            yield JobFailure(job=job, reason=end.reason or NO_RESULT)

    def _leave_out(self, station: Station, reason: str) -> None:
        """Train on the other slots only."""
        station.is_left_out = True
        self.schedule.leave_out(station.number)
        n = len(self._list_others(station))
        left = f"{n} process{'es' * (n > 1)} left"
        print(f"{station.slot.device}: one process less, {left}: {reason}", file=sys.stderr)

    def stop(self) -> None:
        """End all helpers."""
        for station in self.stations:
            station.stop_helper()
