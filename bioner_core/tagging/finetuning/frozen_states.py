"""Frozen states: what frozen layers made of a batch takes the place of the next layer's input."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import Tensor, nn

_STATES: ContextVar[Tensor | None] = ContextVar("states", default=None)


@contextmanager
def use_states(states: Tensor | None) -> Iterator[None]:
    """Let ``insert_states`` find the states of a batch; None: the encoder has all its layers."""
    token = _STATES.set(states)
    try:
        yield
    finally:
        _STATES.reset(token)


def insert_states(
    _layer: nn.Module, positional: tuple[Any, ...], named: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Replace the hidden states in the arguments of a layer; a hook that runs before its ``forward``."""
    states = _STATES.get()
    if positional:
        return (states, *positional[1:]), dict(named)
    return (), {**named, "hidden_states": states}
