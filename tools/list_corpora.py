"""Write the tables of docs/corpora.md from the list of public corpora; a test compares them."""

from bioner_core.corpus.fetching.catalog import markdown
from bioner_core.corpus.fetching.registry import public_corpora
from bioner_core.files import PROJECT, write_whole

PAGE = PROJECT / "docs/corpora.md"
BEGIN, END = "<!-- list -->\n", "<!-- end of the list -->\n"


def main() -> None:
    """Replace what stands between the marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    write_whole(PAGE, f"{before}{BEGIN}\n{markdown(public_corpora().values())}\n{END}{after}")


if __name__ == "__main__":
    main()
