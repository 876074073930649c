"""Small files of word vectors in each format that is read, the fastText one trained on the spot."""

import gzip

import numpy as np
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import save_facebook_model

WORDS = ("the", "patient", "took", "aspirin", "headache", "боли")


def keyed(words=WORDS, n_dimensions=8, *, seed=0):
    """Random vectors of some words."""
    vectors = KeyedVectors(n_dimensions)
    numbers = np.random.default_rng(seed).normal(size=(len(words), n_dimensions))
    vectors.add_vectors(list(words), numbers.astype(np.float32))
    return vectors


def save(folder, form, words=WORDS, *, seed=0):
    """Write vectors in a form and return the path."""
    if form == "fastText binary":
        path = folder / "vectors.bin"
        model = FastText([list(words)] * 20, vector_size=8, min_count=1, bucket=50, workers=1, seed=1)
        save_facebook_model(model, str(path))
        return path
    path = folder / ("vectors.vec" if form == "word2vec text" else "vectors.w2v")
    keyed(words, seed=seed).save_word2vec_format(str(path), binary=form == "word2vec binary")
    return path


def zipped(path):
    """Return a copy of a file as gzip writes it."""
    copy = path.with_name(path.name + ".gz")
    copy.write_bytes(gzip.compress(path.read_bytes()))
    return copy
