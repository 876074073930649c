"""The store of runs: a folder for each study; the user's runs and those that come with the program."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

from bioner_core.corpus.cache import delete_cached
from bioner_core.corpus.library import is_safe_name, validate_name
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import (
    create_private_folder,
    format_current_time,
    locate_runs_folder,
    locate_shipped_runs_folder,
    write_atomically,
)
from bioner_core.study.corpus_copies import explain_other_words, locate_copy, save_copies
from bioner_core.study.jobs import Settings
from bioner_core.study.journal import report_write_errors
from bioner_core.study.plan import SHARED_FIELDS, Study
from bioner_core.study.provenance import build_session_record
from bioner_core.study.run import Run
from bioner_core.study.run_deletion import delete_run, delete_unused_caches, read_digests
from bioner_core.study.run_files import STUDY_FILE
from bioner_core.study.run_list import open_list
from bioner_core.study.run_sharing import list_shared_runs
from bioner_core.study.search import merge_searches
from bioner_core.study.study_file import serialize_study
from bioner_core.users.audit import record_action
from bioner_core.users.current import find_user
from bioner_core.users.limits import check_room
from bioner_core.users.sharing import set_readers

# Runs that come with the program.
SHIPPED = ("ecir2020", "four-corpora-probe", "public-corpora-probe", "rumedner-finetuned")
STALE_SECONDS = 86_400  # older unfinished folders were left by a crash
_UNFINISHED = ".unfinished-"
_MAX_LISTED = 10  # names listed in a message


class RunStore:
    """The runs of a folder, and the shipped runs; for a user who has logged in, also what others share.

    A shared run is named ``owner/name``. Runs of other users are not there, whatever a caller names.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Use ``BIONER_RUNS`` if ``folder`` is None; the folder is created when it is needed.

        :raises BionerError: nobody is logged in, or the folder is another user's.
        """
        self.folder = locate_runs_folder() if folder is None else folder
        if find_user() and self.folder != locate_runs_folder():
            raise BionerError("these runs belong to another user.")

    def names(self) -> tuple[str, ...]:
        """Return the names of all runs: the user's, last changed first, then shared and shipped ones."""
        shipped = tuple(
            name for name in SHIPPED if (locate_shipped_runs_folder() / name / STUDY_FILE).is_file()
        )
        user_runs = (name for name in open_list(self.folder).read() if name not in shipped)
        return (*user_runs, *list_shared_runs(self.folder), *shipped)

    def open(self, name: str) -> Run:
        """Return a run. :raises BionerError: there is none of this name."""
        if name in SHIPPED and (locate_shipped_runs_folder() / name / STUDY_FILE).is_file():
            return Run(locate_shipped_runs_folder() / name, is_shipped=True)
        if is_safe_name(name) and os.path.isfile(self.folder / name / STUDY_FILE):
            return Run(self.folder / name)
        if run := list_shared_runs(self.folder).get(name) if "/" in name else None:
            return run
        names = self.names()
        if name in names:  # a copied folder may have any name, and one of another account is no file
            return Run(self.folder / name)
        name = name if "/" in name and find_user() else validate_name(name, what="run")
        more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
        raise BionerError(f"run {name}: no such run. Available: {', '.join(names[:_MAX_LISTED])}{more}.")

    def runs(self) -> Iterable[Run]:
        """Yield all runs in the order of ``names``; their files are read later."""
        return map(self.open, self.names())

    def create(
        self,
        study: Study,
        corpora: Mapping[str, Corpus],
        *,
        action: str = "planned",
        require_corpora: bool = True,
        fill: Callable[[Run], None] = lambda run: None,
    ) -> Run:
        """Create the folder of a study with copies of its corpora; after an error no folder is left.

        :param action: for the record of sessions in study.json.
        :param require_corpora: raise if a corpus is missing; imported runs may lack them.
        :param fill: writes more files before anyone sees the run.
        :raises BionerError: the name exists or is not allowed, a corpus is missing, or writing fails.
        """
        name = self.check_new_name(study.name)
        check_room()
        study = replace(
            study,
            created=study.created or format_current_time(),
            sessions=(*study.sessions, build_session_record(action)),
        )
        with report_write_errors(self.folder):
            create_private_folder(self.folder)
            self._delete_leftovers()
            set_readers(self.folder, name, ())  # of an earlier run of this name
            # mkdtemp makes it readable by the user only.
            unfinished = Path(tempfile.mkdtemp(dir=self.folder, prefix=_UNFINISHED))
        try:
            with report_write_errors(self.folder / name):
                save_copies(study, corpora, unfinished, require_all=require_corpora)
                write_atomically(unfinished / STUDY_FILE, serialize_study(study))
                fill(Run(unfinished))
                os.rename(unfinished, self.folder / name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        record_action(f"{action} run", name)
        return Run(self.folder / name)

    def check_new_name(self, name: str) -> str:
        """Return the name if a new run may have it. :raises BionerError: it exists or is not allowed."""
        name = validate_name(name, what="run")
        for existing in self.names():
            if existing.casefold() == name.casefold():  # the same folder on Windows and macOS
                raise BionerError(
                    f"run {existing}: already exists. Choose another name, or delete the old run first."
                )
        return name

    def extend(
        self,
        name: str,
        study: Study,
        corpora: Mapping[str, Corpus],
        *,
        action: str = "extended",
        require_corpora: bool = True,
    ) -> Run:
        """Add the jobs that a run lacks.

        :raises BionerError: corpora, split, model or training differ, or a worker trains the run.
        """
        run = self.open(name)
        check_room()
        with run.lock() as writer:
            old = run.study
            _check_comparable(old, study, partial(explain_other_words, run.folder, corpora))
            new_jobs = tuple(job for job in study.jobs if job.id not in old.job_ids)
            merged = replace(
                old,
                corpora={**old.corpora, **study.corpora},
                train_sizes={**old.train_sizes, **study.train_sizes},
                descriptions={**old.descriptions, **study.descriptions},
                jobs=(*old.jobs, *new_jobs),
                notes=tuple(dict.fromkeys((*old.notes, *study.notes))),
                searches=merge_searches(old.searches, study.searches),
            )
            with report_write_errors(run.folder):
                save_copies(study, corpora, run.folder, require_all=require_corpora)
            if merged != old:
                writer.replace_study(merged, action)
        record_action(f"{action} run", name)
        return run

    def delete(self, name: str) -> None:
        """Delete a run, and what the cache keeps of corpora that nothing else holds.

        :raises BionerError: it is shipped, or a worker trains it.
        """
        run = self.open(name)
        if run.is_shipped:
            raise BionerError(f"run {name}: comes with the program and cannot be deleted.")
        run.check_writable()
        digests = read_digests(run)
        set_readers(self.folder, name, ())
        delete_run(run, trash_prefix=_UNFINISHED)
        record_action("delete run", name)
        delete_unused_caches(digests, self.runs())

    def list_runs_with_corpus(self, corpus: str) -> tuple[str, ...]:
        """Return the names of the runs that hold a copy of a corpus of this name."""
        names = open_list(self.folder).read()
        return tuple(name for name in names if locate_copy(self.folder / name, corpus).is_file())

    def delete_copies(self, corpus: str) -> tuple[str, ...]:
        """Delete the copies of a corpus from all runs, and what is cached of it; return the runs' names."""
        names = self.list_runs_with_corpus(corpus)
        for name in names:
            run = self.open(name)
            with run.lock(), report_write_errors(run.folder):
                locate_copy(run.folder, corpus).unlink(missing_ok=True)
                delete_cached([run.study.corpora[corpus]])
            record_action("delete copy", f"{corpus} in run {name}")
        return names

    def _delete_leftovers(self) -> None:
        """Delete folders that a crash while creating or deleting left: they may hold text."""
        for path in self.folder.glob(f"{_UNFINISHED}*"):
            if time.time() - path.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _check_comparable(old: Study, new: Study, explain: Callable[[str], str]) -> None:
    """Raise if the points of two plans could not be compared; ``explain`` says why a corpus has changed."""
    if bool(old.jobs) != bool(new.jobs):
        has, new_kind = ("a plan", "points without one") if old.jobs else ("points without a plan", "a plan")
        raise BionerError(
            f"run {old.name}: contains {has}, so {new_kind} cannot be added. Choose another name."
        )
    for name in sorted(old.corpora.keys() & new.corpora.keys()):
        if old.corpora[name] != new.corpora[name]:
            raise BionerError(
                f"run {old.name}: corpus {name} has changed since (digest {old.corpora[name]}, now "
                f"{new.corpora[name]}), so that points could not be compared.{explain(name)} "
                "Choose another name."
            )
    for field in SHARED_FIELDS if old.jobs else ():
        was, wanted = getattr(old.jobs[0], field), getattr(new.jobs[0], field)
        if was != wanted:
            if isinstance(was, Settings) and isinstance(wanted, Settings):
                was, wanted = _format_differences(was, wanted)
            raise BionerError(
                f"run {old.name}: was planned with {field} {was}, not {wanted}, so that points could not be "
                "compared. Choose another name for a new run."
            )


def _format_differences(was: Settings, wanted: Settings) -> tuple[str, str]:
    """Return the differing fields with the values of each side, such as "epochs 12"."""
    pairs = [(f.name, getattr(was, f.name), getattr(wanted, f.name)) for f in fields(Settings)]
    differing = [(name, old, new) for name, old, new in pairs if old != new]
    return (
        ", ".join(f"{name} {old}" for name, old, _ in differing),
        ", ".join(f"{name} {new}" for name, _, new in differing),
    )
