"""Count what makes code and documents hard to read: names, sizes, import cycles, long lines and sentences."""

import ast
import json
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_VAGUE = "told found came given asked known each one own ours taken drawn shown alike"
VAGUE = frozenset(_VAGUE.split())  # as a whole name, or as a part of one
NUMERALS = frozenset({"one", "each"})  # fine as a part: one_hot, for_each
_VERBS = """
accept add address advise aggregate align allow annotate answer append apply approximate are ask
assemble assess assign attach attend average begin bind bootstrap bound break build cache calculate call
can cancel cap capture carry chain change check choose claim classify clean clear clip close cluster
collate collect combine compare complete compose compress compute condition configure confirm connect
continue contrast convert copy correct correlate count cover create crop cross cut decide decode
decompress define delete dequantize derive describe detach detect determine discard discretize display
divide does download draw drop embed enable encode end enforce enlarge ensure enter enumerate escape
estimate evaluate exclude expand expect explain export express extend extract fail fetch fill filter
finalize find finish fit fix flatten follow forecast forget fork format forward free freeze gather
generate group guess has hash help hide highlight hold identify import include indent index infer
initialize inspect interpolate interrupt invert is iterate join judge keep label lay learn limit link
list load locate lock log look lower map mark mask match measure mend merge microbatch mirror move
mutate name normalize note notify number observe offer open order overlap overlay pack pad paint pair
parse partition pause permute pick pin place plan plot pool predict prefer prepare pretrain print
propose prune publish pull push put quantify queue quote raise randomize rank rate read rebuild record
recover reduce refresh refuse register release remove rename render repair repeat replace report
reproduce require
resample reserve reset reshape resolve restart restore restrict resume retrain retry return reverse review
rewrite round run sample save say scale scan schedule score search select send separate serialize set
shift ship shorten should show shuffle simplify simulate size skip smooth solve sort space split stack
standardize start state step stop store strip structure style suggest sum summarize supply switch
tabulate tag take tell test tie time tokenize total touch trace track train transform translate
transpose trim truncate turn unpack unwrap update upgrade upload use validate verify vote wait walk warn
was watch weigh widen word work wrap write zip
"""
VERBS = frozenset(_VERBS.split())
_NOUNS = """
address answer bound cap chain change count cover display end estimate exclude export forecast format
group guess hash help hold index label lay limit link list lock log look map mark mask match measure move
name note number order overlap pack place plan plot pool print queue quote rank rate record release
repair report reserve return review round sample say scale schedule score search set shift show size sort
space split stack start state step stop store structure style sum supply switch tag test tie time total
touch trace track transform trim turn upgrade upload use vote walk watch word work zip
"""
NOUNS = frozenset(_NOUNS.split())  # nouns as well: alone they do not say what a function does
BLAND = frozenset({"get", "do", "make", "handle"})
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md")


def source_files(root: Path = ROOT) -> list[Path]:
    """Return the program's own modules: the package, the pages and the app."""
    return [*sorted(root.glob("bioner_core/**/*.py")), *sorted(root.glob("pages/*.py")), root / "app.py"]


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the names that a module gives and uses, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value.lineno
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[-1], node.lineno


def vague_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield identifiers that are, or contain, a word that says nothing about what it names."""
    for name, line in identifiers(tree):
        if name.endswith("NotFoundError"):  # of libraries
            continue
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).strip("_").lower().split("_")
        vague = VAGUE.intersection(words)
        if len(words) > 1:
            vague -= NUMERALS
        if vague:
            yield name, line


def public_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return a module's public functions; methods belong to their class."""
    return [n for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


def has_verb(name: str) -> bool:
    """Tell whether a function's name starts with a verb.

    >>> has_verb("read_brat"), has_verb("is_rare"), has_verb("told"), has_verb("state")
    (True, True, False, False)
    """
    first, *rest = name.split("_")
    return first in VERBS | BLAND and (bool(rest) or first not in NOUNS)


def import_cycles(files: Iterable[Path], root: Path = ROOT) -> list[list[str]]:
    """Return the groups of modules that import each other, directly or through others (Tarjan 1972)."""
    modules = {".".join(f.relative_to(root).with_suffix("").parts): f for f in files}
    graph = {name: _imports(file, set(modules)) - {name} for name, file in modules.items()}
    return [sorted(group) for group in _components(graph) if len(group) > 1]


def _imports(file: Path, modules: set[str]) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names & modules


def _components(graph: dict[str, set[str]]) -> Iterator[set[str]]:
    """Yield the strongly connected components: what a module reaches and is reached from."""
    reach = {name: _reached(graph, name) for name in graph}
    left = set(graph)
    while left:
        name = min(left)
        group = {name, *(other for other in reach[name] if name in reach[other])}
        left -= group
        yield group


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    stack = [start]
    while stack:
        new = graph[stack.pop()] - seen
        seen |= new
        stack.extend(new)
    return seen


def sentence_lengths(markdown: str) -> list[int]:
    r"""Return the words of each sentence of prose: no code, tables or headings.

    >>> sentence_lengths("# Title\n\nOne two three. Four five!\n\n| a | b |\n")
    [3, 2]
    """
    prose = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    prose = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", prose)
    lines = [line for line in prose.splitlines() if not line.lstrip().startswith(("|", "#", "<"))]
    paragraphs = re.split(r"\n\s*\n|\n\s*[-*] |\n\s*\d+\. ", "\n".join(lines))
    sentences = [
        s for p in paragraphs for s in re.split(r"(?<=[.!?])\s+(?=[A-ZА-Я“\"`*(])", p.replace("\n", " "))
    ]
    return [len(words) for s in sentences if (words := re.findall(r"\w[\w'’.,%-]*", s))]


def count(root: Path = ROOT) -> dict[str, object]:
    """Return all counts of a checkout."""
    files = source_files(root)
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}
    vague = Counter(name for tree in trees.values() for name, _ in vague_names(tree))
    functions = [function.name for tree in trees.values() for function in public_functions(tree)]
    packages: dict[str, list[int]] = {}
    for file in files:
        place = file.relative_to(root).parent.as_posix()
        packages.setdefault(place, []).append(len(file.read_text(encoding="utf-8").splitlines()))
    pages = [p for pattern in DOCUMENTS for p in sorted(root.glob(pattern))]
    texts = {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in pages}
    lines = [line for text in texts.values() for line in text.splitlines() if not line.startswith("|")]
    return {
        "vague_names": sum(vague.values()),
        "most_vague": dict(vague.most_common(8)),
        "public_functions": len(functions),
        "without_verb": sum(not has_verb(name) for name in functions),
        "cycles": import_cycles(files, root),
        "files": len(files),
        "lines": sum(map(sum, packages.values())),
        "packages": {name: [len(sizes), sum(sizes)] for name, sizes in packages.items()},
        "longest_module": max(max(sizes) for sizes in packages.values()),
        "longest_line_of_docs": max(map(len, lines)),
        "words_a_sentence": {
            name: statistics.median(sentence_lengths(text))
            for name, text in texts.items()
            if sentence_lengths(text)
        },
    }


def show_file(file: Path) -> None:
    """Print the vague names and the functions without a verb of a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for name, line in sorted(set(vague_names(tree)), key=lambda pair: pair[1]):
        print(f"{file}:{line}: vague name {name}")
    for function in public_functions(tree):
        if not has_verb(function.name):
            print(f"{file}:{function.lineno}: no verb: {function.name}")


if __name__ == "__main__":
    if paths := [Path(name) for name in sys.argv[1:] if name.endswith(".py")]:
        for path in paths:
            show_file(path)
    else:
        print(json.dumps(count(Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT), indent=2))
