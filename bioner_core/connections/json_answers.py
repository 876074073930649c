"""Values in the answers of annotation servers, checked before they are used."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bioner_core.errors import BionerError

_MAX_SECONDS = 3_600.0  # for one text; a longer time includes breaks


def require_object(value: object, host: str) -> Mapping[str, Any]:
    """Return a JSON object. :raises BionerError: the server answered with something else."""
    if isinstance(value, dict):
        return value
    raise BionerError(f"{host}: answers in an unknown form. Is this the address of the annotation tool?")


def require_list(value: object, host: str) -> list[Any]:
    """Return a JSON array. :raises BionerError: the server answered with something else."""
    if isinstance(value, list):
        return value
    raise BionerError(f"{host}: answers in an unknown form. Is this the address of the annotation tool?")


def parse_time(value: object) -> str:
    """Return a time as UTC to the second, ISO 8601; "" where it is none.

    >>> parse_time("2026-03-02T10:15:30.5+02:00"), parse_time(1772439330), parse_time("soon")
    ('2026-03-02T08:15:30+00:00', '2026-03-02T08:15:30+00:00', '')
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value, UTC)
        else:
            moment = datetime.fromisoformat(str(value))
            moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def parse_seconds(value: object) -> float | None:
    """Return the seconds of work; None where they are unknown, or so many that breaks are among them."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value <= _MAX_SECONDS else None  # type: ignore[operator, arg-type]
