"""Write the comparison to a folder: a CSV file for each table, and one page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bioner_core.errors import BionerError
from bioner_core.files import Remedies, create_private_folder, explain_write_error, write_atomically
from bioner_core.reproduce.agreement import format_cells_csv
from bioner_core.reproduce.page import render_page
from bioner_core.reproduce.replication import Replication
from bioner_core.reproduce.tables import Cell

PAGE = "index.html"


def write_result(folder: Path, tables: Mapping[str, Sequence[Cell]], replication: Replication) -> Path:
    """Write all files, replacing those of an earlier call, and return the page's path.

    :raises BionerError: the folder cannot be made or written to.
    """
    contents = {f"{name}.csv": format_cells_csv(cells) for name, cells in tables.items()}
    contents[PAGE] = render_page(tables, replication)
    try:
        create_private_folder(folder)
        for name, content in contents.items():
            write_atomically(folder / name, content)
    except OSError as error:
        raise BionerError(
            explain_write_error(folder, error, Remedies(other="Name another by --out"))
        ) from error
    return folder / PAGE
