"""Settings: what does this machine train with, and where is everything?"""

import streamlit as st

from bioner_core.answers.wording.sessions import list_versions
from bioner_core.study.executors.devices import list_devices
from bioner_core.study.provenance import build_session_record
from bioner_core.ui.settings.machine import measure_folders, show_encoders, show_folders
from bioner_core.ui.settings.machine_speed import show_machine_speed
from bioner_core.ui.settings.rates_form import show_rates_form
from bioner_core.ui.settings.training_places import show_training_places
from bioner_core.ui.settings.users import show_users
from bioner_core.ui.shared.markup import render_machine
from bioner_core.ui.shared.shell import show_lead, show_question
from bioner_core.ui.shared.widgets import show_facts

show_question("What does this machine train with, and where are the files?")
with st.spinner("Checking this machine"):
    titles = [device.title for device in list_devices()]
    sizes = measure_folders()
show_lead(render_machine(titles, sum(sizes.values())))
show_users()

st.header("Rates", anchor=False)
show_rates_form()

st.header("Where models are trained", anchor=False)
show_training_places()

st.header("Speed of this machine", anchor=False)
show_machine_speed()

st.header("Encoders", anchor=False)
show_encoders()

st.header("Folders", anchor=False)
show_folders(sizes)

st.header("Versions", anchor=False)
show_facts(list_versions(build_session_record("shown")))
