"""What the program uses of this machine: encoders and folders."""

import os

import pandas as pd
import streamlit as st

from bioner_core.answers.wording.numbers import format_bytes, format_count
from bioner_core.files import (
    count_folder_bytes,
    locate_cache_folder,
    locate_corpora_folder,
    locate_runs_folder,
    locate_settings_folder,
)
from bioner_core.study.encoder_choice import is_available_offline
from bioner_core.study.presets import PRESETS
from bioner_core.study.recommended_encoders import RECOMMENDED
from bioner_core.ui.shared.tables import show_table

FOLDERS = {
    "BIONER_RUNS": ("Runs", locate_runs_folder, "plans, results, copies of the corpora they use"),
    "BIONER_CORPORA": ("Corpora", locate_corpora_folder, "the corpus library"),
    "BIONER_CACHE": ("Cache", locate_cache_folder, "encoders, features, resampled curves; may be deleted"),
    "BIONER_SETTINGS": ("Settings", locate_settings_folder, "your rates"),
}


def measure_folders() -> dict[str, int]:
    """Return the bytes of each folder, by the variable that moves it."""
    return {name: count_folder_bytes(folder()) for name, (_, folder, _) in FOLDERS.items()}


def show_folders(sizes: dict[str, int]) -> None:
    """Show a row for each folder."""
    rows = [
        {
            "Folder": title,
            "Where": str(folder()),
            "Size": format_bytes(sizes[name]) if sizes[name] else "nothing yet",
            "Contents": holds,
            "Changed by": f"{name} (set)" if os.environ.get(name) else name,
        }
        for name, (title, folder, holds) in FOLDERS.items()
    ]
    show_table(pd.DataFrame(rows), key="folders")


def show_encoders() -> None:
    """Show a row for each recommended encoder, and whether it is here."""
    with st.spinner("Checking the cache"):
        rows = [
            {
                "Encoder": encoder.name,
                "Languages": ", ".join(encoder.languages),
                "Texts": encoder.domain,
                "Size": f"{format_count(encoder.megabytes)} MB",
                "Download": "not needed" if is_available_offline(encoder.name) else "needed once",
                "Licence": encoder.license,
                "Default of": ", ".join(p.name for p in PRESETS.values() if p.model == encoder.name),
                "Advice": encoder.advice,
            }
            for encoder in RECOMMENDED
        ]
    show_table(pd.DataFrame(rows), key="encoders", row_height=56)  # room for two lines of advice
    st.caption(
        "Sizes are of the weights in memory, as 32-bit numbers. In Train, you can also choose "
        "another encoder of the Hugging Face hub, or a folder. Code from the hub is never run."
    )
