"""Read the text of the Budget page, and the numbers of the command beside it."""

import contextlib
import io
import json

from bioner_core.cli import main


def read_cells(app, key="sources"):
    """Return the rows of a table as lists of text."""
    return app.get_by_key(key).value.astype(str).to_numpy().tolist()


def read_cards(app):
    """Return the cards as label, number with unit, and text."""
    bodies = [e.proto.body for e in app.get("html") if 'class="card"' in e.proto.body]
    for mark in ("card", "label", "number", "text"):
        bodies = [body.replace(f'<div class="{mark}">', "") for body in bodies]
    bodies = [body.replace('<span class="unit">', "").replace("</span>", "") for body in bodies]
    return [[part.strip() for part in body.split("</div>") if part] for body in bodies]


def read_lead(app):
    [body] = [e.proto.body for e in app.get("html") if 'class="lead"' in e.proto.body]
    return body.removeprefix('<p class="lead">').removesuffix("</p>")


def run_budget(run, *options):
    """Return the rows that ``bioner budget RUN`` prints as JSON."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["budget", run, *options, "--format", "json"]) == 0
    return json.loads(printed.getvalue())


def format_number(n):
    return f"{n:,}".replace("-", "−")


def word_answer(row):
    """Return the sentence of a row with a plan for 99 % of full F1, as the guide gives its shape."""
    high = f"all {format_number(row['n_max'])}" if row["n_high_beyond"] else format_number(row["n_high"])
    doubt = f", and {100 * (1 - row['chance_reached']):.0f} % that even these do not suffice"
    return (
        f"Plan on {format_number(row['n_plan'])} sentences (likely {format_number(row['n_low'])} to {high}"
        f"{doubt if row['n_high_beyond'] else ''}) to reach 99 % of full F1; "
        f"{format_number(row['n95'])} reach 95 %, {format_number(row['n90'])} reach 90 %."
    )


def read_subject(app):
    """Return the sentences below the answer."""
    return next(e.proto.body for e in app.get("html") if 'class="note"' in e.proto.body)
