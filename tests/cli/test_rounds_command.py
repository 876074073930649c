"""``bioner rounds`` from the first texts to the next plan, with files and a recorded Label Studio."""

import json
import re
from dataclasses import replace

import pytest
import stored_runs
from breaking_servers import LabelStudioServer
from replay import load_answers, serve
from small_project import annotate_files, build_corpus, build_texts

from bioner_core.answers.project_rounds import answer_project
from bioner_core.answers.wording.rounds import build_rounds_table
from bioner_core.cli import main
from bioner_core.connections import tool
from bioner_core.connections.credentials import load_credential, locate_credentials
from bioner_core.corpus.jsonl import save_corpus
from bioner_core.corpus.library import Library
from bioner_core.costs.rates import Rates
from bioner_core.files import locate_projects_folder
from bioner_core.rounds import exchange
from bioner_core.rounds.project_store import ProjectStore

TOKEN = "0123456789abcdef"  # noqa: S105


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with texts, an annotated corpus in the library, and a folder for Prodigy's files."""
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "BIONER_TOOL_SECRET",
        "BIONER_TOOL_USER",
    ):
        monkeypatch.delenv(name, raising=False)
    Library().add(build_corpus(40))
    (tmp_path / "texts.txt").write_text("\n".join(of.text for of in build_texts(240)))
    (tmp_path / "prodigy").mkdir()
    return tmp_path


def run(capsys, *arguments, code=0):
    assert main(["rounds", *map(str, arguments)]) == code
    captured = capsys.readouterr()
    return captured.out, captured.err


def make(capsys, folder, *options, code=0):
    return run(
        *(capsys, "new", "trial", folder / "texts.txt", "--tool", "prodigy"),
        *("--address", folder / "prodigy", "--now", *options),
        code=code,
    )


def test_three_rounds_with_files(folder, capsys):
    out, _ = make(capsys, folder, "--corpus", "notes", "--fraction", "0.9")
    assert out == (
        "Prodigy: project “prodigy”\nmade project trial with 240 texts; nothing has left this machine\n"
    )
    for number, (n_train, n_test) in enumerate([(20, 10), (30, 0), (30, 5)], 1):
        out, _ = run(capsys, "push", "trial", "--n", n_train, "--test", n_test, "--yes")
        assert f"{n_train + n_test} texts with" in out
        assert ("for testing, without suggestions" in out) == (n_test > 0)
        annotate_files(folder / "prodigy")
        out, err = run(capsys, "pull", "trial", "--now", "--format", "json")
        rounds = json.loads(out)["rounds"]
        assert [of["round"] for of in rounds] == list(range(number + 1))
    sizes = [(of["n_train"], of["n_test"], of["n_pool"]) for of in rounds]
    assert sizes == [(28, 12, 228), (48, 22, 218), (78, 22, 218), (108, 27, 213)]
    assert rounds[-1]["n_plan"] is not None
    assert {of["advice"] for of in rounds} == {None, rounds[-1]["advice"]}  # past rounds were not trained
    _, err = run(capsys, "pull", "trial", "--now")
    assert "nothing is new since round 3" in err
    out, _ = run(capsys, "list", "--format", "json")
    [row] = json.loads(out)
    assert (row["texts_sent"], row["rounds"], row["annotated"]) == (95, 3, 135)
    out, _ = run(capsys, "show", "trial")
    assert re.search(r"^ +3 +\d{4}-\d\d-\d\d +108 +27 ", out, re.MULTILINE)


def test_a_project_that_begins_with_nothing_tests_on_thirty_percent(folder, capsys):
    out, _ = make(capsys, folder)
    assert out.endswith("send the first texts: bioner rounds push 'trial' --n 100\n")
    out, _ = run(capsys, "show", "trial")
    assert out == (
        "nothing\n\nNothing is annotated yet. 240 texts wait here: send the first ones to Prodigy.\n"
    )
    run(capsys, "push", "trial", "--yes")
    out, _ = run(capsys, "show", "trial")
    assert "100 texts are with the annotators, and 140 wait here." in out
    _, err = run(capsys, "push", "trial", "--yes", code=1)
    assert err == (
        "bioner: 100 texts are with the annotators, and 100 are advised for this round. Fetch what they have "
        "done first, or name a number.\n"
    )
    annotate_files(folder / "prodigy")
    out, _ = run(capsys, "pull", "trial", "--now", "--format", "json")
    [step] = json.loads(out)["rounds"]
    assert (step["round"], step["n_train"], step["n_test"], step["n_pool"]) == (1, 70, 30, 210)


