"""Words for plans and papers, as plain text: whoever puts them into HTML escapes them once."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal

from bioner_core.corpus.description import About
from bioner_core.curves.budget import EVERY, UNTOLD, Budget
from bioner_core.curves.points import ALL, MACRO, NONE
from bioner_core.curves.sources import stages
from bioner_core.study.jobs import LSTM_CRF, Settings

_AVERAGES = {  # entity names that are no type
    EVERY: "every entity type",
    ALL: "all types taken together",
    MACRO: "the average of the types",
}
SHORTLY_UNTOLD = {
    "no_test": "no test mention",
    "no_training": "no training mention",
    "no_f1": "never found",
}


def count(n: float) -> str:
    """Return a whole number with its thousands parted."""
    return f"{n:,.0f}"


def rough(n: float) -> str:
    """Return a number to two digits, as an estimate from averages deserves.

    >>> rough(144.7), rough(7.4), rough(0.2)
    ('140', '7', '1')
    """
    step = 10 ** max(0, len(str(int(n))) - 2)
    return count(max(1, round(n / step) * step))


def percent(f1: float | None) -> str:
    """Return an F1 in [0, 1] in percent, rounded as the pages round.

    >>> percent(0.8488), percent(0.6725), percent(None)
    ('84.9', '67.3', '–')
    """
    return "–" if f1 is None else str(Decimal(100 * f1).quantize(Decimal("0.1"), ROUND_HALF_UP))


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    >>> listed(["A"]), listed(["A", "B", "C"])
    ('A', 'A, B and C')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def entity(name: str) -> str:
    """Return an entity type, those that are none in words."""
    return _AVERAGES.get(name) or name


def mentions(name: str) -> str:
    """Return the mentions of an entity type, such as "Drug mentions"."""
    return f"mentions of {entity(name)}" if name in _AVERAGES else f"{name} mentions"


def pretraining(source: str) -> str:
    """Return what a source means.

    >>> pretraining("A:B+C"), pretraining("none")
    ('pretrained on A, then B and C', 'without pretraining')
    """
    if source == NONE:
        return "without pretraining"
    return "pretrained on " + ", then ".join(" and ".join(group) for group in stages(source))


def settings(of: Settings) -> str:
    """Return hyper-parameters in a line, such as "epochs 40, batch size 32".

    The path of word vectors is none of them: it may name people, and the model's revision tells the file's
    content.
    """
    known = {name: value for name, value in asdict(of).items() if name != "vectors"}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in known.items())


@dataclass(frozen=True, kw_only=True)
class TrainingWords:
    """How a kind of model is trained, in words."""

    short: str
    model: str  # with its article
    did: str  # after "we"


_PROBE = TrainingWords(
    short="probe: frozen encoder",
    model="a small tagger on a frozen encoder",
    did="trained a small head on the frozen encoder",
)
_FINE_TUNED = TrainingWords(short="fine-tuned", model="a fine-tuned model", did="fine-tuned")
_LSTM_CRF = TrainingWords(short="trained from scratch", model="a model trained from scratch", did="trained")


def training(model: str, method: str) -> TrainingWords:
    """Return how a model was trained.

    >>> training("bert", "finetune").short, training("LSTM-CRF", "finetune").short
    ('fine-tuned', 'trained from scratch')
    """
    if method == "probe":
        return _PROBE
    return _LSTM_CRF if model.lower() == LSTM_CRF else _FINE_TUNED


def goal(row: Budget) -> str:
    """Return what is to be reached, such as "99 % of the F1 on full data (84.0 of 84.9)"."""
    if row.fraction is None:
        return f"an F1 of {percent(row.target_f1)}"
    share = f"{100 * row.fraction:.4g} % of the F1 on full data"
    if row.target_f1 is None or row.entity == EVERY:  # each type has its own
        return share
    return f"{share} ({percent(row.target_f1)} of {percent(row.full_f1)})"


def answer(row: Budget) -> str:
    """Return the answer in one sentence."""
    what, how = f"{entity(row.entity)} in {row.target}", pretraining(row.source)
    if row.status in UNTOLD:
        return f"There is no answer for {of_untold(row)} in {row.target}: {untold(row)}."
    if not row.is_told or row.n_max is None:
        why = "the model on full data, which sets the goal" if row.status == "no_full" else "every size"
        return f"There is no answer yet for {what}, {how}: {why} is still to be trained."
    if row.n_plan == 0:
        return f"Annotate nothing to train on: {how}, a model has {goal(row)} for {what} from the start."
    if row.n_plan is None:
        safely = " safely" if row.n_first is not None else ""
        return f"{count(row.n_max)} sentences do not{safely} reach {goal(row)} for {what}, {how}."
    return f"Plan on {count(row.n_plan)} sentences to reach {goal(row)} for {what}, {how}."


def of_untold(row: Budget) -> str:
    """Return the type that no number can be told of, and, of every type, that there is none of the others."""
    others = f" (nor for {listed(row.left_out)})" if row.left_out else ""
    return entity(row.decided_by or row.entity) + others


def untold(row: Budget) -> str:
    """Return why no number can be told of a type."""
    if row.status == "no_test":
        return "the test part has no mention of it, so it has no F1"
    if row.status == "no_training":
        return "the training part has no mention of it, so no model can learn it"
    n = "its test mentions" if row.support is None else f"its {count(row.support)} test mentions"
    n = "its one test mention" if row.support == 1 else n
    return f"even the model on full data finds none of {n}, so there is no share of its F1 to reach"


def sure(row: Budget) -> str:
    """Return the number to be 95 % sure of; "" where no interval is known."""
    if row.n_high is not None and not row.n_high_beyond:
        return f"{count(row.n_high)} sentences"
    if row.n_high_beyond and row.n_max is not None:
        return f"more than {count(row.n_max)} sentences"
    return ""


def interval(row: Budget) -> str:
    """Return the 90 % interval of the plan; "" where none is known."""
    if row.n_high_beyond and row.n_max is not None:
        low = row.n_low if row.n_low is not None else row.n_max
        return f"{count(low)} to more than {count(row.n_max)}"
    if row.n_low is None or row.n_high is None:
        return ""
    return f"{count(row.n_low)} to {count(row.n_high)}"


def plan(row: Budget) -> str:
    """Return the number to plan on in a table's cell."""
    if row.n_plan is not None:
        return count(row.n_plan)
    if row.status in UNTOLD:
        return SHORTLY_UNTOLD[row.status]
    if not row.is_told or row.n_max is None:
        return "not known yet"
    if row.n_first is not None:
        return f"> {count(row.n_max)}"
    return "not reached"


