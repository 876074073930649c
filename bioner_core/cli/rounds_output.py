"""What ``bioner rounds`` prints of a project: a row for each round, then the answer in sentences."""

from bioner_core.answers.project_rounds import ProjectAnswer, answer_project
from bioner_core.answers.wording.rounds import (
    build_rounds_table,
    describe_project,
    list_project_notes,
)
from bioner_core.cli.output import format_table, print_records


def print_project(name: str, form: str) -> None:
    """Print the rounds of a project and the answer; records for programs."""
    answer = answer_project(name, has_notes=form == "table")
    if form == "table":
        print(format_table(build_rounds_table(answer.outcomes)) + "\n")
        print("\n".join((describe_project(answer), *list_project_notes(answer))))
        return
    rows = _build_records(answer)
    print_records(rows if form == "csv" else {"project": answer.project.name, "rounds": rows}, form=form)


def _build_records(answer: ProjectAnswer) -> list[dict[str, object]]:
    """Return the fields of each round for programs; F1 in [0, 1], days ISO 8601."""
    records = []
    for outcome in answer.outcomes:
        step, best = outcome.round, outcome.estimate.best if outcome.estimate else None
        need = best.find_need(best.lead) if best else None
        is_last = outcome is answer.last
        finish = answer.finish if is_last else None
        records.append(
            {
                "round": step.number,
                "at": step.at,
                "run": step.run or None,
                "n_train": step.n_train,
                "n_test": step.n_test,
                "n_pool": step.n_pool,
                "f1": best.now.f1 if best and best.now else None,
                "forecast": [
                    {
                        "entity": of.entity,
                        "n": of.n,
                        "f1": of.forecast.f1,
                        "f1_low": of.forecast.low,
                        "f1_high": of.forecast.high,
                        "observed": of.f1,
                    }
                    for of in outcome.checks
                ],
                "fraction": need.fraction if need else None,
                "n_plan": need.n if need else None,
                "n_low": need.low if need else None,
                "n_high": need.high if need else None,
                "advice": outcome.estimate.advice if outcome.estimate else None,
                "next_round": outcome.estimate.next_round if outcome.estimate else None,
                "agreement_f1": step.agreement_f1,
                "seconds_per_sentence": step.seconds_per_sentence,
                "finish_earliest": finish.earliest.isoformat() if finish else None,
                "finish_latest": finish.latest.isoformat() if finish and finish.latest else None,
            }
        )
    return records
