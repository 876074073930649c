"""How fast this machine's processor fine-tunes, by number format and threads: measured once, and kept."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bioner_core.errors import BionerError
from bioner_core.files import (
    create_private_folder,
    explain_write_error,
    format_current_time,
    locate_cache_folder,
    write_atomically,
)
from bioner_core.study.executors.devices import count_threads, list_devices
from bioner_core.study.provenance import read_hostname

SPEED_FILE = "machine_speed.json"  # in the cache, which workers and all users of a server share
MIN_GAIN = 1.1  # less is noise, and does not pay for a change


@dataclass(frozen=True, kw_only=True)
class TrainingSpeed:
    """How fast steps of 8 sentences are trained in one way."""

    dtype: str  # of the matrix products
    n_processes: int  # that train at the same time
    n_threads: int  # of each
    sentences_per_second: float  # of all processes together, by the clock

    def __post_init__(self) -> None:
        """Refuse what a damaged file may hold."""
        is_number = all(isinstance(n, int) and n > 0 for n in (self.n_processes, self.n_threads))
        if not is_number or not 0 < self.sentences_per_second < float("inf"):
            raise ValueError(f"no speed: {self}")


@dataclass(frozen=True, kw_only=True)
class MachineSpeed:
    """The speeds of a machine."""

    measured: str  # date and time, ISO 8601
    busy_share: float  # of the processor time that other programs had meanwhile, 0 to 1
    speeds: tuple[TrainingSpeed, ...]  # one process of all threads is always among them

    def __post_init__(self) -> None:
        """Refuse what a damaged file may hold."""
        if not self.speeds:
            raise ValueError("no speeds")

    @property
    def n_cores(self) -> int:
        """Return the cores that training could use."""
        return max(speed.n_threads for speed in self.speeds)

    def choose_n_processes(self, dtype: str) -> int:
        """Return how many processes train best: one a core, unless one of all threads was clearly faster."""
        counts = {speed.n_processes for speed in self.speeds if speed.dtype == dtype}
        way = self.choose(dtype)  # with too little memory, a process a core was not tried
        return 1 if way and way.n_processes == 1 and self.n_cores in counts else self.n_cores

    def choose(self, dtype: str) -> TrainingSpeed | None:
        """Return the fastest way in a number format: that of most processes, unless another clearly is."""
        speeds = [speed for speed in self.speeds if speed.dtype == dtype]
        usual = max(speeds, key=lambda speed: speed.n_processes, default=None)
        best = max(speeds, key=lambda speed: speed.sentences_per_second, default=None)
        if usual and best and best.sentences_per_second < MIN_GAIN * usual.sentences_per_second:
            return usual
        return best

    @property
    def bfloat16_gain(self) -> float | None:
        """Return how many times as fast bfloat16 is as float32; None where one was not measured."""
        single, half = self.choose("float32"), self.choose("bfloat16")
        return half.sentences_per_second / single.sentences_per_second if single and half else None


def load_machine_speed() -> MachineSpeed | None:
    """Return the speed of this machine with the cores that it may use now; None before a measurement."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):  # absent, or damaged
        record = json.loads(_locate_speed().read_bytes())[_build_key()]
        speeds = tuple(TrainingSpeed(**speed) for speed in record.pop("speeds"))
        return MachineSpeed(**record, speeds=speeds)
    return None


def save_machine_speed(speeds: Sequence[TrainingSpeed], *, busy_share: float) -> MachineSpeed:
    """Keep what was measured just now beside the speeds of other machines, and return it.

    :raises BionerError: the cache cannot be written.
    """
    speed = MachineSpeed(measured=format_current_time(), busy_share=busy_share, speeds=tuple(speeds))
    path, record = _locate_speed(), {}
    with suppress(OSError, ValueError):
        record = json.loads(path.read_bytes())
    record = (record if isinstance(record, dict) else {}) | {_build_key(): asdict(speed)}
    try:
        create_private_folder(path.parent)
        write_atomically(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        raise BionerError(explain_write_error(path, error)) from error
    return speed


def _locate_speed() -> Path:
    return locate_cache_folder() / SPEED_FILE


def _build_key() -> str:
    """Return what a speed holds for: the machine, its processor, and the cores that training may use."""
    titles = [device.title for device in list_devices()]
    return " | ".join((read_hostname(), *titles, f"{count_threads()} threads"))
