"""Paragraphs that fit a proposal or a paper: what is planned, how it was found, what it does not say."""

from math import ceil

from bioner_core import __version__
from bioner_core.answers import wording as words
from bioner_core.answers.report.context import Subject
from bioner_core.answers.report.facts import PAPER, RATES_PAPER, growing
from bioner_core.costs.cost import money_told, weeks_told, work_told
from bioner_core.curves.budget import UNTOLD
from bioner_core.curves.interval import DRAWS
from bioner_core.curves.points import NONE
from bioner_core.study.jobs import LSTM_CRF, TrainJob

_SMOOTHED = {
    "averaged": "the average of four families of learning curves, each fitted to all sizes, and to full "
    "data where the source was trained on all, and weighted by its fit",
    "isotonic": "isotonic regression (pool adjacent violators), weighted by seeds",
}
INTERVALS = (
    "Saeleva, Ataman, Lignos: two-level bootstrap of seeds and test documents. arXiv 2509.22612, 2025."
)
ISOTONIC = "Barlow, Bartholomew, Bremner, Brunk: Statistical inference under order restrictions. Wiley, 1972."


def proposal(subject: Subject) -> str:
    """Return the paragraph for a grant proposal."""
    row = subject.row
    corpus = words.described(row.target, subject.about.get(row.target))
    if row.status in UNTOLD:
        told = [words.answer(row)]
    elif row.n_plan is None:
        told = [f"{words.answer(row)} More sentences, another source or a lower goal are to be tried."]
    else:
        told = [
            f"We plan to annotate {words.count(row.n_plan)} sentences of {corpus} to train the recognition "
            f"of {words.mentions(row.entity)}.",
            _ground(subject),
        ]
    if row.n_plan is not None and words.sure(row):
        told.append(
            f"The number is an even chance; to be 95 % sure, {words.sure(row)} have to be reckoned with."
        )
    return " ".join([*told, *_without(subject), *_beyond(subject), *_effort(subject)])


def _ground(subject: Subject) -> str:
    """Return what the number rests on, in a sentence."""
    row = subject.row
    which = "published learning curves" if subject.run.study.is_published else "learning curves"
    kind = words.training(row.model, row.method).model
    return (
        f"The number was read from {which}: with so many training sentences {kind} ({row.model}, "
        f"{words.pretraining(row.source)}) is expected to reach {words.goal(row)}."
    )


def _without(subject: Subject) -> list[str]:
    """Return what pretraining saves."""
    row = subject.row
    if row.source == NONE or row.saved_plan is None or row.saved_plan <= 0 or row.n_plan is None:
        return []
    least = "more than " if row.saved_plan_is_bound else ""
    return [
        f"Pretraining on {row.source} saves {least}{words.count(row.saved_plan)} sentences of annotation "
        "against no pretraining."
    ]


def _beyond(subject: Subject) -> list[str]:
    """Return what the forecast says."""
    found = subject.forecast
    if found is None:
        return []
    share = subject.row.fraction or 0.99
    need, full = found.need(fraction=share), found.full
    high = "more" if need.is_beyond or need.high is None else words.count(need.high)
    takes = (
        f"; {100 * share:.4g} % of that is expected from {words.count(need.n)} sentences on "
        f"({words.count(need.low or 0)} to {high})"
        if need.n is not None
        else ""
    )
    return [
        f"Were all {words.count(found.pool)} sentences annotated, an F1 of {words.percent(full.f1)} "
        f"({words.percent(full.low)} to {words.percent(full.high)}) is forecast{takes}."
    ]


def _effort(subject: Subject) -> list[str]:
    """Return what the annotation takes."""
    cost, rates = subject.cost, subject.rates
    if cost is None or rates is None:
        return []
    seconds = f"{rates.seconds_low:g}"
    if rates.seconds_high != rates.seconds_low:
        seconds += f" to {rates.seconds_high:g}"
    price = f" and costs {money_told(cost)}" if cost.cost_low is not None else ""
    test = f", {words.count(cost.n_test)} sentences to test on among them," if cost.n_test else ""
    whose = {"your own": "our own rate"}.get(rates.source, rates.source)
    twice = (
        f"; {100 * rates.double:g} % of the sentences are annotated by two and settled"
        if rates.double
        else ""
    )
    return [
        f"At {seconds} seconds a sentence ({whose}) the annotation{test} takes "
        f"{work_told(cost)} of work{price}: {weeks_told(cost)} for "
        f"{rates.annotators} annotator{'s' * (rates.annotators != 1)} at {rates.hours_a_week:g} hours a week"
        f"{twice}."
    ]


def methods(subject: Subject) -> str:
    """Return the paragraph for a methods section."""
    return " ".join(
        [
            f"The number of training sentences was determined with BioNER Budget {__version__}.",
            _training(subject),
            "F1 is entity-level with exact span and type, micro-averaged over the test part, as the CoNLL "
            "script counts.",
            _rule(subject),
            *_chance(subject),
            *_continued(subject),
        ]
    )


