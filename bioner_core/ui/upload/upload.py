"""The upload of the Upload page: its files, the step it has reached, and what was chosen for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from bioner_core.corpus.kept_uploads import Choice, KeptUploads
from bioner_core.errors import BionerError
from bioner_core.ui.shared.limited import forget_results

STEPS = ("Files", "What we read", "Entities", "About it", "Estimate")
FILE_KEYS = ("label ", "about ", "documents", "column")  # beginnings of keys that hold for one upload only
_SOURCES = ("sample", "upload")  # parameters of the address that name an upload


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Uploaded files, or a sample corpus of the program."""

    key: str  # differs for other files
    title: str
    n_bytes: int = 0
    n_files: int = 1
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # {}: on disk, or a sample
    sample: str = ""
    kept: str = ""  # id of the upload on disk

    @property
    def is_in_uploader(self) -> bool:
        """Say whether the page's uploader holds the files; else the upload is shown by name."""
        return bool(self.files)


def find_upload() -> Upload | None:
    """Return the files in the uploader, the sample, or the upload kept on disk; None where there are none.

    Its choices are restored where the page was left since, and kept where not.

    :raises BionerError: two files have the same name, or the upload of the address is gone.
    """
    KeptUploads().delete_old()
    is_sample = "sample" in st.query_params  # chosen after the files that the uploader may hold
    upload = (None if is_sample else _find_in_uploader()) or _find_in_address()
    if upload:
        _sync_choices(upload)
    elif st.session_state.get("reached", 1) != 1:
        _forget_choices()
    return upload


def _find_in_uploader() -> Upload | None:
    uploads = st.session_state.get("files")
    if not uploads:
        return None
    files = {upload.name: upload.getvalue() for upload in uploads}
    if len(files) < len(uploads):
        raise BionerError("two of the files have the same name. Put the folders into a zip and upload it.")
    return Upload(
        key=" ".join(upload.file_id for upload in uploads),
        title=uploads[0].name if len(uploads) == 1 else f"{len(uploads)} files",
        n_bytes=sum(map(len, files.values())),
        n_files=len(files),
        files=files,
        kept=st.session_state.get("source", {}).get("upload", ""),
    )


def _find_in_address() -> Upload | None:
    """Return the upload that the address names; an address without one means the session's."""
    wanted = {key: st.query_params[key] for key in _SOURCES if key in st.query_params}
    source = wanted or st.session_state.get("source", {})
    st.session_state["source"] = source
    st.query_params.update(source)
    if name := source.get("sample"):
        return Upload(key=name, title=name, sample=name)
    if upload_id := source.get("upload"):
        try:
            kept = KeptUploads().open(upload_id)
        except BionerError:
            st.session_state["source"] = {}
            _forget_choices()
            raise
        return Upload(
            key=upload_id,
            title=kept.title,
            n_bytes=kept.n_bytes,
            n_files=len(kept.names),
            kept=upload_id,
        )
    return None


def keep_upload(upload: Upload) -> None:
    """Open the second step once the files are read, and keep them on disk; the address then names them.

    Where they cannot be kept, ``not kept`` in the session says why.
    """
    state = st.session_state
    if state.get("reached", 1) == 1:
        open_step(2)
    if upload.sample or upload.kept:
        return
    try:
        upload_id = KeptUploads().add(upload.files, title=upload.title)
    except BionerError as error:
        state["not kept"] = str(error)
        return
    state["source"] = {"upload": upload_id}
    state["choices of"] = (upload_id, state.get("visit", 0))
    st.query_params["upload"] = upload_id


def delete_upload() -> None:
    """Delete the upload from disk and from the session's memory."""
    source = st.session_state.pop("source", {})
    for key in ("not kept", "choices of", "choices"):
        st.session_state.pop(key, None)
    forget_results()
    if upload_id := source.get("upload"):
        KeptUploads().delete(upload_id)


def switch_to_files() -> None:
    """Start with the files in the uploader, or without any once they are removed."""
    if st.session_state.get("files") or "sample" not in st.query_params:
        st.query_params.clear()
    delete_upload()
    _forget_choices()


def switch_to_sample(name: str) -> None:
    """Start with a sample."""
    delete_upload()
    _forget_choices()
    st.query_params.from_dict({"sample": name})


def start_new_upload() -> None:
    """Leave a run for the uploader, or for the upload that is not done yet."""
    st.query_params.clear()
    if "sample" in st.session_state.get("source", {}):
        del st.session_state["source"]


def leave_upload() -> None:
    """Note that the page shows something else, without the fields of the upload."""
    name, _ = st.session_state.get("choices of", ("", 0))
    st.session_state["choices of"] = (name, -1)


def open_step(step: int) -> None:
    """Open a step and fold the others."""
    for number in range(1, len(STEPS) + 1):
        st.session_state[f"step {number}"] = number == step
    st.session_state["reached"] = max(step, st.session_state.get("reached", 1))


def _sync_choices(upload: Upload) -> None:
    """Keep the choices for an upload; take them from where they are kept after the page was left."""
    state = st.session_state
    visit, name = state.get("visit", 0), upload.kept or upload.key
    if state.get("choices of") == (name, visit):
        choices = _list_choices()
        if choices != state.get("choices"):
            state["choices"] = choices
            if upload.kept:
                KeptUploads().save_choices(upload.kept, choices)
        return
    is_same = state.get("choices of", ("",))[0] == name
    choices = state.get("choices", {}) if is_same else _load_choices(upload)
    state["choices of"], state["choices"] = (name, visit), choices
    state.update(choices)
    reached = choices.get("reached")
    open_step(reached if isinstance(reached, int) else 1)


def _list_choices() -> dict[str, Choice]:
    state = st.session_state
    keys = [str(key) for key in state if str(key).startswith(FILE_KEYS)]
    return {"reached": state.get("reached", 1), **{key: state[key] for key in sorted(keys)}}


def _load_choices(upload: Upload) -> dict[str, Choice]:
    """Return the choices kept on disk, only those of the page's own fields."""
    choices = KeptUploads().open(upload.kept).choices if upload.kept else {}
    return {key: value for key, value in choices.items() if key.startswith((*FILE_KEYS, "reached"))}


def _forget_choices() -> None:
    """Forget the choices for earlier files, and open the first step."""
    state = st.session_state
    for key in [key for key in state if str(key).startswith(FILE_KEYS)]:
        del state[key]
    state["reached"] = 1
    open_step(1)
