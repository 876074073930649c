"""The facts of a report, each with its name: the answer, its sources, hours, what was done, on which data.

Nothing here is text of a corpus, and neither host nor command line, which may name people and places.
"""

from collections.abc import Mapping

from bioner_core import __version__
from bioner_core.answers import wording as words
from bioner_core.answers.report.context import Subject
from bioner_core.costs.cost import Cost, money_told, weeks_told, work_told
from bioner_core.costs.rates import Rates
from bioner_core.curves.points import NONE
from bioner_core.curves.saturation import saturation
from bioner_core.study.duration import duration

Facts = dict[str, str]
RATES_PAPER = (
    "Wei, Chen, Salimi et al.: Cost-aware active learning for named entity recognition in clinical text. "
    "JAMIA 26(11), 2019, 1314–1322. https://doi.org/10.1093/jamia/ocz102"
)
PAPER = (
    "Miftahutdinov, Alimova, Tutubalina: On Biomedical Named Entity Recognition: Experiments in Interlingual "
    "Transfer for Clinical and Social Media Texts. ECIR 2020, LNCS 12036, 281–288. "
    "https://doi.org/10.1007/978-3-030-45442-5_35"
)


def question(subject: Subject) -> Facts:
    """Return what was asked."""
    row = subject.row
    return {
        "Corpus": words.described(row.target, subject.about.get(row.target)),
        "Entity": words.entity(row.entity) + (f" ({row.decided_by} decides)" if row.decided_by else ""),
        "Goal": words.goal(row),
        "Model": f"{row.model}, {words.training(row.model, row.method).short}, "
        f"{words.pretraining(row.source)}",
    }


def answer(subject: Subject) -> Facts:
    """Return the numbers of the answer, unknown ones left out."""
    row, about = subject.row, subject.about.get(subject.row.target)
    per_document = about.per_document if about else None
    f1_first = next((size.f1 for size in subject.curve.sizes if size.n == row.n_first), None)
    there = f" (F1 {words.percent(f1_first)})" if f1_first is not None and not row.decided_by else ""
    share = None if row.share_of_train is None else f"{100 * row.share_of_train:.0f} %"
    documents = f"about {words.rough(row.n_plan / per_document)}" if row.n_plan and per_document else None
    seeds = f"{row.n_seeds} or more" if (row.n_seeds or 0) > 1 else "one" if row.n_seeds else None
    best = None if row.best_n is None else f"F1 {words.percent(row.best_f1)} at {words.count(row.best_n)}"
    found = {
        "Plan on, an even chance": words.plan(row) + (" sentences" if row.n_plan is not None else ""),
        "To be 95 % sure": words.sure(row),
        "90 % interval": words.interval(row),
        "The interval covers": row.interval_of,
        "Tested not to fall short, from": None if row.n_sure is None else words.count(row.n_sure),
        "First reaches the goal at": None if row.n_first is None else words.count(row.n_first) + there,
        "Stays above from": None if row.n_stable is None else words.count(row.n_stable),
        "Saves against no pretraining": None if row.saved_plan is None else words.saving(row),
        "Documents": documents,
        "Of the training part": share,
        "Best size below full data": best,
        "Largest size tried": None if row.n_max is None else words.count(row.n_max),
        "Models a size": seeds,
        "Test mentions": None if subject.curve.support is None else words.count(subject.curve.support),
    }
    return {name: str(value) for name, value in found.items() if value}


def sources(subject: Subject) -> list[Facts]:
    """Return a row a source, the best first."""
    return [
        {
            "Pretrained on": "nothing" if row.source == NONE else row.source,
            **({"Decides": row.decided_by} if row.decided_by else {}),
            "Plan": words.plan(row),
            "95 % sure": _short(words.sure(row)),
            "First": "–" if row.n_first is None else words.count(row.n_first),
            "Stays": "–" if row.n_stable is None else words.count(row.n_stable),
            "Saves": words.saving(row),
            "Best F1": words.percent(row.best_f1),
        }
        for row in subject.rows
    ]


def _short(sure: str) -> str:
    """Return the number to be sure of in a table's cell."""
    return sure.removesuffix(" sentences").replace("more than", ">") or "–"


def types(subject: Subject) -> list[Facts]:
    """Return a row a type, where the answer is for every type."""
    return [
        {
            "Entity": row.entity,
            "Plan": words.plan(row),
            "95 % sure": _short(words.sure(row)),
            "Goal F1": words.percent(row.target_f1),
            "Full F1": words.percent(row.full_f1),
        }
        for row in subject.types
    ]


