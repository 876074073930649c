"""Where a run's models are trained: the text of ``--backend``, and the executor that it names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, get_args
from urllib.parse import urlsplit

from bioner_core.errors import BionerError
from bioner_core.files import write_atomically
from bioner_core.study.executors.local import run_locally
from bioner_core.study.executors.ray_cluster import run_on_ray
from bioner_core.study.executors.slurm_array import run_on_slurm
from bioner_core.study.jobs import Executor
from bioner_core.study.journal import report_write_errors
from bioner_core.study.run import Run
from bioner_core.study.run_files import BACKEND_FILE
from bioner_core.users.limits import check_place

Kind = Literal["local", "ray", "slurm"]
LOCAL = "local"
ALLOWED = "local, ray, ray://HOST:PORT or slurm"
INSECURE = "insecure"


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A place where models are trained."""

    kind: Kind = "local"
    address: str = ""  # of Ray: "ray://HOST:PORT"; "" is the cluster that this machine is a node of
    options: Mapping[str, str] = field(default_factory=dict)  # of Slurm: partition, time …
    is_insecure: bool = False  # a Ray cluster without a token is allowed

    @property
    def place(self) -> str:
        """Return the name that speeds are kept under; "" for this machine."""
        return "" if self.kind == LOCAL else str(replace(self, is_insecure=False))

    def __str__(self) -> str:
        """Return the text that ``parse_backend`` reads."""
        options = [f"{name}={value}" for name, value in self.options.items()]
        options += [INSECURE] * self.is_insecure
        return (self.address or self.kind) + (f"?{','.join(options)}" if options else "")


def parse_backend(text: str) -> Backend:
    """Return the place that a text names.

    >>> parse_backend("ray://head:10001?insecure").address, str(parse_backend("slurm?partition=gpu,time=60"))
    ('ray://head:10001', 'slurm?partition=gpu,time=60')

    :raises BionerError: there is no such place, the address has no port, or an option is none.
    """
    place, _, options = text.strip().partition("?")
    if place.startswith("ray://"):
        backend = Backend(kind="ray", address=_check_address(place))
    elif place in get_args(Kind):
        backend = Backend(kind=place)  # type: ignore[arg-type]  # one of its values
    else:
        raise BionerError(f"backend {text!r}: is none. Allowed are {ALLOWED}.")
    entries = [entry.strip() for entry in options.split(",") if entry.strip()]
    if backend.kind == "ray" and set(entries) <= {INSECURE}:
        return replace(backend, is_insecure=bool(entries))
    if backend.kind == "slurm" or not entries:
        return replace(backend, options=parse_options(",".join(entries)))
    raise BionerError(f"backend {text!r}: {place} has no option {entries[0]!r}. Allowed are {ALLOWED}.")


def parse_options(text: str) -> dict[str, str]:
    """Return Slurm's options, such as partition=gpu,time=04:00:00.

    :raises BionerError: one is no NAME=VALUE.
    """
    options = {}
    for entry in filter(None, text.split(",")):
        name, equals, value = (part.strip() for part in entry.partition("="))
        if (
            not re.fullmatch(r"[a-z][a-z0-9_-]*", name)
            or not equals
            or not re.fullmatch(r"[\w:./@+-]+", value)
        ):
            raise BionerError(
                f"Slurm option {entry!r}: write NAME=VALUE, joined by commas, as in "
                "partition=gpu,time=04:00:00."
            )
        options[name.replace("-", "_")] = value
    return options


def _check_address(place: str) -> str:
    try:
        is_complete = bool(urlsplit(place).hostname and urlsplit(place).port)
    except ValueError:  # the port is no number
        is_complete = False
    if not is_complete or urlsplit(place).path:
        raise BionerError(
            f"backend {place!r}: the address of a Ray cluster is ray://HOST:PORT, as in ray://head:10001."
        )
    return place


def choose_backend(text: str) -> Backend:
    """Return the place that a text names, for the studies of the current user.

    :raises BionerError: it names none, or a place where this user may not train.
    """
    backend = parse_backend(text)
    if backend.kind != LOCAL:
        check_place(str(backend))
    return backend


def read_backend(run: Run) -> Backend:
    """Return where a run is trained: this machine, where nothing else was chosen.

    :raises BionerError: its file names no place.
    """
    try:
        text = (run.folder / BACKEND_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Backend()
    except (OSError, ValueError) as error:
        raise BionerError(f"{run.folder / BACKEND_FILE}: cannot be read. Delete it to train here.") from error
    return parse_backend(text)


def remember_backend(run: Run, backend: Backend) -> None:
    """Store where a run is trained from its next worker on.

    :raises BionerError: a worker trains it, the user may not train there, or the folder cannot be written.
    """
    if backend == read_backend(run):
        return
    run.check_writable()
    choose_backend(str(backend))
    with run.lock(), report_write_errors(run.folder / BACKEND_FILE):
        write_atomically(run.folder / BACKEND_FILE, f"{backend}\n")


def open_executor(run: Run) -> Executor:
    """Return what trains the jobs of a run. Ray's and Slurm's packages are imported when it is called."""
    backend = read_backend(run)
    if backend.kind == "ray":
        return partial(run_on_ray, address=backend.address, is_insecure=backend.is_insecure, run=run)
    if backend.kind == "slurm":
        return partial(run_on_slurm, options=backend.options, run=run)
    return partial(run_locally, run=run)
