"""The one error that a user can put right, and how faults are told without text of a corpus."""

import traceback


class BionerError(Exception):
    """Say where, what was found, what is allowed and what to do; shown without a traceback."""


def fault(error: BaseException) -> str:
    """Return an error's traceback for a log: places and class, but no message, which may quote a text."""
    told = [*traceback.format_tb(error.__traceback__), type(error).__name__, "\n"]
    cause = error.__cause__ or error.__context__
    return "".join(told) + (f"after\n{fault(cause)}" if cause else "")
