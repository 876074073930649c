"""Iterators that run side by side in threads."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

import torch

Item = TypeVar("Item")


def run_side_by_side(iterators: Sequence[Iterator[Item]], *, n_threads: int) -> Iterator[Item]:
    """Yield the items of several iterators as they come; each runs in one thread, started in this order.

    Closing stops every iterator at its next item. An error of one is raised after all have ended.

    >>> sorted(run_side_by_side([iter("ab"), iter("c")], n_threads=2))
    ['a', 'b', 'c']
    """
    queue: SimpleQueue[list[Item]] = SimpleQueue()  # an item in a list; an empty list ends an iterator
    stop = Event()

    def drain(iterator: Iterator[Item]) -> None:
        try:
            for item in iterator:
                queue.put([item])
                if stop.is_set():
                    break
        finally:
            queue.put([])

    with ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        try:
            futures = [pool.submit(drain, iterator) for iterator in iterators]
            n_left = len(iterators)
            while n_left:
                items = queue.get()
                n_left -= not items
                yield from items
            for future in futures:
                future.result()
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


@contextmanager
def limit_torch_threads() -> Iterator[int]:
    """Let torch use one thread for each product meanwhile; yield the number of threads before.

    A product of small matrices gains little from a second thread, and its last digits change with it.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield n_threads
    finally:
        torch.set_num_threads(n_threads)
