"""Step 1 of the Upload page: the uploader, the upload that is kept, the samples."""

import streamlit as st

from bioner_core.answers.wording.numbers import format_bytes
from bioner_core.corpus.kept_uploads import MAX_DAYS
from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.corpus.reading.detect import NAMES
from bioner_core.ui.shared.findings import FORMATS, show_problem
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.upload.files import list_samples
from bioner_core.ui.upload.steps import open_step_frame
from bioner_core.ui.upload.upload import Upload, switch_to_files, switch_to_sample


def show_files_step(upload: Upload | None, problem: str) -> None:
    """Draw step 1: the uploader and the samples.

    :param problem: why the upload cannot be read; "" if it can.
    """
    done = ""
    if upload and not problem:
        done = (
            f"{escape_markdown(upload.title)}, synthetic"
            if upload.sample
            else f"{escape_markdown(upload.title)}, {format_bytes(upload.n_bytes)}"
        )
    if problem:
        st.session_state.update({"reached": 1, "step 1": True})
    with open_step_frame(1, done):
        if problem:
            show_problem(problem)
        if upload and upload.kept and not upload.is_in_uploader:
            _show_kept_upload(upload)
        else:
            _show_uploader(has_link=FORMATS not in problem)  # else the problem has the link
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("No files yet? Try a synthetic sample:", width="content")
            for corpus in list_samples():
                st.button(
                    escape_markdown(corpus.name),
                    key=f"try {corpus.name}",
                    icon=":material/science:",
                    on_click=switch_to_sample,
                    args=(corpus.name,),
                )


def _show_uploader(*, has_link: bool) -> None:
    st.file_uploader(
        f"Annotated files: one, several, or a folder as zip ({len(NAMES)} formats, such as brat, CoNLL, "
        "JSON lines, tables and the exports of annotation tools)",
        accept_multiple_files=True,
        key="files",
        on_change=switch_to_files,
        max_upload_size=MAX_BYTES // 1_000_000,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if has_link:
            st.page_link("pages/formats.py", label="All formats, with how they look", icon=":material/list:")
        st.caption(
            f"The files stay on this machine, and only the address of this page opens them: until you save "
            f"or remove them, at most {MAX_DAYS} days.",
            width="content",
        )
    if problem := st.session_state.get("not kept"):
        st.warning(
            f"These files are lost when you leave the page: {escape_markdown(problem)}",
            icon=":material/warning:",
        )


def _show_kept_upload(upload: Upload) -> None:
    """Show the name of an upload whose files are on disk, and the button that deletes them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{escape_markdown(upload.title)}**, {format_bytes(upload.n_bytes)}", width="content")
        st.button("Remove", key="drop", icon=":material/delete:", on_click=switch_to_files)
        st.caption(
            f"Kept on this machine until you save or remove it, at most {MAX_DAYS} days.", width="content"
        )
