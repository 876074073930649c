"""The user's rates of annotation on pages: how they are loaded, and a rate read from an export."""

import streamlit as st

from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.rates import Rates, derive_timed_rates, load_rates, save_rates
from bioner_core.errors import BionerError
from bioner_core.ui.shared.shell import escape_markdown


def load_user_rates() -> Rates:
    """Return the user's rates; where their file is damaged, say so and go on with the published ones."""
    try:
        return load_rates()
    except BionerError as error:
        st.warning(escape_markdown(str(error)), icon=":material/warning:")
        return Rates()


def offer_timed_rate(reading: Reading, corpus: Corpus) -> None:
    """Say how long annotation took if the export records it, and offer that as the user's rate."""
    rates = load_user_rates()
    timed = derive_timed_rates(reading, len(corpus.sentences), rates)
    if timed is None:
        return
    st.caption(
        f"Your export records the annotation time: {timed.seconds_low:g} seconds per sentence on average "
        f"({format_count(reading.n_timed)} texts have a time)."
    )
    if timed == rates:
        st.caption("Hours are computed with this rate.")
    elif st.button("Use this rate for hours", key="timed rate", icon=":material/timer:"):
        save_rates(timed)
        st.rerun()
