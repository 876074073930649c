"""The work of a plan in words: its size, time and price, and the ways out where it takes days."""

from bioner_core.answers.planned_work import PlannedWork
from bioner_core.answers.wording.numbers import join_names
from bioner_core.study.duration import format_duration, format_workload_and_time


def describe_work(work: PlannedWork) -> str:
    """Return size, time and price: "24 models, 31,000 sentence-passes, about 2.0 h on …, 3.00 EUR"."""
    prices = [f"{work.money:,.2f} {work.currency}"] if work.money is not None else []
    prices += [f"{work.kwh:,.1f} kWh"] if work.kwh is not None else []
    return ", ".join([format_workload_and_time(work.study, work.seconds, work.place), *prices])


def warn_of_long_work(work: PlannedWork) -> str:
    """Return a warning with the ways out where the plan takes a day or more; "" otherwise."""
    if not work.is_long:
        return ""
    ways = []
    if work.study.method != "probe":
        ways.append("the preset probe trains small heads on a frozen encoder, most often in minutes")
    if not work.study.search:
        ways.append("a search trains only the models that the number needs")
    ways.append("a GPU or a cluster trains faster")
    where = "" if work.seconds else " on another machine"
    time = format_duration(work.seconds or work.seconds_elsewhere or 0)
    return f"This takes about {time}{where}. There are ways out: {join_names(ways)}."
