"""Documents agree with the code: links, commands, options, variables, requirements."""

import ast
import re
import statistics
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bioner_core.cli import build_parser
from tools.architecture import render_tree, replace_tree
from tools.code_counts import sentence_lengths

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


def iterate_commands(command, words=("bioner",)):
    for action in command._actions:
        if hasattr(action, "choices") and isinstance(action.choices, dict):
            for name, sub in action.choices.items():
                yield (*words, name), sub
                yield from iterate_commands(sub, (*words, name))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_links_and_pictures_point_to_existing_files(document):
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_prose_has_short_lines_and_short_sentences(document):
    text = document.read_text(encoding="utf-8")
    code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    long = [line for line in code.splitlines() if len(line) > 100 and not line.lstrip().startswith("|")]
    assert [line for line in long if not re.fullmatch(r"\S*\]\(\S+\)\S*", line.strip())] == []
    assert statistics.median(sentence_lengths(text)) <= 25


@pytest.mark.parametrize("words", [words for words, _ in iterate_commands(build_parser())], ids=" ".join)
def test_every_command_is_in_the_guide(words):
    assert " ".join(words) in (ROOT / "docs/guide.md").read_text(encoding="utf-8")


def test_every_option_is_in_the_guide():
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    options = {
        option
        for _, command in iterate_commands(build_parser())
        for action in command._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    assert [option for option in sorted(options) if option not in guide] == []


def test_the_tree_in_architecture_md_is_current():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert replace_tree(page, render_tree()) == page, "run `python tools/architecture.py`"


def test_each_term_of_the_glossary_is_in_its_file():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([^|]+) \| [^|]+ \| `([\w/]+\.py)` \|$", page.split("## Glossary")[1], re.MULTILINE
    )
    assert len(rows) >= 40
    for term, file in rows:
        text = (ROOT / "bioner_core" / file).read_text(encoding="utf-8")
        pattern = rf"^(class )?{term}\b" if term[0].isupper() else re.escape(term.split()[-1])
        assert re.search(pattern, text, re.MULTILINE | re.IGNORECASE * term[0].islower()), (term, file)


def test_every_requirement_has_a_pin_and_a_reason():
    for line in read_requirements():
        if line and not line.startswith(("#", "-r ")):
            assert re.match(r"[\w-]+(\[\w+\])?==[\w.]+(; .+?)?\s+# .{8,}", line), line


def read_requirements():
    files = (ROOT / "requirements.txt", ROOT / "requirements-cluster.txt")
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_version_ranges_of_the_package_include_the_tested_pins():
    """Each range in pyproject.toml contains the version pinned in requirements.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    ranges = {
        _normalize_package_name(r.name): r for r in map(Requirement, [*project["dependencies"], *extras])
    }
    pins = [Requirement(line.split("  #")[0]) for line in read_requirements() if "==" in line]
    assert {_normalize_package_name(pin.name) for pin in pins} == ranges.keys()
    for pin in pins:
        [version] = [clause.version for clause in pin.specifier]
        assert ranges[_normalize_package_name(pin.name)].specifier.contains(version), pin
        assert ranges[_normalize_package_name(pin.name)].marker == pin.marker, pin


def test_every_library_that_is_imported_is_pinned():
    pins = [Requirement(line.split("  #")[0]) for line in read_requirements() if "==" in line]
    pinned = {_normalize_package_name(pin.name) for pin in pins}
    files = [*ROOT.glob("bioner_core/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"]
    imported = {name for file in files for name in _iterate_imports(file.read_text(encoding="utf-8"))}
    others, packages = imported - sys.stdlib_module_names - {"bioner_core", "pages"}, packages_distributions()
    assert [
        name
        for name in sorted(others)
        if not {_normalize_package_name(p) for p in packages.get(name, [name])} & pinned
    ] == []


def _iterate_imports(text):
    """Yield the libraries that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def _normalize_package_name(name):
    """Return a package's name as pip compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_variable_of_the_environment_is_documented():
    guide = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    variables = {
        name
        for file in ROOT.glob("bioner_core/**/*.py")
        for name in re.findall(r"\bBIONER_[A-Z_]+\b", file.read_text(encoding="utf-8"))
    }
    assert [name for name in sorted(variables) if name not in guide] == []
