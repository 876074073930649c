"""Numbers, names and facts as people read them."""

import html
from collections.abc import Mapping, Sequence
from math import ceil

from bioner_core.answers.wording import count as count
from bioner_core.answers.wording import entity as entity_in_words
from bioner_core.answers.wording import moment as moment
from bioner_core.answers.wording import percent as percent
from bioner_core.answers.wording import settings as settings_in_words
from bioner_core.answers.wording import training as training_in_words
from bioner_core.corpus.description import About
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import stages
from bioner_core.study.plan import Study

LONG = 32  # characters of a name that are shown; the whole is on hover
STATES = {
    "broken": "cannot be read",
    "starting": "starting",
    "live": "training",
    "stopping": "stopping",
    "published": "published",
    "imported": "imported",
    "done": "done",
    "failed": "done, with failures",
    "cancelled": "cancelled",
    "stopped": "stopped",
    "partial": "part of a plan",
}


def size(n_bytes: float) -> str:
    """Return an amount of storage.

    >>> size(512), size(3_400_000)
    ('1 kB', '3.4 MB')
    """
    if n_bytes < 1e6:
        return f"{ceil(n_bytes / 1e3)} kB"
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes < 1e9 else f"{n_bytes / 1e9:.1f} GB"


def machine(titles: Sequence[str], n_bytes: float) -> str:
    """Return what trains here, and what is stored, in a sentence (HTML)."""
    return f"<b>{html.escape(' and '.join(titles))}</b> trains here; {size(n_bytes)} are stored."


def versions(session: Mapping[str, object]) -> dict[str, str]:
    """Return what a session runs on, each with its version."""
    packages = session.get("packages")
    found = {"BioNER Budget": session.get("program"), "commit": session.get("commit")}
    found |= {"Python": session.get("python"), "system": session.get("platform")}
    found |= packages if isinstance(packages, Mapping) else {}
    return {name: str(value) for name, value in found.items() if value}


def training(study: Study) -> str:
    """Return how the models of a study were trained; "" where it has none of its own."""
    if not study.settings:
        return ""
    how = training_in_words(study.jobs[0].model, study.jobs[0].method).short
    return f"{how}, seeds {', '.join(map(str, study.seeds))}, {settings_in_words(study.settings)}"


def session_row(session: Mapping[str, object]) -> dict[str, str]:
    """Return one session of work on a run as a row: what, when, where, with what."""
    packages = session.get("packages")
    versions = ", ".join(f"{k} {v}" for k, v in packages.items()) if isinstance(packages, Mapping) else ""
    row = {"What": session.get("what", ""), "At": moment(str(session.get("at", "")))}
    row |= {name.capitalize(): session.get(name) or "" for name in ("host", "device", "command", "program")}
    row |= {"Commit": session.get("commit") or "", "Python": session.get("python", ""), "Packages": versions}
    return {name: str(value) for name, value in row.items()}


def named(name: str, *, length: int = LONG) -> str:
    """Return ``name`` as HTML: a long one cut, the whole on hover."""
    if len(name) <= length:
        return html.escape(name)
    return f'<span title="{html.escape(name)}">{html.escape(name[: length - 1])}…</span>'


def pretraining(source: str) -> str:
    """Return what a source means, as HTML.

    >>> pretraining("A:B")
    'pretrained on A, then B'
    """
    if source == NONE:
        return "without pretraining"
    together = (" and ".join(named(name) for name in group) for group in stages(source))
    return "pretrained on " + ", then ".join(together)


def entity(name: str) -> str:
    """Return an entity type as HTML, those that are none in words."""
    told = entity_in_words(name)
    return named(name) if told == name else told


def model(curve: Curve) -> str:
    """Return the model, and that it is a probe where it is one."""
    return f"{curve.model}, probe" if curve.method == "probe" else curve.model


def described(name: str, about: About) -> str:
    """Return a corpus with what it is, such as "EN UGT: CADEC, en, UGT"."""
    what = [about.title, about.language, about.domain, "synthetic" if about.is_synthetic else ""]
    what = [word for word in what if word]
    return f"{name}: {', '.join(what)}" if what else name
