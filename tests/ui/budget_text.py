"""Read the text of the Budget page."""


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