def saving(row: Budget) -> str:
    """Return the saving against no pretraining in a table's cell."""
    if row.saved_plan is None:
        return "–"
    return ("> " if row.saved_plan_is_bound else "") + count(row.saved_plan).replace("-", "−")


def described(name: str, about: About | None) -> str:
    """Return a corpus with what it is, such as "EN UGT (CADEC, en, UGT)"."""
    if about is None:
        return name
    synthetic = "synthetic" if about.is_synthetic else ""
    what = [word for word in (about.title, about.language, about.domain, synthetic) if word]
    return f"{name} ({', '.join(what)})" if what else name


def no_evidence(names: Iterable[str]) -> str:
    """Return what is said beside numbers of synthetic corpora, each named once; "" where there are none.

    >>> no_evidence(["A", "B"])
    'A and B are synthetic: their numbers are no evidence.'
    """
    found = list(dict.fromkeys(names))
    if len(found) > 1:
        return f"{listed(found)} are synthetic: their numbers are no evidence."
    return f"{found[0]} is synthetic: its numbers are no evidence." if found else ""


def moment(iso: str) -> str:
    """Return a time of UTC as people write it; midnight stands for a day.

    >>> moment("2026-11-22T11:04:15+00:00"), moment("2020-04-14T00:00:00+00:00")
    ('2026-11-22 11:04 UTC', '2020-04-14')
    """
    if not iso:
        return "–"
    return iso[:10] if iso[11:19] in ("", "00:00:00") else f"{iso[:10]} {iso[11:16]} UTC"
