"""Small files of word vectors in every supported format."""

import gzip

import numpy as np
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import save_facebook_model

WORDS = ("the", "patient", "took", "aspirin", "headache", "боли")


def build_keyed_vectors(words=WORDS, n_dimensions=8, *, seed=0):
    """Return random vectors of words."""
    vectors = KeyedVectors(n_dimensions)
    numbers = np.random.default_rng(seed).normal(size=(len(words), n_dimensions))
    vectors.add_vectors(list(words), numbers.astype(np.float32))
    return vectors


def save_vectors(folder, form, words=WORDS, *, seed=0):
    """Write random vectors in a format and return the path."""
    if form == "fastText binary":
        path = folder / "vectors.bin"
        model = FastText([list(words)] * 20, vector_size=8, min_count=1, bucket=50, workers=1, seed=1)
        save_facebook_model(model, str(path))
        return path
    path = folder / ("vectors.vec" if form == "word2vec text" else "vectors.w2v")
    build_keyed_vectors(words, seed=seed).save_word2vec_format(str(path), binary=form == "word2vec binary")
    return path


def gzip_file(path):
    """Write a gzip copy of a file and return its path."""
    copy = path.with_name(path.name + ".gz")
    copy.write_bytes(gzip.compress(path.read_bytes()))
    return copy
