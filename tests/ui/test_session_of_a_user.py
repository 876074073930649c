"""Pages of a user who has logged in: what they show, and whose they stay."""

from types import SimpleNamespace

import pytest
from stored_runs import add_to_library, build_corpus, plan_run, record_failures

from bioner_core.corpus.library import Library
from bioner_core.corpus.shared_corpora import share_corpus
from bioner_core.errors import BionerError
from bioner_core.study.run_sharing import share_run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared import login as session_login
from bioner_core.users.current import act_as, create_home, require_users
from bioner_core.users.login import HEADER_KEY, VARIABLE, Login

LOGIN = Login(header="X-Forwarded-User", admins=("boss",))


@pytest.fixture
def current(monkeypatch, isolated_folders):
    """Return a list whose last name is the one that the proxy sends."""
    names = ["anna"]
    monkeypatch.setenv("BIONER_USERS", str(isolated_folders / "users"))
    monkeypatch.setenv(VARIABLE, LOGIN.serialize())
    monkeypatch.setattr(session_login, "_read_name", lambda login: names[-1])
    session_login.require_login(LOGIN)
    yield names
    require_users(None)


def read(app):
    assert not app.exception
    texts = (*app.error, *app.header, *app.markdown, *app.caption)
    return "\n".join([*(element.value for element in texts), *(e.proto.body for e in app.get("html"))])


def test_a_session_stays_with_its_user(current, open_page):
    app = open_page("settings")
    text = read(app)
    assert "Logged in as **anna**" in text
    assert "Others see you as" in text
    current.append("ben")
    text = read(app.run())
    assert "somebody else has logged in" in text
    assert "Others see you as" not in text


def test_a_shared_corpus_and_run_are_on_their_readers_pages(current, open_page):
    with act_as(LOGIN.build_user("anna")):
        create_home(LOGIN.build_user("anna"))
        add_to_library("notes")
        jobs = plan_run("first").study.jobs
        record_failures(RunStore().open("first"), jobs[:1], "a reason")
    current.append("ben")
    assert "Shared with you" not in read(open_page("corpora"))
    with act_as(LOGIN.build_user("anna")):
        share_corpus("notes", ["ben"])
        share_run(RunStore().open("first"), ["ben"])
    app = open_page("corpora")
    assert "Shared with you" in read(app)
    app.button(key="copy anna/notes").click().run()
    assert "1 corpus" in read(app)
    with act_as(LOGIN.build_user("ben")):
        assert Library().load("notes") == build_corpus("notes")

    app = open_page("runs", run="anna/first")
    assert "This run belongs to anna. You can read it, not change it." in read(app)
    assert not {button.key for button in app.button} & {"delete", "resume", "retry", "pause", "save readers"}
    current.append("anna")
    keys = {button.key for button in open_page("runs", run="first").button}
    assert keys >= {"delete", "resume", "retry", "save readers"}


@pytest.mark.parametrize("name", ["", "a\nb"])
def test_a_name_that_is_none_is_refused(current, open_page, name):
    current.append(name)
    text = read(open_page("budget"))
    assert "holds no name of 1 to 255 printable characters" in text
    assert "ecir2020" not in text


def test_another_thread_has_no_user(current):
    with pytest.raises(BionerError, match="nobody is logged in"):
        plan_run("first")


def test_a_name_in_a_header_is_utf_8(current, monkeypatch):
    monkeypatch.undo()
    for content, name in ((b"anna", "anna"), ("анна".encode(), "анна"), ("Jürgen".encode("latin-1"), "")):
        claims = {HEADER_KEY: content.decode("latin-1")}
        monkeypatch.setattr(session_login.st, "user", SimpleNamespace(to_dict=lambda claims=claims: claims))
        assert session_login._read_name(LOGIN) == name


def test_login_of_a_token():
    login = Login(claim="email", user_bytes=5, user_studies=2, admins=("boss@x.org",))
    assert login.find_claim({"email": "a@x.org"}) == "a@x.org"
    assert login.find_claim({"email": "a@x.org", "email_verified": True}) == "a@x.org"
    for token in ({}, {"email": ""}, {"email": None}, {"email": "a@x.org", "email_verified": False}):
        with pytest.raises(BionerError, match="log-in: your provider"):
            login.find_claim(token)
    user, boss = login.build_user("a@x.org"), login.build_user("boss@x.org")
    assert (user.max_bytes, user.max_studies, user.is_admin) == (5, 2, False)
    assert (boss.max_bytes, boss.max_studies, boss.home) == (None, None, None)
