"""Work that goes on side by side in threads, and tells of itself as it comes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

import torch

Item = TypeVar("Item")


def side_by_side(works: Sequence[Iterator[Item]], *, n_threads: int) -> Iterator[Item]:
    """Yield what several iterators yield, as it comes; each runs in one thread, in the order given.

    Closing stops every iterator at its next item. An error of one is raised after all have ended.

    >>> sorted(side_by_side([iter("ab"), iter("c")], n_threads=2))
    ['a', 'b', 'c']
    """
    told: SimpleQueue[list[Item]] = SimpleQueue()  # an item in a list; an empty list is the end of a work
    stop = Event()

    def drain(work: Iterator[Item]) -> None:
        try:
            for item in work:
                told.put([item])
                if stop.is_set():
                    break
        finally:
            told.put([])

    with ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        try:
            running = [pool.submit(drain, work) for work in works]
            n_left = len(works)
            while n_left:
                items = told.get()
                n_left -= not items
                yield from items
            for ended in running:
                ended.result()
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


@contextmanager
def one_thread_each() -> Iterator[int]:
    """Let torch use one thread for each product meanwhile; give the number that it had.

    A product of small matrices gains little from a second thread, and its last digits change with it.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield n_threads
    finally:
        torch.set_num_threads(n_threads)
