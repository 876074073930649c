"""Points as CSV and as records: lossless, and bad rows are refused with line and column."""

import math

import pytest

from bioner_core.curves import points
from bioner_core.curves.points import (
    COLUMNS,
    CurvePoint,
    build_point_record,
    parse_point_record,
    read_points_csv,
    write_points_csv,
)
from bioner_core.errors import BionerError

HEAD = "target,source,model,method,entity,n_sentences,seed,f1"
ROW = "a,none,m,finetune,Drug,50,0,0.5"


def build_point(**fields):
    base = {"target": "a", "source": "none", "model": "m", "method": "probe", "entity": "Drug"}
    return CurvePoint(**{**base, "n_sentences": 50, "seed": 0, "f1": 0.5, **fields})


def read_error(text):
    with pytest.raises(BionerError) as error:
        read_points_csv(text, where="p.csv")
    return str(error.value)


def test_exported_points_are_read_back_unchanged():
    table = (
        build_point(
            precision=0.1, recall=1.0, f1=2 / 11, support=40, seconds=1e-3, n_mentions=0, train_size=90
        ),
        build_point(n_sentences=90, train_size=90, is_full=True, seed=None, entity='"odd", name\u00e9'),
        build_point(source="b+c", n_sentences=0, f1=1e-7),
    )
    assert read_points_csv(write_points_csv(table), where="p.csv") == table


def test_a_csv_may_come_from_a_spreadsheet():
    text = (
        "\ufeff"
        + f"{HEAD},is_full\r\n\r\na,none,m,finetune, Drug ,50,0.0,.5,TRUE\r\na,none,m,finetune,x,50,,1,\r\n"
    )
    first, second = read_points_csv(text, where="p.csv")
    assert (first.entity, first.seed, first.f1, first.is_full) == ("Drug", 0, 0.5, True)
    assert (second.seed, second.f1, second.is_full) == (None, 1.0, False)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ROW.replace("0.5", '"0,5"'),
            "p.csv, line 2, f1: found '0,5'; allowed is a number such as 0.85 from 0 to 1.",
        ),
        (
            ROW.replace("0.5", "84.9"),
            "p.csv, line 2, f1: found 84.9; allowed is a number such as 0.85 from 0 to 1.",
        ),
        (
            ROW.replace("0.5", "nan"),
            "p.csv, line 2, f1: found 'nan'; allowed is a number such as 0.85 from 0 to 1.",
        ),
        (
            ROW.replace("0.5", "1e999"),
            "p.csv, line 2, f1: found inf; allowed is a number such as 0.85 from 0 to 1.",
        ),
        (
            ROW.replace("0.5", ""),
            "p.csv, line 2, f1: found nothing; allowed is a number such as 0.85 from 0 to 1.",
        ),
        (
            ROW.replace("0.5", "."),
            "p.csv, line 2, f1: found '.'; allowed is a number such as 0.85 from 0 to 1.",
        ),
        (
            ROW.replace("50", "-1"),
            "p.csv, line 2, n_sentences: found -1; allowed is a whole number, 0 or more.",
        ),
        (
            ROW.replace("50", "5_0"),
            "p.csv, line 2, n_sentences: found '5_0'; allowed is a whole number, 0 or more.",
        ),
        (
            ROW.replace("50", "49.5"),
            "p.csv, line 2, n_sentences: found '49.5'; allowed is a whole number, 0 or more.",
        ),
        (
            ROW.replace("finetune", "magic"),
            "p.csv, line 2, method: found 'magic'; allowed is finetune, probe, partial, external, "
            "pre-annotation.",
        ),
        (
            ROW.replace("Drug", "a\x1b[2J"),
            "p.csv, line 2, entity: found 'a\\x1b[2J'; allowed is 1 to 500 printable characters.",
        ),
        (ROW + ",9", "p.csv, line 2: found 9 cells; the first line names 8 columns."),
        (f"{ROW}\n{ROW}", "p.csv, line 3: repeats line 2 (a Drug from none at 50, seed 0)."),
        (f'{ROW}\n"a"b,', "p.csv, line 3: not a CSV (',' expected after '\"')."),
        ("", "p.csv: no points below the first line."),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column(row, message):
    assert read_error(f"{HEAD}\n{row}\n") == message


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("target;source;f1", "p.csv, line 1: column 'target;source;f1' unknown. "),
        (HEAD.replace(",f1", ""), "p.csv, line 1: column 'f1' missing. "),
        (f"{HEAD},f1", "p.csv, line 1: column 'f1' named twice. "),
        (" ", "p.csv, line 1: column ' ' unknown. "),
        ("\n\nx", "p.csv, line 3: column 'x' unknown. "),
    ],
)
def test_a_bad_first_line_is_refused(head, message):
    rest = (
        f"Allowed, parted by commas: {', '.join(COLUMNS)}; "
        "needed: target, source, model, method, entity, n_sentences, f1."
    )
    assert read_error(f"{head}\n{ROW}\n") == message + rest