def test_nothing_leaves_without_a_yes(folder, capsys, monkeypatch):
    make(capsys, folder, "--corpus", "notes")
    monkeypatch.setattr("builtins.input", lambda question: print(question) or "n")
    out, _ = run(capsys, "push", "trial", "--n", "5")
    n = sum(len(of.text) for of in build_texts(240)[:5])
    assert re.fullmatch(
        rf"5 texts with 1\d\d characters\. They go to Prodigy at {folder}/prodigy, project “prodigy”\.\n"
        r"Send them\? \[y/N\] \nnothing was sent\n",
        out,
    ), (out, n)
    assert list((folder / "prodigy").iterdir()) == []
    assert ProjectStore().load_sent("trial") == ()


def test_texts_of_a_file_go_out_with_its_mentions_as_suggestions(folder, capsys):
    make(capsys, folder, "--corpus", "notes")
    lines = [
        {
            "text": of.text,
            "entities": [
                {"start": of.text.index("took") + 5, "end": of.text.index(" daily"), "label": "Drug"}
            ],
        }
        for of in build_texts(30, first=100)
    ]
    (folder / "next.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out, _ = run(
        *(capsys, "push", "trial", "--n", 20, "--test", 5, "--file", folder / "next.jsonl", "--yes"),
    )
    assert "20 suggested mentions" in out
    tasks = [json.loads(line) for line in (folder / "prodigy" / "tasks-001.jsonl").read_text().splitlines()]
    assert sum("spans" in task for task in tasks) == 20
    assert {of.chosen_by for of in ProjectStore().load_sent("trial")} == {"file", "random"}


def test_chosen_texts_are_written_to_a_file_that_a_push_takes(folder, capsys):
    make(capsys, folder, "--corpus", "notes")
    path = folder / "chosen.jsonl"
    _, err = run(capsys, "choose", "trial", "--n", 15, "--test", 5, "--out", path)
    assert err == (
        f"15 texts to train on, by random, written to {path}. Next: bioner rounds push 'trial' --file {path} "
        "--n 15 --test 5\n"
    )
    chosen = [json.loads(line)["text"] for line in path.read_text().splitlines()]
    assert ProjectStore().load_sent("trial") == ()
    run(capsys, "push", "trial", "--file", path, "--n", 15, "--test", 5, "--yes")
    texts = {text.key: text.text for text in ProjectStore().load_pool("trial")}
    sent = ProjectStore().load_sent("trial")
    assert {texts[task.key] for task in sent if task.part == "train"} == set(chosen)
    _, err = run(capsys, "choose", "trial", "--n", 5, "--test", 0, "--out", path, code=1)
    assert str(path) in err  # it is there already
    assert len(path.read_text().splitlines()) == 15


def test_goal_and_rates_of_a_project_change_and_go_back(folder, capsys):
    make(capsys, folder, "--corpus", "notes", "--fraction", "0.9", "--annotators", 3)
    run(capsys, "change", "trial", "--hours-a-week", 5)
    project = ProjectStore().load("trial")
    assert (project.fraction, project.rates) == (0.9, Rates(annotators=3, hours_a_week=5.0))
    run(capsys, "change", "trial", "--fraction", "0.95", "--reset", "rates")
    project = ProjectStore().load("trial")
    assert (project.fraction, project.rates) == (0.95, None)
    run(capsys, "change", "trial", "--reset", "goal")
    assert ProjectStore().load("trial").fraction is None
    _, err = run(capsys, "change", "trial", code=1)
    assert err == "bioner: nothing to change: name a goal with --fraction, a rate, or --reset.\n"
    _, err = run(capsys, "change", "trial", "--fraction", "1.5", code=1)
    assert err.startswith("bioner: goal 1.5: allowed is more than 0, up to 1")
    _, err = run(capsys, "change", "trial", "--annotators", "0", code=1)
    assert err.startswith("bioner: rates, annotators: found 0;")
    assert ProjectStore().load("trial") == replace(project, fraction=None)


def test_sentences_of_documents_can_be_sent_one_by_one(folder, capsys):
    (folder / "texts.txt").write_text("No pain. Slept well.\nTook zinc. No pain.\n")
    out, _ = make(capsys, folder, "--sentences", "--language", "en")
    assert "with 3 texts" in out