def _training(subject: Subject) -> str:
    """Return how the curves came to be."""
    row, study = subject.row, subject.run.study
    sizes = [size.n for size in subject.curve.sizes if size.n]
    span = f"{len(sizes)} sizes from {words.count(sizes[0])} to {words.count(sizes[-1])} sentences"
    full = subject.unpretrained and subject.unpretrained.yardstick
    if full:
        span += f" and on the whole training part ({words.count(full.n)} sentences) without pretraining"
    if study.is_published:
        return f"It reads the published curves of {row.model}, {words.pretraining(row.source)}: {span}."
    if not study.jobs:
        return f"It reads imported curves of {row.model}, {words.pretraining(row.source)}: {span}."
    job, settings = study.jobs[0], study.jobs[0].settings
    how = words.training(row.model, row.method).did
    seeds = f"{len(study.seeds)} seeds" if len(study.seeds) > 1 else "one seed"
    return (
        f"{row.target} (digest {study.corpora[row.target]}) was split once into a training and a test part. "
        f"We {how} {row.model} (revision {job.model_revision}), {words.pretraining(row.source)}, on {span}, "
        f"with {seeds}, each a random order of {job.sample}, an initialisation and an order of batches "
        f"(batch size {settings.batch_size}, learning rate {settings.learning_rate:g}, {settings.epochs} "
        f"epochs, at least {settings.min_steps} steps, {_read(job)})."
    )


def _read(job: TrainJob) -> str:
    """Return what a model reads of a sentence."""
    if job.model != LSTM_CRF:
        return f"{job.settings.max_pieces} word pieces"
    own = "trained on the text of the training parts"
    return f"word vectors {own if job.reads_own_text else f'of digest {job.model_revision}'}"


def _rule(subject: Subject) -> str:
    """Return how the number was read off the curve."""
    row = subject.row
    if not row.is_told:
        return words.answer(row)
    if row.n_plan is None:
        return f"No size up to {words.count(row.n_max or 0)} safely reached {words.goal(row)}."
    smoothed = _SMOOTHED.get(row.plan_method or "", "a smoothed curve that never falls")
    first = (
        "" if row.n_first is None else f"; the first single size to reach it was {words.count(row.n_first)}"
    )
    return (
        f"The number, {words.count(row.n_plan)}, is where the smoothed curve ({smoothed}) reaches "
        f"{words.goal(row)}{first}."
    )


def _chance(subject: Subject) -> list[str]:
    """Return how its uncertainty was found."""
    row = subject.row
    if not words.interval(row):
        return []
    of = row.interval_of or "seeds"
    return [
        f"The 90 % interval, {words.interval(row)} sentences, is a bootstrap of {of} ({DRAWS} draws); its "
        "upper end is the number to be 95 % sure of."
    ]


def _continued(subject: Subject) -> list[str]:
    """Return how the forecast was made."""
    found = subject.forecast
    return [f"Beyond the sizes trained the curve is a forecast ({found.method_used})."] if found else []


def limits(subject: Subject) -> list[str]:
    """Return what the number does not say, each in a sentence or two."""
    row, study = subject.row, subject.run.study
    notes = [note for note in subject.run.record.get("notes", ()) if isinstance(note, dict)]
    about = {"target": row.target, "source": row.source, "entity": row.decided_by or row.entity}
    told = [str(note["text"]) for note in notes if all(note[k] == about[k] for k in about if k in note)]
    if not words.interval(row) and not study.is_published:  # whose notes say so
        told.append("No interval is known: the same experiment made again would give another number.")
    n, f1 = subject.curve.support, subject.curve.full_f1
    if n and subject.curve.is_rare and f1 is not None:
        most = ceil(50 * (2 - f1) / n)  # a missed mention moves F1 by (2 - F1) / 2 n
        told.append(f"The test part has {n} mentions of this type: one moves F1 by up to {most} points.")
    if row.left_out:
        told.append(
            f"Left out, since the test or the training part has no mention of them, or none was found with "
            f"full data: {words.listed(list(row.left_out))}."
        )
    if row.method == "probe":
        told.append("A probe learns on a frozen encoder. A fine-tuned model needs another number.")
    if row.gap:
        low, high = row.gap
        told.append(
            f"No size between {words.count(low)} and {words.count(high)} was trained; the number lies "
            "between them."
        )
    sample = study.jobs[0].sample if study.jobs else "sentences"
    if sample == "sentences":
        told.append(
            "Training sentences were drawn at random over all documents. Whoever annotates document by "
            "document sees less variety in as many sentences, and may need more."
        )
    told += [growing(subject)]
    told.append(
        "The number holds for this model, these texts and annotation of this quality. The share reached is "
        "of what this corpus allows, not of what is possible."
    )
    return [text for text in told if text]


def references(subject: Subject) -> list[str]:
    """Return what to cite: the tool, the experiments, the published rates."""
    sessions = subject.run.study.sessions
    commit = sessions[-1].get("commit") if sessions else None
    version = f"version {__version__}" + (f", commit {str(commit)[:12]}" if commit else "")
    told = [f"BioNER Budget, {version}: how many sentences must be annotated.", PAPER]
    if subject.row.plan_method == "isotonic":
        told.append(ISOTONIC)
    if words.interval(subject.row):
        told.append(INTERVALS)
    if subject.rates and subject.cost and subject.rates.is_published:
        told.append(RATES_PAPER)
    return told
