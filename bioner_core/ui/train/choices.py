"""The choices of the Train page: what to train on, from what, how often, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import streamlit as st

from bioner_core.curves.sources import parts
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice, choose_model
from bioner_core.study.grid import every_subset
from bioner_core.study.jobs import LSTM_CRF
from bioner_core.study.presets import PRESETS, Preset
from bioner_core.study.recommended_encoders import for_languages
from bioner_core.ui.shared.address import addressed
from bioner_core.ui.shared.library import corpus, domain_name, language_name, numbers
from bioner_core.ui.shared.markup import count
from bioner_core.ui.shared.shell import md
from bioner_core.ui.shared.widgets import several, switch
from bioner_core.ui.train.advanced import advanced

FEW_CORPORA = 5  # up to which their pairs are offered as sources; others can be typed
MOST_SEEDS = 20
MOST_TOGETHER = 4  # corpora of a combination
LOOKED_UP_SECONDS = 300  # for which the hub's answer holds


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is asked for; "", None and what is absent take the preset's."""

    targets: tuple[str, ...]
    sources: tuple[str, ...]
    preset: Preset
    model: ModelChoice | None  # None where it cannot be had, or nothing needs it yet
    problem: str  # why it cannot be had
    sizes: str
    n_seeds: int | None
    settings: Mapping[str, Any] = field(default_factory=dict)  # fields of Settings that differ
    rules: Mapping[str, Any] = field(default_factory=dict)  # split_seed, sample … of ``plan``


def choose_study(names: Sequence[str]) -> Choice:
    """Draw the choices for corpora of these names."""
    titles = {name: _described(name) for name in names}
    targets = several("Targets", names, titles=titles, hint="The corpora whose curves are asked for.")
    sources = several(
        "Sources",
        _sources(names, targets),
        titles=titles,
        hint="Corpora to pretrain on. Type A+B for both together, A:B for A, then B, A+B:C for both, then C.",
        takes_new=True,
    )
    sources = _combined(sources)
    is_many = bool(st.session_state.get("subsets"))
    preset = PRESETS[switch("Preset", list(PRESETS), default="probe" if is_many else "quick")]
    st.caption(f"{preset.name}: {preset.title}.")
    encoder = _encoder(preset, {corpus(name).language for name in targets})
    vectors = _vectors() if encoder == LSTM_CRF else ""
    sizes, n_seeds = _amounts(preset)
    model, problem = _looked_up(encoder, preset.name, vectors, _changed(vectors)) if targets else (None, "")
    settings, rules = advanced(preset.settings_for(model.name if model else encoder or preset.model))
    if vectors:
        settings["vectors"] = str(Path(vectors).expanduser().resolve())
    return Choice(
        targets=targets,
        sources=sources,
        preset=preset,
        model=model,
        problem=problem,
        sizes=sizes,
        n_seeds=n_seeds,
        settings=settings,
        rules=rules,
    )


def _combined(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Draw the choice of every combination of the sources; return what is pretrained on then."""
    corpora = dict.fromkeys(name for source in sources for name in parts(source))
    known = {str(number): number for number in range(2, MOST_TOGETHER + 1)}
    most: int | None = addressed("subsets", known.__getitem__, default=None, what="combinations")
    if len(corpora) < 2 and most is None:
        return sources
    st.selectbox(
        "Combinations",
        [None, *known.values()],
        key="subsets",
        format_func=_title_of_combinations,
        width=300,
        help="Tells whether adding a source helps. Every combination is pretrained on, trained at all sizes.",
    )
    return every_subset(sources, most) if most and sources else sources


def _title_of_combinations(most: int | None) -> str:
    return f"every one of up to {most}, each together" if most else "only the sources above"


def _amounts(preset: Preset) -> tuple[str, int | None]:
    """Draw the choice of sizes and of models a size; "" and None take the preset's."""
    with st.container(horizontal=True, gap="small"):
        sizes = addressed("sizes", str, default="", what="sizes")
        st.text_input(
            "Sizes",
            key="sizes",
            placeholder=preset.sizes,
            width=300,
            help="Training sentences: numbers, from:to:step and full, joined by commas.",
        )
        known = {str(number): number for number in range(1, MOST_SEEDS + 1)}
        n_seeds: int | None = addressed("seeds", known.__getitem__, default=None, what="number of models")
        st.number_input(
            "Models a size",
            1,
            MOST_SEEDS,
            key="seeds",
            placeholder=str(preset.n_seeds),
            width=150,
            help="One a seed: more show what chance does.",
        )
    return sizes.strip(), n_seeds


def _described(name: str) -> str:
    found = corpus(name)
    what = [language_name(found.language), domain_name(found.domain), *["synthetic"] * found.is_synthetic]
    return f"{name}: {', '.join(what)}, {count(numbers(name).sentences)} sentences"


def _sources(names: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Return what can be pretrained on: each corpus, and pairs where they are few."""
    singles = [name for name in names if [name] != list(targets)]
    if len(singles) > FEW_CORPORA:
        return singles
    pairs = [f"{a}+{b}" for a, b in combinations(singles, 2)] + [
        f"{a}:{b}" for a, b in permutations(singles, 2)
    ]
    return singles + pairs


def _encoder(preset: Preset, languages: set[str]) -> str:
    """Draw the choice of an encoder, those for the targets' languages first; "" is the preset's."""
    advice = {one.name: one.advice for one in for_languages(languages)}
    titles = {
        "": f"{preset.model} (preset)",
        **{
            one.name: f"{one.title}: {', '.join(one.languages)}, {one.domain}, {count(one.megabytes)} MB"
            for one in for_languages(languages)
        },
        LSTM_CRF: "LSTM-CRF: word vectors and characters, no encoder",
    }
    chosen = addressed("encoder", str, default="", what="encoder")
    st.selectbox(
        "Encoder",
        list(dict.fromkeys([*titles, chosen])),
        key="encoder",
        format_func=partial(_title_of_encoder, titles),
        accept_new_options=True,
        help="Choose, or type the id of a model on the Hugging Face hub, or a folder of this machine.",
    )
    if chosen in advice:
        st.caption(f"{md(chosen)}: {md(advice[chosen])}")
    return chosen


def _vectors() -> str:
    """Draw the choice of a file of word vectors; "" trains them on the corpora's own text."""
    addressed("vectors", str, default="", what="word vectors")
    vectors: str = st.text_input(
        "Word vectors",
        key="vectors",
        placeholder="trained on the corpora's own text",
        help="A file on this machine, of word2vec or fastText, text or binary. Without one they are trained "
        "on the text of the training parts.",
    )
    return vectors.strip()


def _changed(path: str) -> int:
    """Return when a file was changed, so that another one under its name is looked at; 0 without."""
    try:
        return Path(path).expanduser().stat().st_mtime_ns if path else 0
    except OSError:
        return 0


@st.cache_resource(ttl=LOOKED_UP_SECONDS, show_spinner="Looking for the encoder …")
def _looked_up(name: str, preset: str, vectors: str, changed: int) -> tuple[ModelChoice | None, str]:
    """Return the encoder, or why it cannot be had; either way the hub is not asked again at once."""
    try:
        return choose_model(name or None, preset, vectors=vectors), ""
    except BionerError as error:
        return None, str(error)


def _title_of_encoder(titles: Mapping[str, str], name: str) -> str:
    return titles.get(name, name)
