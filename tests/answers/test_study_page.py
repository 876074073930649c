"""The tables of the study page agree with the shipped runs."""

from bioner_core.study.store import RunStore
from tools import study_page


def test_tables_of_the_study_page_match_the_shipped_runs():
    runs = {name: RunStore().open(name) for name in (study_page.PROBE, study_page.FINETUNED)}
    page = study_page.PAGE.read_text(encoding="utf-8")
    assert study_page.update_tables(page, runs) == page, "run: python tools/study_page.py"
