"""Settings: what does this machine train with, and where is everything?"""

import os

import pandas as pd
import streamlit as st

from bioner_core.files import cache_folder, corpora_folder, folder_bytes, runs_folder, settings_folder
from bioner_core.study.encoder_choice import is_here
from bioner_core.study.executors.devices import devices
from bioner_core.study.presets import PRESETS
from bioner_core.study.provenance import session
from bioner_core.study.recommended_encoders import RECOMMENDED
from bioner_core.ui.shared import markup as plain
from bioner_core.ui.shared import rates
from bioner_core.ui.shared.shell import lead, question
from bioner_core.ui.shared.widgets import facts_list

FOLDERS = {
    "BIONER_RUNS": ("Runs", runs_folder, "plans, points, copies of the corpora they use"),
    "BIONER_CORPORA": ("Corpora", corpora_folder, "the corpus library"),
    "BIONER_CACHE": ("Cache", cache_folder, "converted encoders and features; may be deleted"),
    "BIONER_SETTINGS": ("Settings", settings_folder, "your rates"),
}

question("What does this machine train with, and where is everything?")
with st.spinner("Looking around"):
    titles = [device.title for device in devices()]
    sizes = {name: folder_bytes(folder()) for name, (_, folder, _) in FOLDERS.items()}
lead(plain.machine(titles, sum(sizes.values())))

st.subheader("Rates", anchor=False)
rates.edit()

st.subheader("Encoders", anchor=False)
with st.spinner("Looking into the cache"):
    encoders = [
        {
            "Encoder": one.name,
            "Languages": ", ".join(one.languages),
            "Texts": one.domain,
            "Size": f"{plain.count(one.megabytes)} MB",
            "Download": "not needed" if is_here(one.name) else "needed once",
            "Licence": one.license,
            "Taken first by": ", ".join(p.name for p in PRESETS.values() if p.model == one.name),
            "Advice": one.advice,
        }
        for one in RECOMMENDED
    ]
st.dataframe(pd.DataFrame(encoders), hide_index=True, key="encoders")
st.caption(
    "Sizes are of the weights in memory, as 32-bit numbers. Any other encoder of the Hugging Face hub, or a "
    "folder, can be named in Train. Code from a hub is never run."
)

st.subheader("Folders", anchor=False)
folders = [
    {
        "Folder": title,
        "Where": str(folder()),
        "Takes": plain.size(sizes[name]) if sizes[name] else "nothing yet",
        "Holds": holds,
        "Moved by": f"{name} (set)" if os.environ.get(name) else name,
    }
    for name, (title, folder, holds) in FOLDERS.items()
]
st.dataframe(pd.DataFrame(folders), hide_index=True, key="folders")

st.subheader("Versions", anchor=False)
facts_list(plain.versions(session("shown")))
