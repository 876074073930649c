"""Side by side: all that is yielded arrives, errors are raised, closing stops."""

from itertools import count
from threading import Event

import pytest
import torch

from bioner_core.tagging.threads import one_thread_each, side_by_side


def test_all_items_arrive_and_those_of_one_work_in_order():
    works = [[(k, number) for number in range(50)] for k in range(5)]
    found = list(side_by_side([iter(work) for work in works], n_threads=3))
    assert sorted(found) == [item for work in works for item in work]
    for k, work in enumerate(works):
        assert [item for item in found if item[0] == k] == work


def test_works_do_run_at_the_same_time():
    first, second = Event(), Event()

    def meets(own, other):
        own.set()
        yield other.wait(timeout=60)

    assert list(side_by_side([meets(first, second), meets(second, first)], n_threads=2)) == [True, True]


def test_an_error_is_raised_after_the_others_have_ended():
    def fails():
        yield "one"
        raise ZeroDivisionError

    found = []
    with pytest.raises(ZeroDivisionError):
        found.extend(side_by_side([fails(), iter(["two", "three"])], n_threads=1))
    running = side_by_side([fails(), iter(["two", "three"])], n_threads=1)
    assert [next(running) for _ in range(3)] == ["one", "two", "three"]


def test_closing_stops_endless_works_and_begins_no_other():
    begun = []

    def endless(k):
        begun.append(k)
        yield from count()

    running = side_by_side([endless(k) for k in range(4)], n_threads=2)
    next(running)
    running.close()  # returns only once the threads have ended
    assert set(begun) <= {0, 1}


def test_threads_of_products_are_given_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyError), one_thread_each() as n_threads:
            assert (n_threads, torch.get_num_threads()) == (2, 1)
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
