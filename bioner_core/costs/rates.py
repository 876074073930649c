"""How fast and at what price a team annotates: published, the user's own, or read from a tool's export."""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path

from bioner_core.corpus.reading.passages import Reading
from bioner_core.errors import BionerError
from bioner_core.files import Remedies, private_folder, settings_folder, why_unwritable, write_whole

# Wei et al. 2019, JAMIA 26(11), 1314-1322, doi:10.1093/jamia/ocz102, Table 4, random sentences: nine
# annotators, 120 minutes each, 435 to 920 sentences of 11.4 words and 1.4 mentions (problems, treatments,
# tests in clinical notes): 7.8 to 16.5 seconds a sentence, 40 to 92 words a minute.
PUBLISHED_SECONDS = (8.0, 17.0)  # a sentence
PUBLISHED_WORDS = (40.5, 92.2)  # a minute
PUBLISHED = "Wei et al. 2019, nine annotators of clinical notes"
OWN = "your own"
_FILE = "rates.json"
_BOUNDS = {  # field → lowest and highest allowed, and how messages call it
    "seconds_low": (0.1, 36_000.0, "seconds a sentence, at best"),
    "seconds_high": (0.1, 36_000.0, "seconds a sentence, at worst"),
    "annotators": (1, 1_000, "annotators"),
    "double": (0.0, 1.0, "share annotated by two"),
    "adjudication": (0.0, 10.0, "time to settle a sentence that two annotated"),
    "setup_hours": (0.0, 100_000.0, "hours of preparation"),
    "hours_a_week": (0.1, 168.0, "hours a week of each annotator"),
    "hourly_rate": (0.0, 100_000.0, "price of an hour"),
}


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What annotation takes and costs. Without a word of the user only the seconds have a source."""

    seconds_low: float = PUBLISHED_SECONDS[0]  # a sentence, one annotator, at best
    seconds_high: float = PUBLISHED_SECONDS[1]  # at worst; the same where one rate is known
    source: str = PUBLISHED  # where the seconds come from
    annotators: int = 2  # persons at work side by side
    double: float = 0.0  # share of the sentences that two annotate independently, in [0, 1]
    adjudication: float = 0.5  # time to settle one of these, as share of annotating it once
    setup_hours: float = 0.0  # guidelines and training, person-hours, once
    hours_a_week: float = 10.0  # that each annotator annotates
    hourly_rate: float | None = None  # of one person; None where money is not asked for
    currency: str = "EUR"

    def __post_init__(self) -> None:
        """Refuse what no team can be."""
        for name, (low, high, what) in _BOUNDS.items():
            value = getattr(self, name)
            if value is None and name == "hourly_rate":
                continue
            kinds = int if name == "annotators" else (int, float)
            is_number = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
            if not is_number or not low <= value <= high:
                raise BionerError(f"rates, {what}: found {value!r}; allowed is {low:g} to {high:,g}.")
        if self.seconds_low > self.seconds_high:
            raise BionerError(
                f"rates: {self.seconds_low:g} seconds a sentence at best and {self.seconds_high:g} at worst; "
                "the second must not be smaller."
            )
        for name, longest in (("currency", 12), ("source", 200)):
            value = getattr(self, name)
            if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or not value.isprintable():
                raise BionerError(f"rates, {name}: found {value!r}; allowed are 1 to {longest} letters.")

    @property
    def is_published(self) -> bool:
        """Say whether the seconds are the published ones, not the team's."""
        return self.source == PUBLISHED


def rates_path() -> Path:
    """Return the file that holds the user's rates."""
    return settings_folder() / _FILE


def load_rates() -> Rates:
    """Return the user's rates; the published ones where none were kept.

    :raises BionerError: the file is damaged or holds what no team can be.
    """
    path = rates_path()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Rates()
    except (OSError, ValueError) as error:
        raise BionerError(f"{path}: cannot be read ({_first(error)}). {_REMEDY}") from error
    try:
        return _from_record(record)
    except BionerError as error:
        raise BionerError(f"{path}: {error} {_REMEDY}") from error


_REMEDY = "Save your rates anew under Settings, or delete the file."


def save_rates(rates: Rates) -> None:
    """Keep the user's rates, readable by the user alone. :raises BionerError: nothing can be written."""
    path = rates_path()
    try:
        private_folder(path.parent)
        write_whole(path, json.dumps(asdict(rates), ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        remedies = Remedies(
            read_only="Make the folder writable, or set BIONER_SETTINGS to one that is",
            other="Set BIONER_SETTINGS to a folder of yours",
        )
        raise BionerError(why_unwritable(path, error, remedies)) from error


def forget_rates() -> None:
    """Go back to the published rates."""
    with suppress(FileNotFoundError):
        rates_path().unlink()


def own_rates(rates: Rates, *, seconds: float, source: str = OWN) -> Rates:
    """Return ``rates`` with one known rate in place of the published range.

    :param seconds: a sentence, one annotator.
    :param source: "your own", or such as "read from 412 timed sentences".
    """
    return replace(rates, seconds_low=seconds, seconds_high=seconds, source=source)


def timed_rates(reading: Reading, n_sentences: int, rates: Rates) -> Rates | None:
    """Return ``rates`` with the mean time that a tool's export tells; None where it tells none.

    :param n_sentences: of all that was read; texts without a time are taken to be as long as the others.
    """
    n, total = reading.n_timed, reading.annotation_seconds
    if not n or not total or not n_sentences or not reading.passages:
        return None
    seconds = total / (n_sentences * min(1.0, n / len(reading.passages)))
    low, high, _ = _BOUNDS["seconds_low"]
    if not low <= seconds <= high:
        return None
    source = f"read from {n:,} timed text{'s' * (n > 1)} of {reading.name}"[:200]
    return own_rates(rates, seconds=round(seconds, 1), source=source)


def published_seconds(words: float | None) -> tuple[float, float]:
    """Return published seconds a sentence, at best and at worst.

    :param words: mean length of a sentence in words; where known, words a minute are converted.

    >>> published_seconds(None), tuple(round(x) for x in published_seconds(22))
    ((8.0, 17.0), (14, 33))
    """
    if not words:
        return PUBLISHED_SECONDS
    slow, fast = PUBLISHED_WORDS
    return 60 * words / fast, 60 * words / slow


def _from_record(record: object) -> Rates:
    """Return the rates of a JSON object; fields may be missing, none may be unknown."""
    known = {field.name for field in fields(Rates) if field.default is not MISSING}
    if not isinstance(record, Mapping) or (unknown := sorted(set(record) - known)):
        what = "no table of rates" if not isinstance(record, Mapping) else f"{unknown[0]!r} is not known"
        raise BionerError(f"{what}. Known are {', '.join(sorted(known))}.")
    return Rates(**record)


def _first(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
