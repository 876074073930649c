"""The outcome as a folder: a CSV a table, and one page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bioner_core.errors import BionerError
from bioner_core.files import Remedies, private_folder, why_unwritable, write_whole
from bioner_core.reproduce.agreement import cells_csv
from bioner_core.reproduce.page import page
from bioner_core.reproduce.replication import Ours
from bioner_core.reproduce.tables import Cell

PAGE = "index.html"


def write_result(folder: Path, tables: Mapping[str, Sequence[Cell]], ours: Ours) -> Path:
    """Write all files, those of an earlier call replaced, and return the page's path.

    :raises BionerError: the folder cannot be made or written to.
    """
    contents = {f"{name}.csv": cells_csv(cells) for name, cells in tables.items()}
    contents[PAGE] = page(tables, ours)
    try:
        private_folder(folder)
        for name, content in contents.items():
            write_whole(folder / name, content)
    except OSError as error:
        raise BionerError(why_unwritable(folder, error, Remedies(other="Name another by --out"))) from error
    return folder / PAGE
