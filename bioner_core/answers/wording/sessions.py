"""Sessions of work on a run: when, where and with which versions."""

from collections.abc import Mapping

from bioner_core.answers.wording.numbers import format_time


def list_versions(session: Mapping[str, object]) -> dict[str, str]:
    """Return the software of a session, each with its version; what is not recorded is left out."""
    versions = {"BioNER Budget": session.get("program"), "commit": session.get("commit")}
    versions |= {"Python": session.get("python"), "system": session.get("platform")}
    return {name: str(value) for name, value in versions.items() if value} | _list_packages(session)


def format_packages(session: Mapping[str, object]) -> str:
    """Return the packages of a session with their versions in a line."""
    return ", ".join(f"{name} {version}" for name, version in _list_packages(session).items())


def _list_packages(session: Mapping[str, object]) -> dict[str, str]:
    packages = session.get("packages")
    return {name: str(v) for name, v in packages.items() if v} if isinstance(packages, Mapping) else {}


def build_session_row(session: Mapping[str, object]) -> dict[str, str]:
    """Return one session of work on a run as a row: what, when, where, with what."""
    row = {"What": session.get("what", ""), "At": format_time(str(session.get("at", "")))}
    row |= {name.capitalize(): session.get(name) or "" for name in ("host", "device", "command", "program")}
    row |= {"Commit": session.get("commit") or "", "Python": session.get("python", "")}
    return {name: str(value) for name, value in row.items()} | {"Packages": format_packages(session)}
