"""Annotation rates of a team, speed and price: published, set by the user, or from an export with times."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path

from bioner_core.corpus.reading.passages import Reading
from bioner_core.errors import BionerError
from bioner_core.files import (
    Remedies,
    create_private_folder,
    explain_write_error,
    locate_settings_folder,
    write_atomically,
)

# Wei et al. 2019, JAMIA 26(11), 1314-1322, doi:10.1093/jamia/ocz102, Table 4, random sentences: nine
# annotators, 120 minutes each, 435 to 920 sentences of 11.4 words and 1.4 mentions (problems, treatments,
# tests in clinical notes): 7.8 to 16.5 seconds a sentence, 40 to 92 words a minute.
PUBLISHED_SECONDS = (8.0, 17.0)  # per sentence
PUBLISHED_WORDS = (40.5, 92.2)  # per minute
PUBLISHED_SOURCE = "Wei et al. 2019, nine annotators of clinical notes"
USER_SOURCE = "your own"
_FILE = "rates.json"
_BOUNDS = {  # field → lowest and highest value, and its name in messages
    "seconds_low": (0.1, 36_000.0, "fastest seconds per sentence"),
    "seconds_high": (0.1, 36_000.0, "slowest seconds per sentence"),
    "annotators": (1, 1_000, "annotators"),
    "double": (0.0, 1.0, "share annotated by two people"),
    "adjudication": (0.0, 10.0, "time to resolve a sentence that two annotated"),
    "setup_hours": (0.0, 100_000.0, "hours of preparation"),
    "hours_a_week": (0.1, 168.0, "hours per week of each annotator"),
    "hourly_rate": (0.0, 100_000.0, "price per hour"),
    "machine_price": (0.0, 100_000.0, "price per hour of the machine"),
    "machine_watts": (0.0, 10_000_000.0, "watts of the machine"),
    "marking": (0.01, 1.0, "share of the time that marks mentions"),
    "checking": (0.0, 10.0, "time to check a mention that a system marked"),
}
_OPTIONAL = ("hourly_rate", "machine_price", "machine_watts", "marking")


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Speed, team and price of annotation, and of training; only the default seconds are published."""

    seconds_low: float = PUBLISHED_SECONDS[0]  # per sentence and annotator, at best
    seconds_high: float = PUBLISHED_SECONDS[1]  # at worst; equal for a single rate
    source: str = PUBLISHED_SOURCE  # where the seconds come from
    annotators: int = 2  # working in parallel
    double: float = 0.0  # share of the sentences that two annotate independently, in [0, 1]
    adjudication: float = 0.5  # time to adjudicate one of these, as share of annotating it once
    setup_hours: float = 0.0  # guidelines and training, person-hours, once
    hours_a_week: float = 10.0  # of each annotator
    hourly_rate: float | None = None  # per person; None to leave out money
    currency: str = "EUR"
    machine_price: float | None = None  # per hour of training, of the machine or cluster; None: no money
    machine_watts: float | None = None  # while it trains; None: no energy
    marking: float | None = None  # share of the seconds that marks mentions, not reads; None: not stated
    checking: float = 0.5  # time to check a mention that a system marked, as share of marking it

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name, (low, high, description) in _BOUNDS.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            kinds = int if name == "annotators" else (int, float)
            is_number = isinstance(value, kinds) and not isinstance(value, bool)
            if not is_number or not low <= value <= high:
                text = "nothing" if value is None else repr(value)[:40]
                raise BionerError(f"rates, {description}: found {text}; allowed is {low:g} to {high:,g}.")
        if self.seconds_low > self.seconds_high:
            raise BionerError(
                f"rates: {self.seconds_low:g} seconds per sentence at the fastest and {self.seconds_high:g} "
                "at the slowest; the second must not be smaller."
            )
        for name, longest in (("currency", 12), ("source", 200)):
            value = getattr(self, name)
            if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or not value.isprintable():
                raise BionerError(f"rates, {name}: found {value!r}; allowed are 1 to {longest} letters.")

    @property
    def is_published(self) -> bool:
        """Say whether the seconds are the published ones."""
        return self.source == PUBLISHED_SOURCE

    def compute_paid_seconds(self, money: float) -> float:
        """Return how long the machine trains for an amount in ``currency``, in seconds.

        :raises BionerError: the amount is not above 0, or training has no price.
        """
        if not money > 0:
            raise BionerError(f"the highest cost is {money:g}; allowed is more than 0.")
        if not self.machine_price:
            raise BionerError(
                "the highest cost: an hour of training has no price. Enter it under Settings, "
                "or limit the minutes instead."
            )
        return money / self.machine_price * 3600


