"""Public corpora on the Corpora page: the list, their licences, and downloads with their progress."""

import re

import pandas as pd
import streamlit as st

from bioner_core.corpus.fetching.catalog import build_row, format_amount, format_size, format_time_left
from bioner_core.corpus.fetching.download_state import (
    DownloadState,
    cancel_download,
    forget_download,
    load_state,
    start_download,
)
from bioner_core.corpus.fetching.fetch import describe_verification
from bioner_core.corpus.fetching.registry import ACCESS, PublicCorpus, load_public_corpora
from bioner_core.corpus.library import Library
from bioner_core.ui.shared.library import name_domain, name_language
from bioner_core.ui.shared.shell import escape_markdown, repeat_every
from bioner_core.ui.shared.tables import show_table
from bioner_core.ui.shared.widgets import choose_option, show_facts

LOOK_SECONDS = 1.0  # between two looks at a download
ANY = "any"
COLUMNS = ("name", "title", "language", "domain", "types", "access", "size", "licence", "published")
OUTCOMES = {
    "done": (st.success, ":material/check_circle:"),
    "failed": (st.error, ":material/error:"),
    "cancelled": (st.info, ":material/stop_circle:"),
    "stopped": (st.warning, ":material/warning:"),
}
STOPPED = "The download has stopped. The downloaded part is kept; the next attempt continues from there."


