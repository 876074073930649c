"""``bioner rounds push`` and ``pull``: texts go out after a question, annotations are a round."""

import argparse
import sys

from bioner_core.answers.round_steps import choose_next_batch, fetch_round, open_round_run
from bioner_core.answers.wording.rounds import (
    describe_parcel,
    describe_settled_push,
    describe_strange_texts,
    describe_unfinished_push,
)
from bioner_core.cli.corpus_argument import print_findings
from bioner_core.cli.output import is_agreed
from bioner_core.cli.rounds_choosing import build_chooser
from bioner_core.cli.rounds_output import print_project
from bioner_core.cli.rounds_secret import open_connection
from bioner_core.cli.runs import train_or_follow
from bioner_core.connections.tool import Connection
from bioner_core.corpus.sentences import Corpus
from bioner_core.rounds.batch import Batch
from bioner_core.rounds.exchange import drop_rest, pack_parcel, send_parcel, settle_push
from bioner_core.rounds.outbox import Outbox
from bioner_core.rounds.project import Project, Round
from bioner_core.rounds.project_store import ProjectStore


def push_texts(args: argparse.Namespace) -> None:
    """List what would leave; send it where the user agrees."""
    store = ProjectStore()
    project = store.load(args.name)
    choose = build_chooser(args, project, store)
    with store.hold(args.name):
        if Outbox(store, args.name).load():
            _finish_push(project, store, is_agreed_to=args.yes)
            return
        batch = choose_next_batch(
            project,
            store,
            n=args.n,
            n_test=args.test,
            seed=args.seed,
            choose=choose,
            chosen_by="file" if args.file else args.strategy,
        )
        connection = open_connection(project.settings, is_asking=True)
        _send_batch(batch, project, connection, store, is_agreed_to=args.yes)


def _finish_push(project: Project, store: ProjectStore, *, is_agreed_to: bool) -> None:
    """Look up what the tool has of a push that broke off, and send what it lacks."""
    connection = open_connection(project.settings, is_asking=True)
    push = settle_push(project, connection, store)
    if push is None:
        return
    print(describe_settled_push(push, project.settings.title))
    if push.rest.texts and not _send_batch(push.rest, project, connection, store, is_agreed_to=is_agreed_to):
        drop_rest(project, store)


def _send_batch(
    batch: Batch, project: Project, connection: Connection, store: ProjectStore, *, is_agreed_to: bool
) -> bool:
    """List what would leave; send it where the user agrees. Say whether it was sent."""
    parcel = pack_parcel(batch, project, connection, start=store.load_start(project.name))
    print(describe_parcel(parcel))
    if not is_agreed_to and not is_agreed("Send them?"):
        print("nothing was sent")
        return False
    n_done = 0
    for n_done in send_parcel(parcel, project, connection, store):
        print(f"{n_done:,} of {len(batch.texts):,} texts", file=sys.stderr)
    print(f"{project.settings.title} has {n_done:,} more texts. Next: bioner rounds pull {project.name!r}")
    return True


def pull_round(args: argparse.Namespace) -> int:
    """Fetch all that is annotated; where it has changed, keep it as a round and train its probe."""
    store = ProjectStore()
    project = store.load(args.name)
    with store.hold(args.name):
        connection = open_connection(project.settings, is_asking=True)
        fetched = fetch_round(project, connection, store)
    print_findings(fetched.merged.findings)
    if n := fetched.merged.n_strange:
        print(f"note: {describe_strange_texts(n)}", file=sys.stderr)
    if push := Outbox(store, args.name).load():
        print(
            f"note: {describe_unfinished_push(len(push.batch.texts), project.settings.title)}",
            file=sys.stderr,
        )
    if not fetched.is_new:
        print(f"nothing is new since round {fetched.step.number}", file=sys.stderr)
    code = 0 if args.now else train_round(args.name, fetched.step, fetched.merged.corpus, store)
    if not code:
        print_project(args.name, args.format)
    return code


def train_round(name: str, step: Round, corpus: Corpus, store: ProjectStore) -> int:
    """Train the probe of a round; return the exit code of the training."""
    return train_or_follow(open_round_run(name, step, corpus, store))
