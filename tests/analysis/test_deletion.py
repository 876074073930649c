"""A deleted corpus leaves nothing behind: no features, no sentences in memory."""

import fake_runner
import pytest

from bioner_core.analysis.examples import select_examples
from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.files import locate_cache_folder, write_digest
from bioner_core.study.store import RunStore

CHOICE = {"target": "target", "source": "source", "entity": "Drug", "kind": "missed"}


@pytest.fixture
def features(tmp_path, monkeypatch):
    """Return files of features: of the corpus that is deleted, and of another one."""
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    folder = locate_cache_folder() / "features"
    folder.mkdir(parents=True)
    paths = [folder / f"{fake_runner.CORPORA[name].digest}-0.npy" for name in ("target", "source")]
    for path in paths:
        path.write_bytes(b"features")
        write_digest(path)
    return paths


def test_features_are_deleted_with_their_corpus(features):
    library = Library()
    library.add(fake_runner.CORPORA["target"])
    library.delete("target")
    (left, digest) = sorted(features[0].parent.iterdir(), reverse=True)
    assert left == features[1]
    assert features[1].name in digest.name


def test_sentences_of_deleted_copies_are_no_longer_shown(features):
    run = RunStore().create(fake_runner.build_study(seeds=(0,)), fake_runner.CORPORA)
    with run.lock() as writer:
        for job in run.study.jobs:
            writer.append_result(fake_runner.build_result(job))
    assert select_examples(run, **CHOICE)
    RunStore().delete_copies("target")
    assert [path for path in features if path.exists()] == [features[1]]
    with pytest.raises(BionerError, match="its copy of corpus target is missing"):
        select_examples(run, **CHOICE)
