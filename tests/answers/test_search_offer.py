"""What more models would bring to a run whose interval is wide."""

import re
from dataclasses import replace

import pytest
import search_runner
from search_runner import CORPORA, build_result, build_study

from bioner_core.answers.search_offer import describe_search_offer
from bioner_core.study.search import Search
from bioner_core.study.store import RunStore


def create_run(*, sizes="50,200,800,full", target=CORPORA["target"], **options):
    run = RunStore().create(build_study(sizes=sizes, target=target, **options), {target.name: target})
    n_test = sum(sentence.part == "test" for sentence in target.sentences)
    with run.lock() as writer:
        for job in run.study.jobs:
            writer.append_result(build_result(job, n_test=n_test))
    return run


def test_a_wide_interval_comes_with_what_narrows_it():
    text = describe_search_offer(create_run(), Search(target="target", source="none", entity="Drug"))
    pattern = (
        r"(\d) more models? \(about \d+ s here\) would narrow the interval from a factor of (\d\.\d) "
        r"to about (\d\.\d): `bioner runs resume searched --search --target target --source none "
        r"--entity Drug`\."
    )
    _, now, then = re.fullmatch(pattern, text).groups()
    assert float(now) > float(then) >= 1


def test_another_goal_stands_in_the_command():
    run = create_run()
    assert describe_search_offer(run, Search(fraction=0.995)).endswith("--search --fraction 0.995`.")
    assert "--search`." in describe_search_offer(run, Search())


def test_a_narrow_interval_has_no_offer():
    run = create_run(sizes="50,200,800,1400,1700,2000,full", seeds=range(6))
    assert describe_search_offer(run, Search(fraction=0.9)) == ""


def test_a_small_test_part_is_named_as_the_limit():
    target = search_runner.build_corpus("target", n_test=20)
    run = create_run(sizes="50,200,800,1000,1400,2000,full", seeds=range(8), target=target)
    text = describe_search_offer(run, Search())
    assert text.startswith("The test part alone leaves a factor of ")
    assert text.endswith("more test sentences, not models, would narrow this interval.")


@pytest.mark.parametrize("name", ["ecir2020", "four-corpora-probe"])
def test_a_shipped_run_has_no_offer(name):
    assert describe_search_offer(RunStore().open(name), Search()) == ""


def test_an_open_search_has_no_offer():
    run = create_run()
    with run.lock() as writer:
        writer.save_study(replace(run.study, searches=(Search(),)))
    assert describe_search_offer(run, Search()) == ""
