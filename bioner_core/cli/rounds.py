"""``bioner rounds``: annotation projects, from the first texts to the answer that one can stop."""

import argparse
import sys
from functools import partial
from importlib import import_module

from bioner_core.cli.corpus_argument import add_language, add_reading_options
from bioner_core.cli.output import Commands, Record, add_format, is_agreed, print_records
from bioner_core.cli.rates import add_rates
from bioner_core.connections.tool import TOOLS
from bioner_core.curves.points import RANDOM
from bioner_core.errors import BionerError
from bioner_core.study.strategies import STRATEGIES


def add_commands(commands: Commands) -> None:
    """Add ``rounds`` with its actions."""
    rounds = commands.add_parser(
        "rounds", help="annotate in rounds with your tool: send texts, fetch annotations, see when to stop"
    )
    actions = rounds.add_subparsers(metavar="ACTION", required=True)
    _add_new(actions)
    _add_change(actions)
    _add_exchange(actions)

    show = actions.add_parser("show", help="show the rounds of a project, and what to do next")
    show.add_argument("name", help="name of the project")
    add_format(show)
    show.set_defaults(call=show_project)

    listing = actions.add_parser("list", help="show all projects")
    add_format(listing)
    listing.set_defaults(call=list_projects)

    recommend = actions.add_parser(
        "recommend", help="suggest mentions to INCEpTION while people annotate, as an external recommender"
    )
    recommend.add_argument("name", help="name of the project")
    recommend.add_argument(
        "--by",
        choices=("terms", "probe"),
        default="terms",
        help="annotated terms, at once, or a probe that is trained on annotated sentences (default: terms)",
    )
    recommend.add_argument("--port", type=int, default=5000, help="port on this machine (default: 5000)")
    recommend.set_defaults(call=partial(_run, "rounds_recommend", "serve_recommender"))

    remove = actions.add_parser("remove", help="remove a project from this machine; the tool keeps its texts")
    remove.add_argument("name", help="name of the project")
    remove.add_argument("--yes", action="store_true", help="remove without a question")
    remove.set_defaults(call=remove_project)


def _run(module: str, function: str, args: argparse.Namespace) -> int | None:
    """Run an action whose module is loaded at use: it trains, or talks to servers."""
    code: int | None = getattr(import_module(f"bioner_core.cli.{module}"), function)(args)
    return code


def _add_new(actions: Commands) -> None:
    new = actions.add_parser("new", help="make a project of texts to annotate and a project in your tool")
    new.add_argument("name", help="name of the project")
    new.add_argument("texts", help="texts that could be annotated: library name, file, zip or folder")
    new.add_argument("--corpus", help="what is annotated already: library name, file, zip or folder")
    new.add_argument(
        "--sentences", action="store_true", help="send single sentences to annotators, not whole texts"
    )
    new.add_argument("--tool", required=True, choices=TOOLS, help="the annotation tool")
    new.add_argument(
        "--address",
        required=True,
        help="address of the project in the tool, as your browser shows it; of "
        "Prodigy a folder for its files",
    )
    new.add_argument(
        "--insecure", action="store_true", help="allow http to another machine: texts and token can be read"
    )
    _add_goal(new)
    new.add_argument("--domain", help="kind of text, such as UGT, EHR, abstracts")
    new.add_argument("--now", action="store_true", help="train nothing yet")
    add_language(new)
    add_reading_options(new)
    add_rates(new)
    new.set_defaults(call=partial(_run, "rounds_setup", "make_project"))


def _add_goal(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fraction", type=float, help="share of what all texts would give that is your goal, such as 0.99"
    )


def _add_change(actions: Commands) -> None:
    change = actions.add_parser("change", help="give a project another goal, or other rates")
    change.add_argument("name", help="name of the project")
    _add_goal(change)
    change.add_argument(
        "--reset",
        action="append",
        default=[],
        choices=("goal", "rates"),
        help="go back to the goal that an estimate has, or to the rates of Settings; may be repeated",
    )
    add_rates(change)
    change.set_defaults(call=partial(_run, "rounds_setup", "change_choices"))


