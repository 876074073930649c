"""Allowed imports between layers, as in ARCHITECTURE.md, checked on the syntax trees."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = (
    "computed_once csv_text errors files processes",
    "kept_arrays users",
    "corpus",
    "scoring",
    "curves",
    "connections costs forecast study",
    "rounds tagging analysis",
    "charts",
    "answers",
    "reproduce",  # its page is written with the report's words and frame
    "cli",
    "__main__ ui pages app",
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names.split()}
ONLY_IN = {  # outside library → the places that may import it
    "torch": ("bioner_core/tagging/",),
    "transformers": ("bioner_core/tagging/",),
    "gensim": ("bioner_core/tagging/",),
    "gliner2": ("bioner_core/tagging/zero_shot/gliner2_model.py",),
    "streamlit": ("bioner_core/ui/", "pages/", "app.py"),
    "altair": ("bioner_core/charts/",),
    "ray": ("bioner_core/study/executors/",),
}


def list_source_files():
    files = [*ROOT.glob("bioner_core/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"]
    return [file for file in files if file.is_file()]


def iterate_imports(tree):
    """Yield dotted names of everything a module imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def find_layer(dotted):
    """Return the layer of a dotted module name, or None outside the project."""
    parts = dotted.split(".")
    if parts[0] == "bioner_core":
        return parts[1] if len(parts) > 1 and parts[1] in LEVEL else None
    return parts[0] if parts[0] in ("pages", "app") else None


def find_page_folder(module):
    """Return the folder of ui/ that a path or dotted name lies in; None outside."""
    parts = module.removesuffix(".py").replace("/", ".").split(".")
    return parts[2] if parts[:2] == ["bioner_core", "ui"] and len(parts) > 2 else None


def find_violations(path, text):
    importer = find_layer(".".join(Path(path).with_suffix("").parts))
    for name in iterate_imports(ast.parse(text)):
        imported_layer = find_layer(name)
        if (
            importer
            and imported_layer
            and imported_layer != importer
            and LEVEL[imported_layer] >= LEVEL[importer]
            and LEVEL[importer] < LEVEL["app"]
        ):
            yield f"{path} imports {name}: layer {LEVEL[imported_layer]} from layer {LEVEL[importer]}"
        if importer in ("ui", "pages", "app") and imported_layer in ("tagging", "cli"):
            yield f"{path} imports {name}: pages never import tagging or the command line"
        if (folder := find_page_folder(path)) and (other := find_page_folder(name)) not in (
            None,
            "shared",
            folder,
        ):
            yield f"{path} imports {name}: the pages {folder} and {other} share code by ui/shared only"
        allowed = ONLY_IN.get(name.split(".")[0])
        if allowed and not path.startswith(allowed):
            yield f"{path} imports {name}: only {', '.join(allowed)} may"


def test_modules_import_only_lower_layers():
    all_violations = [
        v
        for file in list_source_files()
        for v in find_violations(file.relative_to(ROOT).as_posix(), file.read_text())
    ]
    assert all_violations == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("bioner_core/corpus/split.py", "from bioner_core.study import store"),
        ("bioner_core/study/worker.py", "import bioner_core.tagging.run"),
        ("bioner_core/curves/budget.py", "import altair as alt"),
        ("bioner_core/tagging/run.py", "from gliner2 import AutoExtractor"),
        ("bioner_core/errors.py", "from bioner_core import corpus"),
        ("pages/train.py", "from bioner_core.tagging.run import run_jobs"),
        ("bioner_core/corpus/word_pieces.py", "def f():\n    import torch"),
        ("bioner_core/ui/upload/steps.py", "from bioner_core.ui.budget.answer import Answer"),
        ("bioner_core/ui/shared/widgets.py", "from bioner_core.ui.budget.answer import Answer"),
    ],
)
def test_layer_violations_are_detected(path, line):
    assert list(find_violations(path, line))


def test_the_app_opens_without_torch():
    script = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        f"at = AppTest.from_file({str(ROOT / 'app.py')!r}, default_timeout=60).run();"
        "assert not at.exception, at.exception;"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'transformers'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr


def test_thread_limits_are_set_before_numpy_is_loaded():
    script = (
        "import sys, streamlit.web.cli; assert 'numpy' not in sys.modules;"
        "import bioner_core.ui.shared.shell, os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=120, env=environment
    )
    assert done.stdout.strip() == "1", done.stderr
