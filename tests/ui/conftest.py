"""The whole app without a browser, opened at one of its pages."""

from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from bioner_core.study import worker

ROOT = Path(__file__).resolve().parents[2]


class Manager(PagesManager):
    """Takes AppTest's wish, before each run, to look for pages of Streamlit's older kind.

    A server looks once, and the shell sends that one run through app.py. Here each click would get lost.
    """


@pytest.fixture
def open_page(monkeypatch):
    """Return a function that opens a page by its name, at an address with these parameters."""
    monkeypatch.setattr(app_test, "PagesManager", Manager)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)

    def opened(name, **parameters):
        app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        app.switch_page(f"pages/{name}.py")
        app.query_params.update(parameters)
        return app.run()

    return opened


@pytest.fixture
def idle_worker(monkeypatch):
    """Replace the worker by an idle process: pages only see the store."""
    monkeypatch.setattr(worker, "COMMAND", ("sh", "-c", "sleep 30"))


@pytest.fixture
def read_page():
    """Return a function that joins all text of a page, and fails on a fault or traceback."""

    def text(app):
        assert not app.exception
        alerts, texts = (*app.error, *app.warning, *app.info), (*app.header, *app.markdown, *app.caption)
        bodies = [element.value for element in (*alerts, *texts)]
        bodies += [element.proto.body for element in app.get("html")]
        whole = "\n".join(["", *bodies, *(expander.label for expander in app.expander)])
        assert "Traceback" not in whole
        assert "A fault in the program" not in whole
        return whole

    return text