def test_a_trained_round_says_what_the_round_before_had_forecast(folder, capsys):
    """The runs of both rounds are stored as the program stores them, with outcomes of a made-up curve."""
    make(capsys, folder, "--corpus", "notes")
    store = ProjectStore()
    run(capsys, "push", "trial", "--n", 100, "--test", 40, "--yes")
    annotate_files(folder / "prodigy", step=1)
    run(capsys, "pull", "trial", "--now")
    for step in store.load_rounds("trial"):
        corpus = build_corpus(40) if step.number == 0 else store.load_corpus("trial")
        trained = stored_runs.plan_run(f"round {step.number}", sizes="10,20,full", target=corpus)
        record_drug_outcomes(trained)
        store.save_round("trial", replace(step, run=trained.name))
    out, _ = run(capsys, "show", "trial", "--format", "json")
    first, second = json.loads(out)["rounds"]
    assert first["n_plan"] is not None
    [check] = second["forecast"]
    assert (check["entity"], check["n"]) == ("Drug", 128)
    assert check["observed"] == pytest.approx(0.9 * 128 / 133, abs=1e-3)
    assert check["f1_low"] <= check["f1"] <= check["f1_high"]
    *_, row = build_rounds_table(answer_project("trial", has_notes=False).outcomes)
    assert re.fullmatch(r"Drug \d\d\.\d \(\d\d\.\d to \d+\.\d\), is 86\.6", row["F1 forecast, and then"])
    assert row["As forecast"] in ("yes; larger test part", "not Drug; larger test part")


def record_drug_outcomes(trained):
    with trained.lock() as writer:
        for job in trained.study.jobs:
            outcome = stored_runs.build_outcome(
                trained, job, round(0.9 * job.n_sentences / (job.n_sentences + 5), 6)
            )
            points = tuple(point for point in outcome.points if point.entity in ("Drug", "all"))
            counts = replace(outcome.counts, entities=("Drug",), counts=outcome.counts.counts[:, 1:])
            writer.append_result(replace(outcome, points=points, counts=counts))


def test_a_removed_project_takes_its_token_with_it(folder, capsys, monkeypatch):
    replay = load_answers("label-studio")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("bioner_core.cli.rounds_secret.getpass", lambda _: TOKEN)
    with serve(replay) as address:
        target = (folder / "texts.txt", "--tool", "label-studio", "--address", f"{address}/projects/1/data")
        for name in ("one", "two"):
            out, _ = run(capsys, "new", name, *target, "--now")
            assert "Label Studio: project “Sentences”, labels ADR, DI" in out
        run(capsys, "remove", "one", "--yes")
        assert load_credential(address).secret == TOKEN
        run(capsys, "remove", "two", "--yes")
        assert load_credential(address) is None


def test_a_token_stands_in_no_file_but_its_own_and_in_no_output(folder, capsys, monkeypatch):
    replay = load_answers("label-studio")
    monkeypatch.setenv("BIONER_TOOL_SECRET", TOKEN)
    with serve(replay) as address:
        target = (folder / "texts.txt", "--tool", "label-studio", "--address", f"{address}/projects/1")
        texts = [*run(capsys, "new", "trial", *target, "--corpus", "notes", "--now")]
        texts += run(capsys, "push", "trial", "--n", 3, "--yes")
        replay.answers.clear()
        texts += run(capsys, "pull", "trial", code=1)
    assert any(headers.get("Authorization") == f"Token {TOKEN}" for _, _, headers, _ in replay.requests)
    assert all(TOKEN not in text for text in texts)
    assert not locate_credentials().exists()  # of the environment: it is not kept
    for path in locate_projects_folder().rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


@pytest.fixture
def broken(folder, capsys, monkeypatch):
    """Return a server after a push of six texts that broke off when it had stored the first half of them."""
    monkeypatch.setenv("BIONER_TOOL_SECRET", TOKEN)
    monkeypatch.setattr(tool, "BATCH_TASKS", 2)
    monkeypatch.setattr(exchange, "SETTLE_SECONDS", 0.0)
    server = LabelStudioServer("label-studio", (2, "midway"))
    with serve(server) as address:
        target = (folder / "texts.txt", "--tool", "label-studio", "--address", f"{address}/projects/1")
        run(capsys, "new", "trial", *target, "--corpus", "notes", "--now")
        _, err = run(capsys, "push", "trial", "--n", 6, "--yes", code=1)
        assert "cannot be reached" in err
        assert len(ProjectStore().load_sent("trial")) == 2
        yield server