def _add_exchange(actions: Commands) -> None:
    secret = actions.add_parser(
        "secret", help="enter the token or password for a project's tool, or forget it"
    )
    secret.add_argument("name", help="name of the project")
    secret.add_argument("--forget", action="store_true", help="delete what is kept for this server")
    secret.set_defaults(call=partial(_run, "rounds_secret", "enter_secret"))

    choose = actions.add_parser("choose", help="write the next texts to train on to a file for push --file")
    choose.add_argument("name", help="name of the project")
    _add_numbers(choose)
    _add_strategy(choose)
    choose.add_argument("--out", required=True, metavar="PATH", help="new file to write, JSON lines")
    choose.set_defaults(call=partial(_run, "rounds_choosing", "write_chosen_texts"), file=None)

    push = actions.add_parser("push", help="send the next texts to the tool; lists what leaves, and asks")
    push.add_argument("name", help="name of the project")
    _add_numbers(push)
    push.add_argument(
        "--file",
        metavar="PATH",
        help="take the texts to train on from this file, with its mentions as "
        "suggestions (default: at random)",
    )
    _add_strategy(push)
    push.add_argument("--yes", action="store_true", help="send without a question")
    push.set_defaults(call=partial(_run, "rounds_exchange", "push_texts"))

    pull = actions.add_parser("pull", help="fetch what is annotated, and estimate again")
    pull.add_argument("name", help="name of the project")
    pull.add_argument("--now", action="store_true", help="train nothing yet")
    add_format(pull)
    pull.set_defaults(call=partial(_run, "rounds_exchange", "pull_round"))


def _add_numbers(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--n", type=int, metavar="N", help="texts to train on (default: as the estimate advises)"
    )
    command.add_argument(
        "--test", type=int, metavar="N", help="texts to test on, in addition (default: as lacks at the start)"
    )


def _add_strategy(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--strategy",
        choices=(RANDOM, *STRATEGIES),
        default=RANDOM,
        help="how to choose the texts to train on (default: random)",
    )
    command.add_argument(
        "--predictions", action="store_true", help="suggest the mentions that a probe finds, to be corrected"
    )
    command.add_argument(
        "--seed", type=int, default=0, help="number that decides what is random (default: 0)"
    )


def show_project(args: argparse.Namespace) -> None:
    """Print the rounds of a project, and where it stands."""
    from bioner_core.cli.rounds_output import print_project

    print_project(args.name, args.format)


def list_projects(args: argparse.Namespace) -> None:
    """Print a row for each project."""
    from bioner_core.rounds.project_store import ProjectStore

    store, rows = ProjectStore(), list[Record]()
    for name in store.names():
        try:
            project, rounds, sent = store.load(name), store.load_rounds(name), store.load_sent(name)
        except BionerError as error:
            print(f"bioner: {error}", file=sys.stderr)
            continue
        last = rounds[-1] if rounds else None
        rows.append(
            {
                "project": name,
                "tool": project.settings.title,
                "address": project.settings.address,
                "texts_sent": len(sent),
                "rounds": sum(step.number > 0 for step in rounds),
                "annotated": last.n_train + last.n_test if last else 0,
                "last": last.at[:10] if last else None,
            }
        )
    print_records(rows, form=args.format)


def remove_project(args: argparse.Namespace) -> None:
    """Remove a project's folder, and its secret where no other project needs it."""
    from bioner_core.cli.rounds_secret import forget_unused_secret
    from bioner_core.rounds.project_store import ProjectStore

    store = ProjectStore()
    project = store.load(args.name)
    question = (
        f"Remove project {args.name}? Its texts and rounds on this machine are deleted. Its runs stay, and "
        f"so does what {project.settings.title} has."
    )
    if not args.yes and not is_agreed(question):
        print("nothing was removed")
        return
    store.delete(args.name)
    forget_unused_secret(project, store)
    print(f"removed project {args.name}")
