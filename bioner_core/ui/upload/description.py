"""Step 4 of the Upload page: name, language and domain of the corpus, and types without a mention."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from bioner_core.corpus.labels import DISEASE, DRUG, add_annotated_types
from bioner_core.corpus.library import validate_name
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.ui.shared.library import DOMAINS, LANGUAGES, find_free_name, name_domain, name_language
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.widgets import format_option


def choose_description(guess: Corpus) -> Corpus:
    """Draw the fields for name, language, domain and types without a mention; return the corpus with them.

    :raises BionerError: the name or the language code is not allowed.
    """
    with st.container(horizontal=True, gap="small"):
        name = st.text_input("Name", find_free_name(guess), key="about name", max_chars=80, width=320)
        language = _choose_code(
            "Language", LANGUAGES, guess.language, hint="Choose, or type a code such as sv."
        )
        domain = _choose_code("Domain", DOMAINS, guess.domain, hint="Choose, or type your own word.")
        more = st.multiselect(
            "Types you searched for but never found",
            [entity for entity in (DISEASE, DRUG) if entity not in guess.types],
            key="about types",
            accept_new_options=True,
            placeholder="no other type",
            help="Types that the annotators looked for but that do not occur. A model then learns that no "
            "word has such a type. It learns nothing about types that nobody looked for.",
            width=320,
        )
    if not re.fullmatch(r"([a-z]{2,3})?", language):
        raise BionerError(
            f"language {language[:40]!r}: write a code of two or three small letters, such as en or ru."
        )
    corpus = replace(guess, name=validate_name(name.strip()), language=language, domain=domain)
    return add_annotated_types(corpus, tuple(map(str.strip, more)))


def _choose_code(label: str, choices: Mapping[str, str], guess: str, *, hint: str) -> str:
    """Draw a select box that also takes typed values; "" is unknown."""
    titles, options = {**choices, "": "unknown"}, list(dict.fromkeys([*choices, guess, ""]))
    value = st.selectbox(
        label,
        options,
        options.index(guess),
        key=f"about {label.lower()}",
        format_func=partial(format_option, titles),
        accept_new_options=True,
        help=hint,
        width=260,
    )
    return (value or "").strip()


def describe_choices(corpus: Corpus) -> str:
    """Return name, language and domain (Markdown)."""
    details = [corpus.name, name_language(corpus.language), name_domain(corpus.domain)]
    return escape_markdown(", ".join([*details, *(["synthetic"] if corpus.is_synthetic else [])]))
