"""The form that makes a project: texts, what is annotated already, the tool and its token."""

from functools import partial

import streamlit as st

from bioner_core.answers.round_steps import begin_project, open_round_run
from bioner_core.connections.catalog import WITH_USER, connect, parse_settings
from bioner_core.connections.credentials import Credential, load_credential, save_credential
from bioner_core.connections.tool import TITLES, TOOLS, ToolName
from bioner_core.corpus.library import Library
from bioner_core.corpus.limited_call import call_limited
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.tokenization import guess_language
from bioner_core.errors import BionerError
from bioner_core.files import format_current_time
from bioner_core.rounds.pool_texts import PoolText, read_uploaded_texts
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.rounds.choices import build_rates, draw_choices
from bioner_core.ui.shared.library import list_readable
from bioner_core.ui.shared.shell import show_faults
from bioner_core.ui.shared.widgets import format_option

_NOTHING = "nothing yet"
_ADVICE = "Give fewer texts, or make the project by bioner rounds new, which has no limit."
_SAMPLE = 200  # texts from which a language is guessed


def show_form() -> None:
    """Ask for all that a project is made of; nothing is sent but the question whether the tool is there."""
    left, right = st.columns(2, gap="large")
    with left:
        name = st.text_input("Name of the project", key="new name")
        files = st.file_uploader(
            "Texts to annotate",
            accept_multiple_files=True,
            key="new texts",
            help="A zip of .txt files, a .txt file with a text a line, JSON lines or a table with a field "
            "“text”, or any corpus format. The texts stay on this machine until you send some.",
        )
        names = [_NOTHING, *list_readable(Library().names())]
        corpus = st.selectbox("Annotated already", names, key="new corpus")
    with right:
        tool: ToolName = st.selectbox("Tool", TOOLS, key="new tool", format_func=_name_tool)
        is_folder = tool == "prodigy"
        address = st.text_input(
            "Folder for its files" if is_folder else "Address of the project, as your browser shows it",
            key="new address",
            placeholder="" if is_folder else "https://labels.example.org/projects/3",
        )
        user = st.text_input("User", key="new user") if tool in WITH_USER else ""
        secret = ""
        if not is_folder:
            label = "Password" if tool in WITH_USER else "Token"
            secret = st.text_input(label, key="new secret", type="password")
    with st.expander("Goal and rates", key="new choices"):
        fraction, entered = draw_choices()
    if st.button("Make the project", key="new project", type="primary", icon=":material/add:"):
        with show_faults(), st.spinner("Looking at the tool …"):
            if not files:
                raise BionerError("Texts to annotate: found no file. Drop the texts that could be annotated.")
            start = None if corpus == _NOTHING else Library().load(corpus)
            read = partial(
                read_uploaded_texts,
                {file.name: file.getvalue() for file in files},
                where=files[0].name,
                language=start.language if start else "",
            )
            texts = call_limited(read, what=files[0].name, advice=_ADVICE)
            sample = " ".join(text.text[:500] for text in texts[:_SAMPLE])
            project = Project(
                name=name,
                settings=parse_settings(tool, address),
                language=start.language if start else guess_language(sample),
                domain=start.domain if start else "",
                fraction=fraction,
                rates=build_rates(entered),
                created=format_current_time(),
            )
            _make_project(project, texts, start, Credential(secret.strip(), user.strip()) if secret else None)


def _name_tool(tool: str) -> str:
    return format_option(TITLES, tool)


def _make_project(
    project: Project, texts: tuple[PoolText, ...], start: Corpus | None, credential: Credential | None
) -> None:
    """Check tool and token, make the project, train what is annotated, and show it."""
    settings = project.settings
    kept = None if settings.tool == "prodigy" else load_credential(settings.address)
    connect(settings, credential or kept).check()
    if credential:
        save_credential(settings.address, credential)
    store = ProjectStore()
    step = begin_project(project, texts, start, store)
    if step and start:
        run = open_round_run(project.name, step, start, store)
        if (run.pending() or run.study.is_searching) and not run.state().is_live:
            start_detached(run.name)
    st.query_params.from_dict({"project": project.name})
    st.rerun()
