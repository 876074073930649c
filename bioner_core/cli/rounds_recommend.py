"""``bioner rounds recommend``: an external recommender of INCEpTION, until Ctrl-C."""

import argparse

from bioner_core.connections.recommender import Recommender
from bioner_core.connections.recommender_server import HOST, open_server
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.rounds.term_predictor import TermPredictor


def serve_recommender(args: argparse.Namespace) -> None:
    """Serve the terms of a project's corpus; nothing that is received is kept on disk."""
    store = ProjectStore()
    corpus = store.load_corpus(args.name) if store.load_rounds(args.name) else None
    predictor = TermPredictor(corpus)
    with open_server(Recommender(predictor), args.port) as server:
        address = f"http://{HOST}:{server.server_address[1]}"
        print(f"{predictor.n_terms:,} terms; in INCEpTION: Recommenders, External, remote URL {address}")
        print("Suggestions stop with Ctrl-C.", flush=True)
        server.serve_forever()
