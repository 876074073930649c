"""The documentation site holds the pages at the top of the repository, too: a hook of MkDocs.

README becomes the first page. Links between the pages are rewritten; links to other files of the repository
become their names.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
TOP_PAGES = {  # page of the site → file at the top
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "architecture.md": "ARCHITECTURE.md",
    "security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages at the top to those of docs/."""
    for page, source in TOP_PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=rewrite_links(text, folder="")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite the links of a page of docs/."""
    return markdown if page.file.src_uri in TOP_PAGES else rewrite_links(markdown, folder="docs")


def rewrite_links(markdown: str, *, folder: str) -> str:
    """Return a page whose links lead to pages of the site.

    >>> rewrite_links("[a](docs/guide.md#b) [c](ARCHITECTURE.md) [d](LICENSE)", folder="")
    '[a](guide.md#b) [c](architecture.md) d'
    """

    def rewrite(match: re.Match[str]) -> str:
        picture, text, target, anchor = match.groups()
        path = posixpath.normpath(posixpath.join(folder, target))
        pages = {source: page for page, source in TOP_PAGES.items()}
        if path in pages:
            return f"[{text}]({pages[path]}{anchor or ''})"
        if path.startswith("docs/"):
            return f"{picture}[{text}]({path.removeprefix('docs/')}{anchor or ''})"
        return text

    return _LINK.sub(rewrite, markdown)