def show_public_corpora() -> None:
    """Show public corpora, downloadable ones first; downloads continue when the page is closed."""
    corpora = load_public_corpora()
    n_open = sum(corpus.access == "open" for corpus in corpora.values())
    st.header("Public corpora", anchor=False)
    st.caption(
        f"{len(corpora)} corpora; {n_open} can be downloaded from their publishers, only when you ask. "
        "The others need a form or an agreement; each entry says where to ask."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        languages = list(dict.fromkeys(corpus.language for corpus in corpora.values()))
        titles = {code: name_language(code) for code in languages} | {ANY: "any language"}
        language = choose_option("Language", [ANY, *languages], titles=titles)
        offered = [c for c in corpora.values() if language in (ANY, c.language)]
        offered.sort(key=lambda corpus: corpus.access != "open")
        chosen = choose_option(
            "Public corpus",
            [c.name for c in offered],
            titles={c.name: _format_title(c) for c in offered},
            width=430,
        )
    corpus = corpora[chosen]
    with st.container(border=True, key="terms"):
        st.markdown(f"**{escape_markdown(corpus.title)}**: {escape_markdown(corpus.annotates)}")
        show_facts(_list_facts(corpus))
        st.page_link(corpus.home, label="Home page", icon=":material/open_in_new:")
        show_download(corpus)
    show_other_downloads(besides=chosen)
    with st.expander("All public corpora in a table", key="all public"):
        _show_table(list(corpora.values()))


def _format_title(corpus: PublicCorpus) -> str:
    sign = "" if corpus.access == "open" else " (no download)"
    return f"{corpus.name}: {name_language(corpus.language)}, {name_domain(corpus.domain)}{sign}"


def _list_facts(corpus: PublicCorpus) -> dict[str, str]:
    """Return what to know about a corpus before the download, by label."""
    read = "; ".join(f"{', '.join(_list_raw_labels(corpus, kind))} as {kind}" for kind in corpus.types)
    facts = {
        "Licence": corpus.licence or "not stated",
        "Language, domain": f"{name_language(corpus.language)}, {name_domain(corpus.domain)}",
        "Read as": read,
        "Download": f"{format_size(corpus.bytes)}; {describe_verification(corpus)}" if corpus.files else "",
        "Published counts": str(build_row(corpus)["published"]),
        "Cite": corpus.citation,
        "Synthetic": "texts written by a machine" if corpus.is_synthetic else "",
        "Not checked by us": ", ".join(corpus.unverified),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _list_raw_labels(corpus: PublicCorpus, entity: str) -> list[str]:
    """Return the corpus's own labels that are read as an entity type."""
    return [raw for raw, mapped in corpus.labels.items() if mapped == entity]


def show_download(corpus: PublicCorpus) -> None:
    """Show the download of a corpus and its buttons; redraw them while it is downloaded."""
    now = load_state(corpus.name)
    was_live = bool(now and now.is_live)

    @repeat_every(LOOK_SECONDS if was_live else None)
    def part() -> None:
        state = load_state(corpus.name)
        if state and state.is_live:
            _show_progress(corpus, state)
        elif was_live:
            st.rerun()
        else:
            _show_outcome(corpus, state)

    part()


def _show_progress(corpus: PublicCorpus, state: DownloadState) -> None:
    """Show the progress of a download and a button to cancel it."""
    share = min(1.0, state.done / state.total) if state.total else 0.0
    st.progress(share, f"**{escape_markdown(describe_download(state))}**")
    if state.status == "live" and st.button("Cancel", key="cancel fetch", icon=":material/stop_circle:"):
        cancel_download(corpus.name)
        st.rerun(scope="fragment")


def describe_download(state: DownloadState) -> str:
    """Return the progress of a download in a sentence.

    >>> describe_download(DownloadState(status="live", phase="downloading", done=3_000_000, total=12_000_000))
    'Downloading: 3.0 of 12.0 MB.'
    """
    if state.status == "starting":
        return "The download is starting."
    if state.status == "stopping":
        return "Stopping. The downloaded part is kept."
    phase = state.phase[:1].upper() + state.phase[1:]
    return f"{phase}{format_amount(state.done, state.total)}{format_time_left(state.seconds_left)}."


def _show_outcome(corpus: PublicCorpus, state: DownloadState | None) -> None:
    """Show how the last download ended, and the next step."""
    is_here = corpus.name in Library().names()
    if state and state.status == "done" and not is_here:
        state = None  # the corpus was deleted since
    if state and state.status in OUTCOMES:
        box, icon = OUTCOMES[state.status]
        box(escape_markdown(state.message or STOPPED), icon=icon)
    if corpus.access != "open":
        st.info(
            f"{ACCESS[corpus.access].capitalize()}. {escape_markdown(corpus.ask)}", icon=":material/lock:"
        )
    elif is_here:
        st.page_link(
            "pages/corpora.py",
            label="In the library: open it",
            icon=":material/search:",
            query_params={"corpus": corpus.name},
        )
    else:
        _offer_download(corpus, is_again=state is not None)


def _offer_download(corpus: PublicCorpus, *, is_again: bool) -> None:
    """Draw the download button; it works once the user confirms the licence."""
    label = "I have read the licence, and it allows my use"
    is_allowed = st.checkbox(label, key=f"allowed {corpus.name}", value=is_again)
    if st.button(
        "Try again" if is_again else "Download",
        key="fetch",
        type="primary",
        icon=":material/download:",
        disabled=not is_allowed,
    ):
        forget_download(corpus.name)
        start_download(corpus.name)
        st.rerun()


def show_other_downloads(*, besides: str) -> None:
    """Show the progress of all other downloads."""
    names = [name for name in load_public_corpora() if name != besides]
    active = {name: state for name in names if (state := load_state(name)) and state.is_live}

    @repeat_every(LOOK_SECONDS if active else None)
    def part() -> None:
        for name in active:
            if (state := load_state(name)) and state.is_live:
                st.progress(
                    min(1.0, state.done / state.total) if state.total else 0.0,
                    escape_markdown(f"{name}: {describe_download(state)}"),
                )
            else:
                st.rerun()

    part()


def _show_table(corpora: list[PublicCorpus]) -> None:
    rows = pd.DataFrame([build_row(corpus) for corpus in corpora])[[*COLUMNS, "home"]]
    rows = rows.rename(columns={name: name.capitalize() for name in rows.columns})
    show_table(
        rows,
        key="public corpora",
        column_config={"Home": st.column_config.LinkColumn()},
        alt="Public corpora with language, licence, size and published counts",
    )


def render_credit(licence: str, home: str) -> str:
    """Return a corpus's licence, with a link to its home page if that is an https address (Markdown).

    >>> print(render_credit("CC BY 4.0", "https://corpus.example/a"))
    CC BY 4.0 · [home](https://corpus.example/a)
    >>> print(render_credit("", "javascript:x"))
    licence unknown
    """
    licence_text = escape_markdown(licence) or "licence unknown"
    return (
        f"{licence_text} · [home]({home})"
        if re.fullmatch(r"https://[^\s()<>\[\]\"\\]+", home)
        else licence_text
    )
