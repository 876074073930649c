"""Public corpora on the Corpora page: which there are, on what terms, and how far a download is."""

import re

import pandas as pd
import streamlit as st

from bioner_core.corpus.fetching.catalog import amount, left, record, size
from bioner_core.corpus.fetching.download_state import FetchState, cancel, forget, start_detached, state
from bioner_core.corpus.fetching.fetch import verified
from bioner_core.corpus.fetching.registry import ACCESS, PublicCorpus, public_corpora
from bioner_core.corpus.library import Library
from bioner_core.ui.shared.library import domain_name, language_name
from bioner_core.ui.shared.shell import live, md
from bioner_core.ui.shared.widgets import choose, facts_list

LOOK_SECONDS = 1.0  # between two looks at a download
ANY = "any"
COLUMNS = ("name", "title", "language", "domain", "types", "access", "size", "licence", "published")
ENDS = {
    "done": (st.success, ":material/check_circle:"),
    "failed": (st.error, ":material/error:"),
    "cancelled": (st.info, ":material/stop_circle:"),
    "stopped": (st.warning, ":material/warning:"),
}
STOPPED = "The download has stopped. What has come is kept, and the next attempt goes on from there."


def show() -> None:
    """Offer public corpora, those first that can be downloaded; downloads go on without the page."""
    everything = public_corpora()
    n_open = sum(corpus.access == "open" for corpus in everything.values())
    st.subheader("Public corpora", anchor=False)
    st.caption(
        f"{len(everything)} corpora; {n_open} can be downloaded from their homes, each at your word. Of the "
        "others, which need a form or an agreement, is said where to ask."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        languages = list(dict.fromkeys(corpus.language for corpus in everything.values()))
        titles = {code: language_name(code) for code in languages} | {ANY: "any language"}
        language = choose("Language", [ANY, *languages], titles=titles)
        found = [c for c in everything.values() if language in (ANY, c.language)]
        found.sort(key=lambda corpus: corpus.access != "open")
        chosen = choose(
            "Public corpus", [c.name for c in found], titles={c.name: _title(c) for c in found}, width=430
        )
    corpus = everything[chosen]
    with st.container(border=True, key="terms"):
        st.markdown(f"**{md(corpus.title)}**: {md(corpus.annotates)}")
        facts_list(_facts(corpus))
        st.page_link(corpus.home, label="Home page", icon=":material/open_in_new:")
        follow(corpus)
    running(besides=chosen)
    with st.expander("All in a table", key="all public"):
        _table(list(everything.values()))


def _title(corpus: PublicCorpus) -> str:
    sign = "" if corpus.access == "open" else " (described only)"
    return f"{corpus.name}: {language_name(corpus.language)}, {domain_name(corpus.domain)}{sign}"


def _facts(corpus: PublicCorpus) -> dict[str, str]:
    """Return what to know of a corpus before it is downloaded."""
    read = "; ".join(f"{', '.join(_own(corpus, kind))} as {kind}" for kind in corpus.types)
    facts = {
        "Licence": corpus.licence or "none is stated",
        "Language, domain": f"{language_name(corpus.language)}, {domain_name(corpus.domain)}",
        "Read as": read,
        "Download": f"{size(corpus.bytes)}; {verified(corpus)}" if corpus.files else "",
        "Published counts": str(record(corpus)["published"]),
        "Cite": corpus.citation,
        "Synthetic": "its texts were made by a machine" if corpus.is_synthetic else "",
        "Not checked by us": ", ".join(corpus.unverified),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _own(corpus: PublicCorpus, kind: str) -> list[str]:
    return [raw for raw, its in corpus.labels.items() if its == kind]


def follow(corpus: PublicCorpus) -> None:
    """Draw what can be done with a corpus, again and again while it is downloaded."""
    now = state(corpus.name)
    was_live = bool(now and now.is_live)

    @live(LOOK_SECONDS if was_live else None)
    def part() -> None:
        told = state(corpus.name)
        if told and told.is_live:
            _progress(corpus, told)
        elif was_live:
            st.rerun()
        else:
            _ended(corpus, told)

    part()


def _progress(corpus: PublicCorpus, told: FetchState) -> None:
    """Show how far a download is, and offer its end."""
    share = min(1.0, told.done / told.total) if told.total else 0.0
    st.progress(share, f"**{md(how_far(told))}**")
    if told.word == "live" and st.button("Cancel", key="cancel fetch", icon=":material/stop_circle:"):
        cancel(corpus.name)
        st.rerun(scope="fragment")


def how_far(told: FetchState) -> str:
    """Return in a sentence how far a download is.

    >>> how_far(FetchState(word="live", phase="downloading", done=3_000_000, total=12_000_000))
    'Downloading: 3.0 of 12.0 MB.'
    """
    if told.word == "starting":
        return "The download is starting."
    if told.word == "stopping":
        return "Stopping. What has come is kept."
    phase = told.phase[:1].upper() + told.phase[1:]
    return f"{phase}{amount(told.done, told.total)}{left(told.seconds_left)}."


def _ended(corpus: PublicCorpus, told: FetchState | None) -> None:
    """Show how a download ended, and offer what comes next."""
    is_here = corpus.name in Library().names()
    if told and told.word == "done" and not is_here:
        told = None  # it was deleted since
    if told and told.word in ENDS:
        box, icon = ENDS[told.word]
        box(md(told.said or STOPPED), icon=icon)
    if corpus.access != "open":
        st.info(f"{ACCESS[corpus.access].capitalize()}. {md(corpus.ask)}", icon=":material/lock:")
    elif is_here:
        st.page_link(
            "pages/corpora.py",
            label="In the library: look into it",
            icon=":material/search:",
            query_params={"corpus": corpus.name},
        )
    else:
        _offer(corpus, is_again=told is not None)


def _offer(corpus: PublicCorpus, *, is_again: bool) -> None:
    """Offer a download, once somebody says that the licence allows it."""
    label = "I know the licence, and it allows what I do"
    is_allowed = st.checkbox(label, key=f"allowed {corpus.name}", value=is_again)
    if st.button(
        "Try again" if is_again else "Download",
        key="fetch",
        type="primary",
        icon=":material/download:",
        disabled=not is_allowed,
    ):
        forget(corpus.name)
        start_detached(corpus.name)
        st.rerun()


def running(*, besides: str) -> None:
    """Show the other downloads that are under way."""
    names = [name for name in public_corpora() if name != besides]
    under_way = {name: told for name in names if (told := state(name)) and told.is_live}

    @live(LOOK_SECONDS if under_way else None)
    def part() -> None:
        for name in under_way:
            if (told := state(name)) and told.is_live:
                st.progress(
                    min(1.0, told.done / told.total) if told.total else 0.0, md(f"{name}: {how_far(told)}")
                )
            else:
                st.rerun()

    part()


def _table(corpora: list[PublicCorpus]) -> None:
    rows = pd.DataFrame([record(corpus) for corpus in corpora])[[*COLUMNS, "home"]]
    rows = rows.rename(columns={name: name.capitalize() for name in rows.columns})
    st.dataframe(
        rows,
        hide_index=True,
        key="public corpora",
        column_config={"Home": st.column_config.LinkColumn()},
        alt="Public corpora with language, licence, size and published counts",
    )


def credit(licence: str, home: str) -> str:
    """Return a corpus's licence, with a link to its home where that is one (Markdown).

    >>> print(credit("CC BY 4.0", "https://corpus.example/a")), print(credit("", "javascript:x"))
    CC BY 4.0 · [home](https://corpus.example/a)
    licence unknown
    (None, None)
    """
    shown = md(licence) or "licence unknown"
    return f"{shown} · [home]({home})" if re.fullmatch(r"https://[^\s()<>\[\]\"\\]+", home) else shown
