"""Write the tree of ARCHITECTURE.md from the packages themselves: `python tools/architecture.py`.

Each folder stands with the sentence that opens its `__init__.py` and the names of its modules.
"""

import ast
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- tree: tools/architecture.py writes it -->\n", "<!-- end of tree -->\n"
WIDTH = 98


def render_tree(root: Path = ROOT) -> str:
    """Return the folders of the package, each with its purpose and its modules, as a code block."""
    lines = []
    for folder in sorted({init.parent for init in (root / "bioner_core").rglob("__init__.py")}):
        place = folder.relative_to(root).as_posix() + "/"
        modules = sorted(file.stem for file in folder.glob("*.py") if not file.stem.startswith("__"))
        lines += ["", place, *_wrap(_purpose(folder)), *_wrap(" · ".join(modules))]
    return "\n".join(["```", *lines[1:], "```", ""])


def _purpose(folder: Path) -> str:
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")


def replace_tree(page: str, tree: str) -> str:
    """Return the page with a new tree between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tree}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(replace_tree(PAGE.read_text(encoding="utf-8"), render_tree()), encoding="utf-8")
