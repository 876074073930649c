"""The choice of who else may read a run or corpus."""

from collections.abc import Callable, Sequence

import streamlit as st

from bioner_core.errors import BionerError
from bioner_core.ui.shared.shell import escape_markdown


def choose_readers(
    readers: Sequence[str], save: Callable[[Sequence[str]], None], *, key: str, effect: str
) -> None:
    """Draw the readers of something, and save them when they are changed.

    :param readers: their labels.
    :param key: of the field.
    :param effect: what readers can do, and what not.
    """
    with st.popover(f"Share: {len(readers)}" if readers else "Share", icon=":material/group:"):
        st.markdown(effect)
        text = st.text_input(
            "Names",
            ", ".join(readers),
            key=key,
            placeholder="anna, ben",
            help="As they log in, separated by commas; `admin` stands for the administrators.",
        )
        if st.button("Save", key="save readers", type="primary"):
            try:
                save([name.strip() for name in text.split(",") if name.strip()])
            except BionerError as error:
                st.error(escape_markdown(str(error)), icon=":material/error:")
            else:
                st.rerun()