def test_a_push_that_broke_off_is_finished_by_the_next_one(broken, capsys):
    out, _ = run(capsys, "show", "trial")
    assert (
        "A push has not ended: Label Studio may lack 4 texts of it. The next push first looks up what is "
        "there, and sends only what is not."
    ) in out
    out, _ = run(capsys, "push", "trial", "--n", 50, "--yes")
    assert re.match(
        r"The push of \d+ \w+ \d{4} broke off\. Label Studio has 3 of its 6 texts\. Only the other 3 are "
        r"sent now\. Push again for more\.\n3 texts with \d+ characters\. They go to Label Studio at ",
        out,
    )
    assert out.endswith("Label Studio has 3 more texts. Next: bioner rounds pull 'trial'\n")
    assert len(broken.stored) == len(set(broken.stored)) == 6
    assert len(ProjectStore().load_sent("trial")) == 6
    out, _ = run(capsys, "push", "trial", "--n", 5, "--yes")
    assert out.startswith("5 texts with")


def test_who_does_not_finish_a_push_keeps_the_rest_here(broken, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "n")
    out, _ = run(capsys, "push", "trial")
    assert out.endswith("nothing was sent\n")
    assert (len(broken.stored), len(ProjectStore().load_sent("trial"))) == (3, 3)
    assert answer_project("trial", has_notes=False).n_unfinished == 0
    run(capsys, "push", "trial", "--n", 197, "--yes")
    assert len({text for _, text in broken.stored}) == len(broken.stored) == 200


def test_a_push_that_had_reached_the_tool_is_not_sent_again(broken, capsys):
    sent = {task.key for task in ProjectStore().load_sent("trial")}
    pushed = json.loads((locate_projects_folder() / "trial" / "sending.json").read_text())["tasks"]
    texts = {text.key: text.text for text in ProjectStore().load_pool("trial")}
    broken.stored = [(f"x-{row['key']}", texts[row["key"]]) for row in pushed]
    assert sent < {row["key"] for row in pushed}
    out, _ = run(capsys, "push", "trial")
    assert out.endswith(
        "broke off. Label Studio has all 6 texts of it, so nothing is sent. Push again for more.\n"
    )
    assert len(ProjectStore().load_sent("trial")) == 6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "other"), "bioner: other: no such project. Available: trial."),
        (
            ("push", "trial", "--n", "0", "--test", "0"),
            "bioner: 0 texts to train on and 0 to test on: ask for at least one.",
        ),
        (("push", "trial", "--n", "9999"), "bioner: 9,999 texts to train on: only 200 are left"),
        (
            ("push", "trial", "--n", "-1"),
            "bioner: -1 texts to train on and 0 to test on: ask for at least one.",
        ),
        (("pull", "trial"), "bioner: project trial: nothing is annotated in Prodigy yet."),
        (("secret", "trial"), "bioner: project trial: Prodigy works with files, and asks for no token."),
        (("recommend", "trial", "--port", "70000"), "bioner: port 70000: cannot be used here"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(folder, capsys, words, message):
    make(capsys, folder, "--corpus", "notes")
    _, err = run(capsys, *words, code=1)
    assert err.startswith(message)


def test_a_project_is_not_made_where_its_tool_does_not_answer(folder, capsys, monkeypatch):
    monkeypatch.setenv("BIONER_TOOL_SECRET", TOKEN)
    with serve(load_answers("label-studio")) as address:
        pass
    _, err = run(
        *(
            capsys,
            "new",
            "trial",
            folder / "texts.txt",
            "--tool",
            "label-studio",
            "--address",
            f"{address}/projects/1",
        ),
        code=1,
    )
    assert "cannot be reached" in err
    assert ProjectStore().names() == ()


def test_without_a_terminal_the_variables_are_named(folder, capsys):
    _, err = run(
        *(capsys, "new", "trial", folder / "texts.txt", "--tool", "argilla"),
        *("--address", "http://localhost:1/dataset/0a1b2c3d-0000-4000-8000-0123456789ab"),
        code=1,
    )
    assert err == (
        "bioner: localhost:1: there is no terminal to ask for the token or password. Set BIONER_TOOL_SECRET "
        "(and BIONER_TOOL_USER, where the tool has users).\n"
    )


def test_corpora_outside_the_library_are_copied_into_the_project(folder, capsys):
    save_corpus(folder / "start.jsonl", build_corpus(40))
    make(capsys, folder, "--corpus", folder / "start.jsonl")
    (folder / "start.jsonl").unlink()
    run(capsys, "push", "trial", "--n", 5, "--yes")
    assert len(ProjectStore().load_start("trial").sentences) == 40
