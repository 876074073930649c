"""The wheel, installed without checkout and network, opens pages and estimates a sample."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.pictures import start_chromium, wait_for, wait_until_settled

ROOT = Path(__file__).resolve().parent.parent
PORT = 8765
PATIENCE = 900_000  # ms until the probe's number is there
DRIVER = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.test_wheel import drive; drive()"

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of the tracked files, as `make wheel` does from a clean clone."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", out, ROOT], check=True)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """Return the interpreter of a new environment with the wheel and its requirements."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
    return python


def run(python, *words, home):
    """Run the installed program outside the checkout, with a temporary home."""
    names = ("PATH", "LANG", "BIONER_CHROMIUM")
    environment = {name: os.environ[name] for name in names if name in os.environ}
    return subprocess.run(
        [python, *words],
        capture_output=True,
        text=True,
        cwd=home,
        env={**environment, "HOME": str(home)},
        timeout=1800,
    )


def test_the_wheel_holds_app_pages_shipped_runs_and_samples(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    pages = {f"bioner_core/project/{path.relative_to(ROOT)}" for path in ROOT.glob("pages/*.py")}
    required_files = {
        "app.py",
        ".streamlit/config.toml",
        "runs/ecir2020/points.jsonl",
        "runs/ecir2020/study.json",
    }
    assert pages | {f"bioner_core/project/{name}" for name in required_files} <= names
    assert {"bioner_core/corpus/sample_en.txt", "bioner_core/ui/shared/style.css"} <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "runs/"))]


def test_the_version_is_printed_without_numpy(python, tmp_path):
    code = "import sys; from bioner_core.cli import main; main(['--version']); print('numpy' in sys.modules)"
    done = run(python, "-c", code, home=tmp_path)
    assert done.stdout.startswith("bioner 0.") and done.stdout.endswith("False\n"), done.stderr


def test_users_files_lie_in_the_users_folder_and_nothing_is_written_beside_the_code(python, tmp_path):
    corpus = tmp_path / "notes.conll"
    corpus.write_text("Aspirin B-Drug\nhelps O\n\n" * 20, encoding="utf-8")
    package = python.parent.parent
    before = {path for path in package.rglob("*") if "__pycache__" not in path.parts}
    added = run(python, "-m", "bioner_core", "corpus", "add", str(corpus), "--name", "notes", home=tmp_path)
    budget = run(python, "-m", "bioner_core", "budget", "ecir2020", "--format", "json", home=tmp_path)
    assert added.returncode == budget.returncode == 0, added.stderr + budget.stderr
    assert list((tmp_path / ".local/share/bioner/corpora").iterdir())
    assert {path for path in package.rglob("*") if "__pycache__" not in path.parts} == before


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a machine without network: Linux's unshare")
def test_the_first_page_opens_and_a_sample_is_probed_without_network(python, tmp_path):
    inside = ("sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, "-c", DRIVER)
    done = run("unshare", "-rn", *inside, str(python), home=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "sentences" in done.stdout


def drive() -> None:
    """Start the installed dashboard, open its first page, probe a sample and print the number."""
    python = sys.argv[1]
    command = [python, "-m", "bioner_core", "app", "--no-browser", "--no-token", "--port", str(PORT)]
    server = subprocess.Popen(command)
    try:
        wait_for(f"http://localhost:{PORT}/_stcore/health", server)
        with start_chromium() as browser:
            page = browser.new_page()
            page.goto(f"http://localhost:{PORT}/")
            wait_until_settled(page)
            assert "EN UGT" in page.locator("body").inner_text()
            page.goto(f"http://localhost:{PORT}/upload?sample=sample%20EN%20UGT")
            wait_until_settled(page)
            for _ in range(2):
                page.get_by_role("button", name="Continue").click()
                wait_until_settled(page)
            page.get_by_role("button", name="Save and estimate").click()
            page.get_by_text("models are trained").wait_for(timeout=PATIENCE)
            wait_until_settled(page)
            print(page.locator(".st-key-plan .number").inner_text())
    finally:
        server.terminate()
