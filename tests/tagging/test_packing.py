"""Packed windows give the loss and gradients of padded batches."""

from math import ceil

import pytest
import torch
from tiny_taggers import (
    assert_same,
    build_tiny_examples,
    build_tiny_tagger,
    copy_gradients,
    draw_sentences,
    load_tiny_encoder,
)

from bioner_core.tagging.finetuning.batches import fill_rows, list_windows, pack_windows, pad_windows
from bioner_core.tagging.finetuning.packing import LAYOUT, build_layout, find_first_position, use_layout
from bioner_core.tagging.finetuning.train import _iterate_micro_batches


def compute_padded_and_packed(tagger, rows, multiple=1):
    """Return loss and gradients, first of padded and then of packed windows."""
    n_words = sum(len(window.word_indices) for _, window in rows)
    gradients_of = []
    ways = (
        pad_windows(rows, pad_id=tagger.pad_id, device=tagger.device),
        pack_windows(rows, first_position=find_first_position(tagger.encoder), multiple=multiple),
    )
    for batch in ways:
        tagger.zero_grad()
        with tagger.autocast():
            loss = tagger.loss(batch, n_words=n_words)
            loss.backward()
        gradients_of.append((loss.item(), copy_gradients(tagger)))
    return gradients_of


@pytest.mark.parametrize("multiple", [1, 64])
@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "electra"])
def test_packed_windows_give_the_loss_and_gradients_of_padded_windows(kind, multiple, tmp_path):
    encoder = load_tiny_encoder(tmp_path, kind)
    sentences = draw_sentences(16, most=40)  # of one word and of several windows
    rows = list_windows(build_tiny_examples(sentences, encoder, max_pieces=60))
    assert len(rows) > 16
    (loss, expected), (packed_loss, packed) = compute_padded_and_packed(
        build_tiny_tagger(encoder), rows, multiple
    )
    assert packed_loss == pytest.approx(loss, abs=1e-6)
    assert_same(packed, expected, within=1e-6)


def test_packed_and_padded_gradients_are_close_in_bfloat16(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    rows = list_windows(build_tiny_examples(draw_sentences(16), encoder))
    (loss, expected), (packed_loss, packed) = compute_padded_and_packed(
        build_tiny_tagger(encoder, dtype="bfloat16"), rows
    )
    assert packed_loss == pytest.approx(loss, abs=0.01)
    assert_same(packed, expected, within=0.02)


def test_rows_in_bfloat16_have_few_lengths(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    windows = list_windows(build_tiny_examples(draw_sentences(16), encoder))
    lengths = {}
    for dtype in ("float32", "bfloat16"):
        tagger = build_tiny_tagger(encoder, dtype=dtype)
        (batch,) = _iterate_micro_batches(tagger, windows, 4096)
        lengths[dtype] = batch.input_ids.shape[1]
        assert batch.position_ids.shape == batch.attention_mask.shape == batch.input_ids.shape
    n_pieces = sum(len(window.input_ids) for _, window in windows)
    assert lengths == {"float32": n_pieces, "bfloat16": 32 * ceil(n_pieces / 32)}
    assert n_pieces % 32


def test_packed_windows_do_not_attend_to_each_other(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    rows = list_windows(build_tiny_examples(draw_sentences(8), encoder))
    others = list_windows(build_tiny_examples(draw_sentences(8, seed=1), encoder))
    tagger = build_tiny_tagger(encoder).eval()
    n = sum(len(window.word_indices) for _, window in rows)
    with torch.inference_mode():
        alone = tagger(pack_windows(rows, first_position=0))
        beside = tagger(pack_windows([*rows, *others], first_position=0))
    torch.testing.assert_close(beside[:n], alone, atol=1e-6, rtol=0)


def test_position_ids_start_at_the_first_position_of_the_family(tmp_path):
    assert find_first_position(build_tiny_tagger(load_tiny_encoder(tmp_path, "bert")).encoder) == 0
    assert find_first_position(build_tiny_tagger(load_tiny_encoder(tmp_path, "xlm-roberta")).encoder) == 2


def test_the_packing_layout_is_reset_even_after_an_error():
    with pytest.raises(RuntimeError), use_layout(build_layout([2])):
        raise RuntimeError
    assert LAYOUT.get() is None


def test_rows_hold_each_window_once_within_the_budget():
    lengths = [7, 300, 12, 12, 90, 3, 45]
    groups = fill_rows(lengths, max_batch_pieces=100)
    assert sorted(place for group in groups for place in group) == list(range(7))
    assert groups[0] == [1]  # longer than the budget: alone
    assert all(sum(lengths[p] for p in group) <= 100 for group in groups[1:])
