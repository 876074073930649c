"""Windows in one row give the loss and the gradients of padded batches; encoders that cannot are padded."""

import pytest
import torch
from tiny_taggers import assert_same, encoder_of, examples_of, gradients, sentences, tagger_of

from bioner_core.tagging.finetuning.batches import collate, packed, row_fulls, rows_of
from bioner_core.tagging.finetuning.packing import LAYOUT, first_position, laid_out, layout_of


def padded_and_packed(tagger, rows):
    """Return loss and gradients of both ways."""
    n_words = sum(len(window.words) for _, window in rows)
    found = []
    ways = (
        collate(rows, pad=tagger.pad, device=tagger.device),
        packed(rows, first=first_position(tagger.encoder)),
    )
    for batch in ways:
        tagger.zero_grad()
        with tagger.autocast():
            loss = tagger.loss(batch, n_words=n_words)
            loss.backward()
        found.append((loss.item(), gradients(tagger)))
    return found


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "electra"])
def test_a_row_gives_the_loss_and_gradients_of_padded_windows(kind, tmp_path):
    encoder = encoder_of(tmp_path, kind)
    made = sentences(16, most=40)  # of one word and of several windows
    rows = rows_of(examples_of(made, encoder, max_pieces=60))
    assert len(rows) > 16
    (loss, theirs), (ours_loss, ours) = padded_and_packed(tagger_of(encoder), rows)
    assert ours_loss == pytest.approx(loss, abs=1e-6)
    assert_same(ours, theirs, within=1e-6)


def test_in_bfloat16_they_are_near(tmp_path):
    encoder = encoder_of(tmp_path)
    rows = rows_of(examples_of(sentences(16), encoder))
    (loss, theirs), (ours_loss, ours) = padded_and_packed(tagger_of(encoder, dtype="bfloat16"), rows)
    assert ours_loss == pytest.approx(loss, abs=0.01)
    assert_same(ours, theirs, within=0.02)


def test_no_window_sees_another(tmp_path):
    encoder = encoder_of(tmp_path)
    rows = rows_of(examples_of(sentences(8), encoder))
    others = rows_of(examples_of(sentences(8, seed=1), encoder))
    tagger = tagger_of(encoder).eval()
    n = sum(len(window.words) for _, window in rows)
    with torch.inference_mode():
        alone = tagger(packed(rows, first=0))
        beside = tagger(packed([*rows, *others], first=0))
    torch.testing.assert_close(beside[:n], alone, atol=1e-6, rtol=0)


def test_positions_are_counted_from_where_the_family_begins(tmp_path):
    assert first_position(tagger_of(encoder_of(tmp_path, "bert")).encoder) == 0
    assert first_position(tagger_of(encoder_of(tmp_path, "xlm-roberta")).encoder) == 2


def test_the_layout_is_forgotten_even_after_an_error():
    with pytest.raises(RuntimeError), laid_out(layout_of([2])):
        raise RuntimeError
    assert LAYOUT.get() is None


def test_rows_hold_each_window_once_within_the_budget():
    lengths = [7, 300, 12, 12, 90, 3, 45]
    groups = row_fulls(lengths, budget=100)
    assert sorted(place for group in groups for place in group) == list(range(7))
    assert groups[0] == [1]  # longer than the budget: alone
    assert all(sum(lengths[p] for p in group) <= 100 for group in groups[1:])
