"""Results that all threads of a process share: each is computed once, also where several ask at once."""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache, wraps
from threading import Lock
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

P = ParamSpec("P")
T = TypeVar("T")


def compute_once(
    maxsize: int, *, while_computing: Callable[[], AbstractContextManager[object]] = nullcontext
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep a function's latest results as ``lru_cache`` does; who asks while one is computed waits for it.

    :param maxsize: results that are kept; those used longest ago are dropped.
    :param while_computing: makes what is entered around a computation, such as a sign of life on a page.
    """

    def decorate(compute: Callable[P, T]) -> Callable[P, T]:
        locks, guard = WeakValueDictionary[Hashable, Lock](), Lock()

        @lru_cache(maxsize)
        def kept(*args: P.args, **kwargs: P.kwargs) -> T:
            with while_computing():
                return compute(*args, **kwargs)

        @wraps(compute)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            key = (args, *kwargs.items())
            with guard:
                lock = locks.setdefault(key, Lock())
            with lock:
                return kept(*args, **kwargs)  # type: ignore[arg-type]  # all arguments are hashable

        setattr(call, "cache_clear", kept.cache_clear)  # noqa: B010  # a Callable declares no attributes
        return call

    return decorate
