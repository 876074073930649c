"""The choices of the Train page: targets, sources, preset, encoder, sizes and seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations, permutations
from typing import Any

import streamlit as st

from bioner_core.answers.wording.numbers import format_count
from bioner_core.curves.sources import list_source_corpora
from bioner_core.files import expand_path
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.executors.backend import LOCAL
from bioner_core.study.grid import list_subsets
from bioner_core.study.jobs import LSTM_CRF
from bioner_core.study.presets import PRESETS, Preset
from bioner_core.study.recommended_encoders import rank_for_languages
from bioner_core.study.search import Search
from bioner_core.ui.shared.address import bind_to_address
from bioner_core.ui.shared.encoder import find_encoder
from bioner_core.ui.shared.library import count_corpus, load_library_corpus, name_domain, name_language
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.widgets import choose_button, choose_several, format_option
from bioner_core.ui.train.advanced import choose_advanced
from bioner_core.ui.train.search import choose_search

MAX_PAIRED_CORPORA = 5  # with more corpora, pairs are not listed as sources but can be typed
MAX_SEEDS = 20
MAX_COMBINED = 4  # corpora of a combination


@dataclass(frozen=True, kw_only=True)
class StudyChoice:
    """What the controls say; "", None and absent settings mean the preset's values."""

    targets: tuple[str, ...]
    sources: tuple[str, ...]
    preset: Preset
    model: ModelChoice | None  # None where it is not available, or no target is chosen
    problem: str  # why the model is not available
    sizes: str
    n_seeds: int | None
    settings: Mapping[str, Any] = field(default_factory=dict)  # fields of Settings that differ
    plan_options: Mapping[str, Any] = field(default_factory=dict)  # of ``plan_study``: split_seed, sample …
    search: Search | None = None  # in place of sizes and seeds
    place: str = LOCAL  # where the models are trained


def choose_study(names: Sequence[str]) -> StudyChoice:
    """Draw the controls for the corpora of these names."""
    titles = {name: _describe_corpus(name) for name in names}
    targets = choose_several("Targets", names, titles=titles, hint="The corpora to train and test on.")
    sources = choose_several(
        "Sources",
        _list_sources(names, targets),
        titles=titles,
        hint="Corpora to pretrain on. Type A+B for both together, A:B for A, then B, A+B:C for both, then C.",
        takes_new=True,
    )
    sources = _choose_combinations(sources)
    is_many = bool(st.session_state.get("subsets"))
    preset = PRESETS[choose_button("Preset", list(PRESETS), default="probe" if is_many else "quick")]
    st.caption(f"{preset.name}: {preset.title}.")
    encoder = _choose_encoder(preset, {load_library_corpus(name).language for name in targets})
    vectors = _choose_vectors() if encoder == LSTM_CRF else ""
    search = choose_search()
    sizes, n_seeds = _choose_amounts(preset) if search is None else ("", None)
    model, problem = (
        find_encoder(encoder, preset.name, vectors=vectors, modified_at=_read_modification_time(vectors))
        if targets
        else (None, "")
    )
    settings, plan_options, place = choose_advanced(
        preset.settings_for(model.name if model else encoder or preset.model)
    )
    if vectors:
        settings["vectors"] = str(expand_path(vectors).resolve())
    return StudyChoice(
        targets=targets,
        sources=sources,
        preset=preset,
        model=model,
        problem=problem,
        sizes=sizes,
        n_seeds=n_seeds,
        settings=settings,
        plan_options=plan_options,
        search=search,
        place=place,
    )