def locate_rates() -> Path:
    """Return the path of the file with the user's rates."""
    return locate_settings_folder() / _FILE


def load_rates() -> Rates:
    """Load the user's rates; the published ones where none are saved.

    :raises BionerError: the file is damaged or has values out of range.
    """
    path = locate_rates()
    try:
        record = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError:
        return Rates()
    except (OSError, ValueError) as error:
        raise BionerError(f"{path}: cannot be read ({_describe_error(error)}). {_REMEDY}") from error
    try:
        return _parse_record(record)
    except BionerError as error:
        raise BionerError(f"{path}: {error} {_REMEDY}") from error


_REMEDY = "Save your rates again under Settings, or delete the file."
_WRITE_REMEDIES = Remedies(
    read_only="Make the folder writable, or set BIONER_SETTINGS to one that is",
    other="Set BIONER_SETTINGS to a folder of yours",
)


def save_rates(rates: Rates) -> None:
    """Save the user's rates, readable by the user alone. :raises BionerError: the file cannot be written."""
    path = locate_rates()
    try:
        create_private_folder(path.parent)
        write_atomically(path, json.dumps(asdict(rates), ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        raise BionerError(explain_write_error(path, error, _WRITE_REMEDIES)) from error


def delete_rates() -> None:
    """Delete the user's rates, so that the published ones apply. :raises BionerError: they cannot be."""
    path = locate_rates()
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise BionerError(explain_write_error(path, error, _WRITE_REMEDIES)) from error


def replace_seconds(rates: Rates, *, seconds: float, source: str = USER_SOURCE) -> Rates:
    """Return rates with one speed in place of the published range.

    :param seconds: per sentence and annotator.
    :param source: "your own", or such as "read from 412 timed sentences".
    """
    return replace(rates, seconds_low=seconds, seconds_high=seconds, source=source)


def derive_timed_rates(reading: Reading, n_sentences: int, rates: Rates) -> Rates | None:
    """Return rates with the mean annotation time of a tool's export; None where it has no times.

    :param n_sentences: of the whole export; texts without a time are assumed to be as long as the others.
    """
    n, total = reading.n_timed, reading.annotation_seconds
    if not n or not total or not n_sentences or not reading.passages:
        return None
    seconds = total / (n_sentences * min(1.0, n / len(reading.passages)))
    low, high, _ = _BOUNDS["seconds_low"]
    if not low <= seconds <= high:
        return None
    source = f"read from {n:,} timed text{'s' * (n > 1)} of {reading.name}"[:200]
    return replace_seconds(rates, seconds=round(seconds, 1), source=source)


def compute_published_seconds(words: float | None) -> tuple[float, float]:
    """Return the published seconds per sentence, at best and at worst.

    :param words: mean words per sentence, to convert the published words per minute.

    >>> compute_published_seconds(None), tuple(round(x) for x in compute_published_seconds(22))
    ((8.0, 17.0), (14, 33))
    """
    if not words:
        return PUBLISHED_SECONDS
    slow, fast = PUBLISHED_WORDS
    return 60 * words / fast, 60 * words / slow


def _parse_record(record: object) -> Rates:
    """Parse a JSON object; fields may be missing, unknown ones are refused."""
    allowed = {field.name for field in fields(Rates) if field.default is not MISSING}
    if not isinstance(record, Mapping) or (unknown := sorted(set(record) - allowed)):
        problem = "no table of rates" if not isinstance(record, Mapping) else f"{unknown[0]!r} is not known"
        raise BionerError(f"{problem}. Known are {', '.join(sorted(allowed))}.")
    return Rates(**record)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _describe_error(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
