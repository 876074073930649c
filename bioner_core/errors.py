"""The error that a user can correct, and tracebacks for logs without text of a corpus."""

import traceback


class BionerError(Exception):
    """An error that a user can correct: where, what was found, what is allowed, what to do."""


def format_traceback(error: BaseException) -> str:
    """Return a traceback for a log: code lines and error class, no message, since it may quote a corpus."""
    lines = [*traceback.format_tb(error.__traceback__), type(error).__name__, "\n"]
    cause = error.__cause__ or error.__context__
    return "".join(lines) + (f"after\n{format_traceback(cause)}" if cause else "")