def costs(found: Cost | None, rates: Rates | None) -> Facts:
    """Return hours, money and weeks, and what they were computed from; nothing without a plan."""
    if found is None or rates is None:
        return {}
    least = "more than " if found.is_bound else ""
    same = found.n_low == found.n_high
    low, high = words.count(found.n_low), least + words.count(found.n_high)
    n = high if same else f"{low} to {high}"
    seconds = f"{rates.seconds_low:g}"
    if rates.seconds_high != rates.seconds_low:
        seconds += f" to {rates.seconds_high:g}"
    each = "one person each"
    if rates.double:
        each = (
            f"{100 * rates.double:g} % by two, settled in {100 * rates.adjudication:g} % of the time of one"
        )
    told = {
        "Sentences": n + (f", {words.count(found.n_test)} of them to test on" if found.n_test else ""),
        "Hours of work": work_told(found),
        "Cost": money_told(found),
        "Calendar": f"{weeks_told(found)} for {rates.annotators} annotator"
        f"{'s' * (rates.annotators != 1)}, {rates.hours_a_week:g} hours a week each",
        "Seconds a sentence": f"{seconds} ({rates.source})",
        "Annotated by": each,
        "Preparation": f"{rates.setup_hours:g} h" if rates.setup_hours else "not counted",
    }
    return {name: value for name, value in told.items() if value}


def done(subject: Subject) -> Facts:
    """Return how the models were trained, with what, and when."""
    study, record = subject.run.study, subject.run.record
    sizes = [size.n for size in subject.curve.sizes if size.n]
    per_job = {row.job: row.point.seconds for row in subject.run.rows() if row.job and row.point.seconds}
    models = sorted({job.model_revision for job in study.jobs})
    jobs = study.jobs[:1]
    found = {
        "Run": subject.run.title,
        "Published as": str(record.get("citation", "")),
        "Preset": study.preset,
        "Encoder": subject.row.model + (f", revision {', '.join(models)}" if models else ""),
        "Sizes": words.listed([words.count(n) for n in sizes]) if 0 < len(sizes) <= _MOST else _span(sizes),
        "Seeds": ", ".join(map(str, study.seeds)),
        "Sample": "".join(f"random {job.sample}, split by seed {job.split_seed}" for job in jobs),
        "Training": words.settings(study.settings) if study.settings else "",
        "Models trained": words.count(len(per_job)) if per_job else "",
        "Time of training": duration(sum(per_job.values())) if per_job else "",
        "Left out": " ".join(study.notes) if study.jobs else "",
        **_sessions(subject),
    }
    return {name: value for name, value in found.items() if value}


_MOST = 12  # sizes that are listed one by one


def _span(sizes: list[int]) -> str:
    return f"{len(sizes)} sizes from {words.count(sizes[0])} to {words.count(sizes[-1])}" if sizes else ""


def _sessions(subject: Subject) -> Facts:
    """Return when and with which versions the run was worked on, and what wrote the report."""
    sessions = subject.run.study.sessions
    found = {"Report made": f"{words.moment(subject.at)}, BioNER Budget {__version__}"}
    if not sessions:
        return found
    last = sessions[-1]
    packages = last.get("packages")
    versions = packages if isinstance(packages, Mapping) else {}
    told = [f"Python {last.get('python', '')}", *(f"{name} {version}" for name, version in versions.items())]
    devices = dict.fromkeys(str(one["device"]) for one in sessions if one.get("device"))
    program = f"BioNER Budget {last.get('program', '')}"
    return {
        "Planned": words.moment(str(sessions[0].get("at", ""))),
        "Last worked on": words.moment(str(last.get("at", ""))),
        "Program": program + (f", commit {last['commit']}" if last.get("commit") else ""),
        "Versions": ", ".join(told),
        "Trained on": ", ".join(devices),
        **found,
    }


def data(subject: Subject) -> list[Facts]:
    """Return a row a corpus: counts and digests, no text."""
    study = subject.run.study
    sizes = {subject.row.target: subject.curve.train_size, **study.train_sizes}
    rows = []
    for name in subject.corpora:
        about = subject.about.get(name)
        known = {
            "Corpus": words.described(name, about),
            "Role": "target" if name == subject.row.target else "source",
            "Documents": about.documents if about else None,
            "Sentences": about.sentences if about else None,
            "Training part": sizes.get(name),
        }
        told = {k: f"{v:,}" if isinstance(v, int) else str(v or "–") for k, v in known.items()}
        rows.append({**told, "Digest": study.corpora.get(name) or "–"})
    return rows


def growing(subject: Subject) -> str:
    """Return that more data would lift the yardstick itself; "" where it would not."""
    found = saturation(subject.unpretrained) if subject.unpretrained else None
    if found is None or found.is_reached:
        return ""
    return (
        f"More data would lift the goal itself: without pretraining, smoothed F1 still rises from "
        f"{words.percent(found.f1_half)} at {words.count(found.n_half)} sentences to "
        f"{words.percent(found.f1_full)} at full data."
    )
