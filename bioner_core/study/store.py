"""The store of runs: one folder a study, the user's own beside those that come with the program."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path

from bioner_core.corpus.library import checked_name
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import private_folder, runs_folder, shipped_runs_folder, write_whole
from bioner_core.study.corpus_copies import copy_path, write_copies
from bioner_core.study.jobs import Settings
from bioner_core.study.journal import writing
from bioner_core.study.lock import held
from bioner_core.study.plan import SHARED, Study
from bioner_core.study.provenance import now, session
from bioner_core.study.run import LOCK, PLAN, Run
from bioner_core.study.study_file import study_text

SHIPPED = ("ecir2020", "four-corpora-probe", "rumedner-finetuned")  # runs that come with the program
STALE_SECONDS = 86_400  # after which an unfinished folder is taken for the rest of a crash
_UNFINISHED = ".unfinished-"
_SHOWN = 10  # names in a message


class RunStore:
    """The runs of a folder, and the shipped ones."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take ``BIONER_RUNS`` where no folder is given; nothing is made before it is needed."""
        self.folder = runs_folder() if folder is None else folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all runs: the user's, last changed first, then the shipped ones."""
        shipped = tuple(name for name in SHIPPED if (shipped_runs_folder() / name / PLAN).is_file())
        changed = {}
        try:
            entries = list(os.scandir(self.folder))
        except FileNotFoundError:
            entries = []
        except OSError as error:
            raise BionerError(
                f"{self.folder}: cannot be read ({error.strerror}). Set BIONER_RUNS to a folder of yours."
            ) from error
        for entry in entries:
            if not entry.name.startswith(".") and entry.name not in shipped:
                try:
                    changed[entry.name] = os.stat(os.path.join(entry.path, PLAN)).st_mtime_ns
                except (FileNotFoundError, NotADirectoryError):
                    continue  # no run
        return (*sorted(changed, key=lambda name: (-changed[name], name)), *shipped)

    def open(self, name: str) -> Run:
        """Return a run. :raises BionerError: there is none of this name."""
        name = checked_name(name, what="run")
        if name in SHIPPED and (shipped_runs_folder() / name / PLAN).is_file():
            return Run(shipped_runs_folder() / name, is_shipped=True)
        if not (self.folder / name / PLAN).is_file():
            there = self.names()
            more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
            raise BionerError(f"run {name}: there is none. There are: {', '.join(there[:_SHOWN])}{more}.")
        return Run(self.folder / name)

    def runs(self) -> Iterable[Run]:
        """Yield all runs in the order of ``names``; none is read yet."""
        return map(self.open, self.names())

    def create(
        self,
        study: Study,
        corpora: Mapping[str, Corpus],
        *,
        what: str = "planned",
        is_whole: bool = True,
    ) -> Run:
        """Make the folder of a study, with copies of its corpora: whole or not at all.

        :param what: who did it, for the record of sessions.
        :param is_whole: refuse to go without a corpus; imported runs come without.

        :raises BionerError: the name is taken or not allowed, a corpus is missing, or nothing can be written.
        """
        name = self.free_name(study.name)
        study = replace(study, created=study.created or now(), sessions=(*study.sessions, session(what)))
        with writing(self.folder):
            private_folder(self.folder)
            self._sweep()
            unfinished = Path(tempfile.mkdtemp(dir=self.folder, prefix=_UNFINISHED))  # private to the user
        try:
            with writing(self.folder / name):
                write_copies(study, corpora, unfinished, is_whole=is_whole)
                write_whole(unfinished / PLAN, study_text(study))
                os.rename(unfinished, self.folder / name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        return Run(self.folder / name)

    def free_name(self, name: str) -> str:
        """Return the name if a new run may have it. :raises BionerError: it is taken or not allowed."""
        name = checked_name(name, what="run")
        for taken in self.names():
            if taken.casefold() == name.casefold():  # as Windows and macOS see it
                raise BionerError(f"run {taken}: exists. Choose another name, or delete that one first.")
        return name

    def extend(
        self,
        name: str,
        study: Study,
        corpora: Mapping[str, Corpus],
        *,
        what: str = "extended",
        is_whole: bool = True,
    ) -> Run:
        """Add the jobs that a run lacks.

        :raises BionerError: corpora, split, model or training differ, or a worker is at it.
        """
        run = self.open(name)
        with run.lock():
            old = run.study
            _refuse_differences(old, study)
            lacking = tuple(job for job in study.jobs if job.id not in old.job_ids)
            merged = replace(
                old,
                corpora={**old.corpora, **study.corpora},
                train_sizes={**old.train_sizes, **study.train_sizes},
                about={**old.about, **study.about},
                jobs=(*old.jobs, *lacking),
                notes=tuple(dict.fromkeys((*old.notes, *study.notes))),
            )
            with writing(run.folder):
                write_copies(study, corpora, run.folder, is_whole=is_whole)
            if merged != old:
                run.replace_study(merged, what)
        return run

    def delete(self, name: str) -> None:
        """Delete a run with all its points. :raises BionerError: it is shipped, or a worker is at it."""
        run = self.open(name)
        if run.is_shipped:
            raise BionerError(f"run {name}: comes with the program and cannot be deleted.")
        with writing(run.folder):
            doomed = Path(tempfile.mkdtemp(dir=self.folder, prefix=_UNFINISHED))
            try:
                _move_idle(run, doomed / "run")  # gone at once, even if deleting takes long
            finally:
                shutil.rmtree(doomed)

    def with_corpus(self, corpus: str) -> tuple[str, ...]:
        """Return the names of the runs that hold a copy of a corpus of this name."""
        return tuple(name for name in self.names() if copy_path(self.folder / name, corpus).is_file())

    def drop_copies(self, corpus: str) -> tuple[str, ...]:
        """Delete the copies of a corpus from all runs, whose points stay; return the runs' names."""
        names = self.with_corpus(corpus)
        for name in names:
            run = self.open(name)
            with run.lock(), writing(run.folder):
                copy_path(run.folder, corpus).unlink(missing_ok=True)
        return names

    def _sweep(self) -> None:
        """Delete what a crash while creating or deleting has left: it may hold text."""
        for path in self.folder.glob(f"{_UNFINISHED}*"):
            if time.time() - path.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _move_idle(run: Run, there: Path) -> None:
    """Move a run's folder, which may be broken, so that no worker starts in between.

    :raises BionerError: a worker is at it.
    """
    with held(
        run.folder / LOCK,
        busy=lambda: f"run {run.name}: is being worked on. Cancel it first, then delete it.",
    ):
        if sys.platform != "win32":
            os.rename(run.folder, there)
    if sys.platform == "win32":  # a folder with an open file stays there: under our lock, or a worker's
        os.rename(run.folder, there)


def _refuse_differences(old: Study, new: Study) -> None:
    """Refuse to put points into one run that could not be compared."""
    if bool(old.jobs) != bool(new.jobs):
        has, brought = ("a plan", "points without one") if old.jobs else ("points without a plan", "a plan")
        raise BionerError(f"run {old.name}: has {has}, and cannot take {brought}. Choose another name.")
    for name in sorted(old.corpora.keys() & new.corpora.keys()):
        if old.corpora[name] != new.corpora[name]:
            raise BionerError(
                f"run {old.name}: corpus {name} has changed since (digest {old.corpora[name]}, now "
                f"{new.corpora[name]}), so that points could not be compared. Choose another name."
            )
    for field in SHARED if old.jobs else ():
        was, wanted = getattr(old.jobs[0], field), getattr(new.jobs[0], field)
        if was != wanted:
            if isinstance(was, Settings) and isinstance(wanted, Settings):
                was, wanted = _what_differs(was, wanted)
            raise BionerError(
                f"run {old.name}: was planned with {field} {was}, not {wanted}, so that points could not be "
                "compared. Choose another name for a new run."
            )


def _what_differs(was: Settings, wanted: Settings) -> tuple[str, str]:
    """Return the fields that are not the same in both, such as "epochs 12"."""
    pairs = [(f.name, getattr(was, f.name), getattr(wanted, f.name)) for f in fields(Settings)]
    differing = [(name, one, other) for name, one, other in pairs if one != other]
    told = (", ".join(f"{name} {pair[side]}" for name, *pair in differing) for side in (0, 1))
    return next(told), next(told)
