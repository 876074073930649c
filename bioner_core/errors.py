"""The one error that a user can put right."""


class BionerError(Exception):
    """Say where, what was found, what is allowed and what to do; shown without a traceback."""