def _choose_combinations(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Draw the choice of source combinations; return the sources with their combinations."""
    corpora = dict.fromkeys(name for source in sources for name in list_source_corpora(source))
    numbers = {str(number): number for number in range(2, MAX_COMBINED + 1)}
    n_most: int | None = bind_to_address("subsets", numbers.__getitem__, default=None, what="combinations")
    if len(corpora) < 2 and n_most is None:
        return sources
    st.selectbox(
        "Combinations",
        [None, *numbers.values()],
        key="subsets",
        format_func=_format_combinations,
        width=300,
        help="Shows whether adding a source helps. A curve is trained from every combination.",
    )
    return list_subsets(sources, n_most) if n_most and sources else sources


def _format_combinations(n_most: int | None) -> str:
    return f"all combinations of up to {n_most}" if n_most else "only the sources above"


def _choose_amounts(preset: Preset) -> tuple[str, int | None]:
    """Draw the fields for sizes and models per size; "" and None mean the preset's."""
    with st.container(horizontal=True, gap="small"):
        sizes = bind_to_address("sizes", str, default="", what="sizes")
        st.text_input(
            "Sizes",
            key="sizes",
            placeholder=preset.sizes,
            width=300,
            help="Training sentences: numbers, from:to:step and full, joined by commas.",
        )
        numbers = {str(number): number for number in range(1, MAX_SEEDS + 1)}
        n_seeds: int | None = bind_to_address(
            "seeds", numbers.__getitem__, default=None, what="number of models"
        )
        st.number_input(
            "Models per size",
            1,
            MAX_SEEDS,
            key="seeds",
            placeholder=str(preset.n_seeds),
            width=150,
            help="Each model uses another seed. More models show how much chance matters.",
        )
    return sizes.strip(), n_seeds


def _describe_corpus(name: str) -> str:
    corpus = load_library_corpus(name)
    details = [
        name_language(corpus.language),
        name_domain(corpus.domain),
        *["synthetic"] * corpus.is_synthetic,
    ]
    return f"{name}: {', '.join(details)}, {format_count(count_corpus(name).sentences)} sentences"


def _list_sources(names: Sequence[str], targets: Sequence[str]) -> list[str]:
    """List the sources to offer: each corpus, and pairs if there are few corpora."""
    singles = [name for name in names if [name] != list(targets)]
    if len(singles) > MAX_PAIRED_CORPORA:
        return singles
    pairs = [f"{a}+{b}" for a, b in combinations(singles, 2)] + [
        f"{a}:{b}" for a, b in permutations(singles, 2)
    ]
    return singles + pairs


def _choose_encoder(preset: Preset, languages: set[str]) -> str:
    """Draw the choice of an encoder, those for the targets' languages first; "" means the preset's."""
    encoders = rank_for_languages(languages)
    titles = {
        "": f"{preset.model} (preset)",
        **{
            encoder.name: f"{encoder.title}: {', '.join(encoder.languages)}, {encoder.domain}, "
            f"{format_count(encoder.megabytes)} MB"
            for encoder in encoders
        },
        LSTM_CRF: "LSTM-CRF: word vectors and characters, no encoder",
    }
    chosen = bind_to_address("encoder", str, default="", what="encoder")
    st.selectbox(
        "Encoder",
        list(dict.fromkeys([*titles, chosen])),
        key="encoder",
        format_func=partial(format_option, titles),
        accept_new_options=True,
        help="Choose, or type the id of a model on the Hugging Face hub, or a folder of this machine.",
    )
    if advice := next((encoder.advice for encoder in encoders if encoder.name == chosen), ""):
        st.caption(f"{escape_markdown(chosen)}: {escape_markdown(advice)}")
    return chosen


def _choose_vectors() -> str:
    """Draw the choice of a file of word vectors; "" trains them on the corpora's own text."""
    bind_to_address("vectors", str, default="", what="word vectors")
    vectors: str = st.text_input(
        "Word vectors",
        key="vectors",
        placeholder="trained on the corpora's own text",
        help="A file on this machine, of word2vec or fastText, text or binary. If empty, vectors are trained "
        "on the text of the training parts.",
    )
    return vectors.strip()


def _read_modification_time(path: str) -> int:
    """Return the modification time of a file in ns, so that a replaced file is read again; 0 without one."""
    try:
        return expand_path(path).stat().st_mtime_ns if path else 0
    except OSError:
        return 0
