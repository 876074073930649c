"""One writer for all CSV tables, guarded against formulas."""

import ast
import csv
import io
from pathlib import Path

import pytest

from bioner_core.csv_text import escape_formula, format_csv, remove_guard
from bioner_core.curves.points import CurvePoint, read_points_csv, write_points_csv

ROOT = Path(__file__).resolve().parents[1]
FORMULAS = ("=cmd|'/c calc'!A1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1")


@pytest.mark.parametrize("text", [*FORMULAS, "'x", "aspirin", "-0.5", "+2e5", ""])
def test_a_guarded_text_is_no_formula_and_comes_back_unchanged(text):
    guarded = str(escape_formula(text))
    assert remove_guard(guarded) == text
    assert guarded == text or text in FORMULAS
    assert guarded.startswith("'") or text not in FORMULAS


def test_cells_are_guarded_in_head_and_rows_and_unknown_values_are_empty():
    text = format_csv(["=a", "b"], [[None, "=1"], [float("nan"), -1], ["-1.5", 'say "x"']])
    assert list(csv.reader(io.StringIO(text))) == [
        ["'=a", "b"],
        ["", "'=1"],
        ["", "-1"],
        ["-1.5", 'say "x"'],
    ]


def test_points_of_types_that_look_like_formulas_are_exported_guarded_and_imported_as_they_were():
    points = tuple(
        CurvePoint(
            target="T", source="none", model="M", method="finetune", entity=entity, n_sentences=5, f1=0.5
        )
        for entity in ("=1+1", "'=1+1", "-x", "Drug")
    )
    text = write_points_csv(points)
    assert ",'=1+1," in text
    assert ",=1+1," not in text
    assert read_points_csv(text, where="x.csv") == points


def test_no_other_module_writes_csv():
    writers = {"writer", "DictWriter", "to_csv"}
    writing = {
        path.relative_to(ROOT).as_posix()
        for path in [*ROOT.glob("bioner_core/**/*.py"), *ROOT.glob("pages/*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in writers
        and getattr(node.value, "id", "csv") == "csv"
    }
    assert writing == {"bioner_core/csv_text.py"}