def test_an_empty_file_is_refused():
    assert read_error("").startswith(
        "p.csv, line 1: column 'target', 'source', 'model', 'method', 'entity' missing. "
    )


def test_a_full_point_names_its_train_size():
    text = f"{HEAD},is_full,train_size\n{ROW},True,60\n"
    assert read_error(text) == (
        "p.csv, line 2: is_full is true, yet n_sentences is 50 and train_size 60. "
        "A full point is trained on all train_size sentences."
    )


def test_the_number_of_rows_is_bounded(monkeypatch):
    monkeypatch.setattr(points, "MAX_POINTS", 2)
    rows = [ROW.replace(",0,", f",{seed},") for seed in range(3)]
    assert len(read_points_csv("\n".join([HEAD, *rows[:2]]), where="p.csv")) == 2
    assert read_error("\n".join([HEAD, *rows])) == "p.csv: more than 2 points. Import it in parts."


def test_a_point_survives_the_round_trip_through_its_record():
    original = build_point(is_interpolated=True, recall=0.25)
    assert parse_point_record(build_point_record(original), where="line 1") == original


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"f1": "0.5"},
            "points.jsonl, line 3, f1: found '0.5'; allowed is a number such as 0.85 from 0 to 1.",
        ),
        (
            {"f1": math.nan},
            "points.jsonl, line 3, f1: found nan; allowed is a number such as 0.85 from 0 to 1.",
        ),
        ({"seed": True}, "points.jsonl, line 3, seed: found True; allowed is a whole number, 0 or more."),
        ({"is_full": None}, "points.jsonl, line 3, is_full: found nothing; allowed is true or false."),
        (
            {"seed": 2**53 + 1},
            f"points.jsonl, line 3, seed: found {2**53 + 1}; allowed is a whole number, 0 or more.",
        ),
        (
            {"target": ["a"]},
            "points.jsonl, line 3, target: found ['a']; allowed is 1 to 500 printable characters.",
        ),
    ],
)
def test_a_hand_edited_record_is_refused(change, message):
    with pytest.raises(BionerError) as error:
        parse_point_record({**build_point_record(build_point()), **change}, where="points.jsonl, line 3")
    assert str(error.value) == message


def test_a_record_of_a_newer_version_is_refused():
    with pytest.raises(BionerError, match="unknown field 'f2'; a newer version may have written it"):
        parse_point_record({**build_point_record(build_point()), "f2": 0.1}, where="points.jsonl, line 3")


def test_a_record_without_its_score_is_refused():
    record = {
        name: value
        for name, value in build_point_record(build_point()).items()
        if name not in ("f1", "model")
    }
    with pytest.raises(BionerError, match=r"^line 3: model, f1 missing\. Each point needs target, source,"):
        parse_point_record(record, where="line 3")


def test_points_of_strategies_are_read_back_and_older_tables_are_random():
    table = (build_point(n_words=700), build_point(strategy="margin/100", n_words=900))
    text = write_points_csv(table)
    assert read_points_csv(text, where="p.csv") == table
    (older,) = read_points_csv(f"{HEAD}\n{ROW}\n", where="p.csv")
    assert (older.strategy, older.n_words, older.arm) == ("random", None, "none")
    (blank,) = read_points_csv(f"{HEAD},strategy,n_words\n{ROW},,\n", where="p.csv")
    assert blank == older


def test_a_strategy_takes_the_place_of_the_source_in_messages_and_repeats():
    point = build_point(strategy="margin/100")
    assert (point.arm, point.label) == ("margin/100", "a Drug from margin/100 at 50")
    row = f"{ROW},margin/100"
    assert read_error(f"{HEAD},strategy\n{row}\n{ROW},random\n{row}\n") == (
        "p.csv, line 4: repeats line 2 (a Drug from margin/100 at 50, seed 0)."
    )


def test_words_are_whole_numbers():
    assert read_error(f"{HEAD},n_words\n{ROW},-3\n") == (
        "p.csv, line 2, n_words: found -3; allowed is a whole number, 0 or more."
    )
