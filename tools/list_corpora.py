"""Write the tables of docs/corpora.md from the list of public corpora; a test compares them."""

from bioner_core.corpus.fetching.catalog import render_tables
from bioner_core.corpus.fetching.registry import load_public_corpora
from bioner_core.files import PROJECT, write_atomically

PAGE = PROJECT / "docs/corpora.md"
BEGIN, END = "<!-- list -->\n", "<!-- end of the list -->\n"


def update_page() -> None:
    """Replace the text between the marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    write_atomically(PAGE, f"{before}{BEGIN}\n{render_tables(load_public_corpora().values())}\n{END}{after}")


if __name__ == "__main__":
    update_page()
