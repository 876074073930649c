"""Three rounds through a real Label Studio and a real doccano, on sentences of PsyTAR.

The annotator is simulated: a script posts the gold annotations through the tool's own API. The servers are
installed from PyPI, each in an environment of its own; where they cannot be, the test is skipped.
"""

import json
from dataclasses import replace

import pytest
import real_tools

from bioner_core.cli import main
from bioner_core.connections.tool import build_key
from bioner_core.corpus.jsonl import save_corpus
from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.unannotated import serialize_unannotated
from bioner_core.rounds.pool_texts import build_sentence_text
from bioner_core.rounds.project_store import ProjectStore

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]
FIRST, POOL = 200, 900  # sentences


@pytest.fixture
def psytar(shared, tmp_path):
    """Return a folder with a first corpus and texts, and what finds the gold annotations of a text."""
    path = shared / "corpora/psytar_en/psytar.conll"
    corpus = open_corpus(path, name="psytar piece", language="en", domain="UGT").corpus
    pieces = [corpus.sentences[:FIRST], corpus.sentences[FIRST : FIRST + POOL]]
    save_corpus(tmp_path / "first.jsonl", replace(corpus, sentences=pieces[0]))
    (tmp_path / "texts.jsonl").write_text(serialize_unannotated(pieces[1], language="en"))
    gold = {}
    for sentence in pieces[1]:
        text, _, mentions = build_sentence_text(sentence, "en")
        gold[build_key(text)] = [(*mention.fragments[0], mention.label) for mention in mentions]
    return tmp_path, lambda text: gold[build_key(text)]


@pytest.fixture
def server(request, tmp_path, monkeypatch):
    """Return the name of a tool, its address, and a simulated annotator."""
    name, start, kind, user = request.param
    monkeypatch.setenv("BIONER_TOOL_USER", user)
    (tmp_path / "server").mkdir()
    try:
        real_tools.install(name)
    except real_tools.NotInstalledError as reason:
        pytest.skip(str(reason))
    with start(tmp_path / "server") as address:
        annotator = kind(address, ("Disease",))
        personal = getattr(annotator, "create_personal_token", None)
        monkeypatch.setenv("BIONER_TOOL_SECRET", personal() if personal else real_tools.PASSWORD)
        yield name, f"{address}/projects/{annotator.project}/data", annotator


TOOLS = [
    ("label-studio", real_tools.start_label_studio, real_tools.LabelStudioAnnotator, ""),
    ("doccano", real_tools.start_doccano, real_tools.DoccanoAnnotator, "admin"),
]


@pytest.mark.parametrize("server", TOOLS, indirect=True, ids=[name for name, *_ in TOOLS])
def test_three_rounds_through_a_real_server(server, psytar, capsys):
    (tool, address, annotator), (folder, find_mentions) = server, psytar
    target = ("--corpus", folder / "first.jsonl", "--tool", tool, "--address", address)
    run("new", "trial", folder / "texts.jsonl", *target, "--fraction", "0.95")
    for n, options in ((80, ("--test", "40")), (120, ()), (150, ("--strategy", "margin", "--predictions"))):
        run("push", "trial", "--n", n, *options, "--yes")
        assert annotator.annotate(find_mentions) == n + (40 if "--test" in options else 0)
        run("pull", "trial")
    capsys.readouterr()
    run("show", "trial", "--format", "json")
    rounds = json.loads(capsys.readouterr().out)["rounds"]
    assert [step["round"] for step in rounds] == [0, 1, 2, 3]
    assert all(step["n_plan"] is not None or step["n_low"] is not None for step in rounds)
    assert [len(step["forecast"]) for step in rounds] == [0, 1, 1, 1]
    print(json.dumps(rounds, indent=1))
    misses = [abs(of["f1"] - of["observed"]) for step in rounds for of in step["forecast"]]
    # Not the 90 % intervals: the first forecast is of another test part, the last of no random batch.
    assert max(misses) < 0.1
    expected = (FIRST, FIRST + 120, FIRST + 240, FIRST + 390)
    assert [step["n_train"] + step["n_test"] for step in rounds] == pytest.approx(expected, rel=0.03)
    assert len({step["n_test"] for step in rounds[1:]}) == 1  # the test part does not move
    check_gold(find_mentions)
    timed = [step["seconds_per_sentence"] is not None for step in rounds]
    assert timed == [False, *[tool == "label-studio"] * 3]


def run(*arguments):
    assert main(["rounds", *map(str, arguments)]) == 0


def check_gold(find_mentions):
    """Check that what has come back is what was annotated, sentence by sentence."""
    sentences = ProjectStore().load_corpus("trial").sentences[FIRST:]
    n_mentions = sum(len(sentence.spans) for sentence in sentences)
    sent = {task.key for task in ProjectStore().load_sent("trial")}
    pool = [text for text in ProjectStore().load_pool("trial") if text.key in sent]
    assert n_mentions == sum(len(find_mentions(text.text)) for text in pool)
