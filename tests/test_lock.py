"""requirements-lock.txt holds every package that requirements.txt brings, with hashes of its files."""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def read_pins(name):
    """Return the pinned version of each package."""
    text = re.sub(r"(^|\s)#.*", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = (line.split("--hash")[0].strip(" \\") for line in text.replace("\\\n", " ").splitlines())
    requirements = [Requirement(line) for line in lines if line]
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in requirements}


def list_needed(names, locked):
    """Return the names of all packages that these need on this machine, themselves included.

    What a package needs is known where it is installed in the locked version.
    """
    needed, waiting = set(), list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in needed:
            continue
        needed.add(name)
        try:
            is_locked = metadata.version(name) == locked.get(name)
        except metadata.PackageNotFoundError:
            is_locked = False
        parsed = map(Requirement, (metadata.requires(name) or []) if is_locked else ())
        waiting += [r.name for r in parsed if not r.marker or r.marker.evaluate({"extra": ""})]
    return needed


def test_the_lock_has_the_pinned_versions_and_all_they_need():
    pinned, locked = read_pins("requirements.txt"), read_pins("requirements-lock.txt")
    assert {name: locked.get(name) for name in pinned} == pinned
    assert list_needed(pinned, locked) - locked.keys() == set()


def test_every_locked_package_has_hashes():
    text = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=[\w-]+==)", text) if not entry.startswith("#")]
    assert {entry.partition("==")[0] for entry in entries} == read_pins("requirements-lock.txt").keys()
    assert len(entries) > 80
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []
