"""``bioner rounds recommend``: an external recommender of INCEpTION, until Ctrl-C."""

import argparse
from typing import TYPE_CHECKING

from bioner_core.connections.recommender import Recommender
from bioner_core.connections.recommender_server import HOST, open_server
from bioner_core.corpus.sentences import Corpus
from bioner_core.files import locate_cache_folder
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.rounds.recommending import TrainingPartPredictor
from bioner_core.rounds.term_predictor import TermPredictor
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.executors.slots import list_slots

if TYPE_CHECKING:
    from bioner_core.cli.rounds_probe import ProbePredictor


def serve_recommender(args: argparse.Namespace) -> None:
    """Serve suggestions for a project; nothing that is received is kept on disk."""
    store = ProjectStore()
    project = store.load(args.name)
    corpus = store.load_corpus(args.name) if store.load_rounds(args.name) else None
    probe = _open_probe(project, corpus) if args.by == "probe" else None
    terms = TermPredictor(corpus)
    predictor = TrainingPartPredictor(probe or terms, lambda: store.load_sent(args.name))
    recommender = Recommender(predictor, is_slow=probe is not None)
    if probe:
        recommender.begin(probe.begin)
    title = "a probe, and terms until it is trained" if probe else f"{terms.n_terms:,} terms"
    with open_server(recommender, args.port) as server:
        address = f"http://{HOST}:{server.server_address[1]}"
        print(f"{title}; in INCEpTION: Recommenders, External, remote URL {address}")
        print("Texts to test on get no suggestions. Suggestions stop with Ctrl-C.", flush=True)
        server.serve_forever()


def _open_probe(project: Project, corpus: Corpus | None) -> "ProbePredictor":
    """Return a probe, not trained yet."""
    from bioner_core.cli.rounds_probe import ProbePredictor
    from bioner_core.tagging.selection.trained_probe import ProbePlace

    place = ProbePlace(
        model=choose_model(None, "probe"), device=list_slots()[0].device, cache=locate_cache_folder()
    )
    return ProbePredictor(project, corpus, place)
