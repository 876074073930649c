"""Runs that users share by name; readers can neither change nor delete them."""

import os
from collections.abc import Iterable
from pathlib import Path

from bioner_core.corpus.library import is_safe_name
from bioner_core.files import locate_runs_folder
from bioner_core.study.run import Run
from bioner_core.study.run_files import STUDY_FILE
from bioner_core.users.audit import record_action
from bioner_core.users.current import find_user, list_owners, locate_for
from bioner_core.users.sharing import find_labels, list_readers, list_shared, set_readers


def list_shared_runs(folder: Path) -> dict[str, Run]:
    """Return the runs of others that the current user may read, by the names that they have here.

    :param folder: the runs that the caller reads; only the user's own folder leads to those of others.
    """
    user, runs = find_user(), dict[str, Run]()
    for owner in list_owners() if user and folder == locate_runs_folder() else ():
        if user and owner.label != user.label:
            shared = locate_for(owner, locate_runs_folder)
            for name in list_shared(shared, user.label):
                if is_safe_name(name) and os.path.isfile(shared / name / STUDY_FILE):
                    runs[f"{owner.label}/{name}"] = Run(shared / name, owner=owner.label)
    return runs


def list_run_readers(run: Run) -> tuple[str, ...]:
    """Return the labels of the users with whom a run is shared."""
    return list_readers(run.folder.parent, run.folder.name)


def share_run(run: Run, readers: Iterable[str]) -> None:
    """Let these users, and no others, read a run, with the texts of its corpora.

    :param readers: their names.
    :raises BionerError: the run belongs to another user or the program, or nobody has such a name.
    """
    run.check_writable()
    labels = find_labels(readers)
    set_readers(run.folder.parent, run.folder.name, labels)
    record_action("share run", f"{run.name} with {', '.join(labels) or 'nobody'}")
