"""Iterators in parallel threads: all items arrive, errors are raised, closing stops them."""

from itertools import count
from threading import Event

import pytest
import torch

from bioner_core.tagging.threads import limit_torch_threads, run_side_by_side


def test_all_items_arrive_and_those_of_an_iterator_in_order():
    works = [[(k, number) for number in range(50)] for k in range(5)]
    items = list(run_side_by_side([iter(work) for work in works], n_threads=3))
    assert sorted(items) == [item for work in works for item in work]
    for k, work in enumerate(works):
        assert [item for item in items if item[0] == k] == work


def test_iterators_run_at_the_same_time():
    first, second = Event(), Event()

    def meets(expected, other):
        expected.set()
        yield other.wait(timeout=60)

    assert list(run_side_by_side([meets(first, second), meets(second, first)], n_threads=2)) == [True, True]


def test_an_error_is_raised_after_the_others_have_ended():
    def fails():
        yield "one"
        raise ZeroDivisionError

    items = []
    with pytest.raises(ZeroDivisionError):
        items.extend(run_side_by_side([fails(), iter(["two", "three"])], n_threads=1))
    running = run_side_by_side([fails(), iter(["two", "three"])], n_threads=1)
    assert [next(running) for _ in range(3)] == ["one", "two", "three"]


def test_closing_stops_endless_iterators_and_starts_no_other():
    begun = []

    def endless(k):
        begun.append(k)
        yield from count()

    running = run_side_by_side([endless(k) for k in range(4)], n_threads=2)
    next(running)
    running.close()  # returns only once the threads have ended
    assert set(begun) <= {0, 1}


def test_the_number_of_torch_threads_is_restored():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyError), limit_torch_threads() as n_threads:
            assert (n_threads, torch.get_num_threads()) == (2, 1)
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
