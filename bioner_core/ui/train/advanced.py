"""The advanced options of the Train page: training settings, and how the plan samples sentences."""

from collections.abc import Mapping
from typing import Any, get_args

import streamlit as st

from bioner_core.answers.wording.machine_speed import describe_bfloat16_gain
from bioner_core.corpus.split import SamplingUnit
from bioner_core.study.executors.backend import ALLOWED, LOCAL
from bioner_core.study.executors.devices import check_bfloat16
from bioner_core.study.jobs import Decoding, Settings
from bioner_core.study.machine_speed import load_machine_speed
from bioner_core.ui.shared.address import bind_to_address, parse_option

NUMBER_SETTINGS = {  # field of Settings: label, step, format, help
    "epochs": ("Epochs", 1, "%d", "Passes over the training sentences."),
    "min_steps": ("Minimum steps", 10, "%d", "Small sizes train for at least this many steps."),
    "batch_size": ("Batch size", 1, "%d", "Sentences per step."),
    "learning_rate": ("Learning rate", 1e-5, "%.1e", "Peak of AdamW, after warm-up."),
    "head_rate": (
        "Head's rate",
        1.0,
        "%.1f",
        "Learning rate of the new head, as a multiple of the encoder's learning rate.",
    ),
    "warmup": ("Warm-up", 0.05, "%.2f", "Share of the steps in which the learning rate rises, 0 to below 1."),
    "weight_decay": ("Weight decay", 0.01, "%.2f", "Weight decay of AdamW, 0 to below 1."),
    "clip_norm": ("Gradient clipping", 0.5, "%.1f", "Largest gradient norm."),
    "dropout": ("Dropout", 0.05, "%.2f", "0 to below 1."),
    "max_pieces": (
        "Longest window",
        16,
        "%d",
        "Word pieces, 8 or more; longer sentences take several windows.",
    ),
    "patience": ("Plateau stop", 1, "%d", "Epochs without a lower loss before stopping; 0 never stops."),
    "first_layers": ("First layers", 1, "%d", "Layers of the encoder that are kept; 0 keeps all."),
    "upper_layers": ("Upper layers", 1, "%d", "Layers that are trained: the last of those that are kept."),
}
_DTYPES = ("float32", "bfloat16")
_DECODINGS = {"words": "each word's best tag", "bio": "the best sequence that BIO allows"}
_MOST_SEED = 10**6


def choose_advanced(preset: Settings) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Draw the advanced options.

    :returns: the settings that differ from the preset's, the options of ``plan_study``, and the place where
        the models are trained, as ``parse_backend`` reads it.
    """
    with st.expander("Advanced", key="advanced"):
        with st.container(horizontal=True, gap="small"):
            settings = {
                name: value
                for name in NUMBER_SETTINGS
                if not name.endswith("_layers") or preset.upper_layers  # of the preset partial alone
                if (value := _choose_number(name, preset)) is not None
            }
            dtype = _choose_option(
                "Number format",
                _DTYPES,
                preset.dtype,
                "Number format of matrix products. Settings measures whether bfloat16 is faster here.",
            )
            decoding = _choose_option(
                "Decoding",
                get_args(Decoding),
                preset.decoding,
                "How tags are chosen from their scores.",
                _DECODINGS,
            )
            seed = _choose_seed()
        hint = describe_bfloat16_gain(load_machine_speed()) if dtype == "float32" else ""
        if caption := check_bfloat16(dtype) or hint:
            st.caption(caption)
        bind_to_address(
            "drawn by", parse_option(get_args(SamplingUnit)), default="sentences", what="way to draw"
        )
        sample = st.radio(
            "Training sets are drawn by",
            get_args(SamplingUnit),
            key="drawn by",
            horizontal=True,
            help="The paper draws sentences over all documents; annotators work document by document.",
        )
        full = _choose_flag("full sources", "Train from sources on full data, too")
        unshared = _choose_flag("unshared", "Leave out training sentences that also occur in the test part")
        place = _choose_place()
    plan_options = {"split_seed": seed, "sample": sample, "full_sources": full, "leave_out_shared": unshared}
    chosen = {"dtype": dtype, "decoding": decoding}
    changed = {name: value for name, value in chosen.items() if value != getattr(preset, name)}
    return settings | changed, plan_options, place


def _choose_place() -> str:
    """Draw the field of the place. It is not in the address: a link must not send corpora elsewhere."""
    place = st.text_input(
        "Train on",
        key="train on",
        placeholder=LOCAL,
        max_chars=200,
        help=f"{ALLOWED}. Settings tests the connection to a cluster.",
    )
    return place.strip() or LOCAL


def _choose_number(name: str, preset: Settings) -> float | None:
    """Draw the field of a setting; None where the preset's value stays."""
    label, step, form, hint = NUMBER_SETTINGS[name]
    bind_to_address(name, type(step), default=None, what=label.lower())
    return st.number_input(
        label,
        step=step,
        format=form,
        key=name,
        placeholder=form % getattr(preset, name),
        help=hint,
        width=150,
    )


def _choose_option(
    label: str, options: tuple[str, ...], default: str, hint: str, titles: Mapping[str, str] | None = None
) -> str:
    key = label.lower()
    bind_to_address(key, parse_option(options), default=default, what=key)
    option_titles = {option: (titles or {}).get(option, option) for option in options}
    width = 250 if titles else 150
    return st.selectbox(
        label, options, key=key, help=hint, width=width, format_func=option_titles.__getitem__
    )


def _choose_seed() -> int:
    """Draw the seed of the split."""

    def parse(text: str) -> int:
        if not 0 <= int(text) <= _MOST_SEED:
            raise ValueError(text)
        return int(text)

    bind_to_address("split seed", parse, default=0, what="split seed")
    return st.number_input(
        "Split seed",
        0,
        _MOST_SEED,
        key="split seed",
        help="Decides which sentences are in the test part.",
        width=150,
    )


def _choose_flag(key: str, label: str) -> bool:
    bind_to_address(key, {"True": True}.__getitem__, default=False, what=label)
    return st.checkbox(label, key=key)
