"""The Upload page offers unplaced mentions as a download."""

import io
import zipfile


def test_unplaced_mentions_can_be_downloaded_beside_the_findings(open_page, read_page):
    text = "Took aspirin daily. No pain. " * 20
    lines = "".join(f"T{n}\tDrug {29 * n + 5} {29 * n + 12}\taspirin\n" for n in range(20))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", text)
        archive.writestr("a.ann", lines + "T90\tADR 9000 9010\tpain\nT91\tADR 23 27\tback\n")
    app = open_page("upload")
    app.file_uploader(key="files").set_value(("notes.zip", content.getvalue(), "application/zip")).run()
    assert "**2 What we read**" in read_page(app)
    assert app.download_button(key="findings of notes").label == "All findings as CSV"
    assert app.download_button(key="unplaced of notes").label == "2 mentions left out, as CSV"


def test_without_unplaced_mentions_there_is_no_download_of_them(open_page):
    app = open_page("upload", sample="sample RU EHR")
    assert not [b for b in app.get("download_button") if "left out" in b.label]
