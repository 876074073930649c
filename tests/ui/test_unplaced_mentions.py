"""The Upload page offers unplaced mentions as a download."""

import io
import zipfile

from bioner_core.corpus.kept_uploads import KeptUploads
from bioner_core.corpus.library import Library


def upload_notes(app):
    """Upload brat files in which two mentions have no place."""
    text = "Took aspirin daily. No pain. " * 20
    lines = "".join(f"T{n}\tDrug {29 * n + 5} {29 * n + 12}\taspirin\n" for n in range(20))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", text)
        archive.writestr("a.ann", lines + "T90\tADR 9000 9010\tpain\nT91\tADR 23 27\tback\n")
    return (
        app.file_uploader(key="files").set_value(("notes.zip", content.getvalue(), "application/zip")).run()
    )


def list_findings(app):
    """Return what a page says of findings, and what it offers of them."""
    rows = [element.proto.body for element in app.get("html") if '"findings ' in element.proto.body]
    return rows, [button.label for button in app.get("download_button") if " as CSV" in button.label]


def test_corpora_repeats_the_findings_of_the_upload(open_page, read_page, idle_worker):
    app = upload_notes(open_page("upload"))
    rows, labels = list_findings(app)
    assert "2 mentions left out, as CSV" in labels and "no valid place" in "".join(rows)
    for key in ("to step 3", "to step 4", "estimate"):
        app.button(key=key).click().run()
    assert app.query_params == {"run": "notes probe"}
    assert not any(KeptUploads().folder.iterdir())
    page = open_page("corpora", corpus="notes")
    assert list_findings(page) == (rows, labels)
    Library().delete("notes")
    assert [path.name for path in Library().folder.rglob("*") if path.is_file()] == []


def test_unplaced_mentions_can_be_downloaded_beside_the_findings(open_page, read_page):
    app = upload_notes(open_page("upload"))
    assert "**2 What we read**" in read_page(app)
    assert app.download_button(key="findings of notes").label == "All findings as CSV"
    assert app.download_button(key="unplaced of notes").label == "2 mentions left out, as CSV"


def test_without_unplaced_mentions_there_is_no_download_of_them(open_page):
    app = open_page("upload", sample="sample RU EHR")
    assert not [b for b in app.get("download_button") if "left out" in b.label]
