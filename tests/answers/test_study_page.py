"""The study's page says what the shipped runs do."""

from bioner_core.study.store import RunStore
from tools import study_page


def test_the_tables_are_those_of_the_shipped_runs():
    runs = {name: RunStore().open(name) for name in (study_page.PROBE, study_page.FINETUNED)}
    page = study_page.PAGE.read_text(encoding="utf-8")
    assert study_page.update_tables(page, runs) == page, "run: python tools/study_page.py"
