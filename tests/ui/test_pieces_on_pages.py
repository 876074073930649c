"""Shared word pieces on the Transfer page: counted once and only on request."""

from stored_runs import add_to_library, build_corpus, plan_run, record_outcomes
from tokenizers import Tokenizer, models, pre_tokenizers

from bioner_core.analysis import shared_pieces as pieces
from bioner_core.study import encoder_choice as encoders
from bioner_core.ui.upload.sources import rank_library


def build_tokenizer(cache):
    """Save a tokenizer that splits words at digits at the path of the packaged encoder's."""
    numbered = {piece: n for n, piece in enumerate(["[UNK]", "It", "helps", "against", "ache"])}
    tokenizer = Tokenizer(models.WordLevel(numbered, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False)]
    )
    folder = cache / "packaged" / f"{encoders.PACKAGED}-{encoders.PACKAGED_REVISION}"
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))


def test_word_pieces_of_a_user_s_run_are_counted_when_their_section_is_opened(
    open_page, read_page, tmp_path, monkeypatch
):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    build_tokenizer(tmp_path)
    record_outcomes(plan_run(sources=[build_corpus("other", n=80)]))
    app = open_page("transfer", run="first", entity="Drug")
    read_page(app)
    assert "Word pieces that entities share, and zero-shot F1" in [e.label for e in app.expander]
    assert not [frame for frame in app.dataframe if "Pieces of" in frame.value.columns]
    app.session_state["overlap of run"] = True
    assert f"Tokenizer: {encoders.PACKAGED}." in read_page(app.run()).replace("\\", "")
    [table] = [frame.value for frame in app.dataframe if "Pieces of" in frame.value.columns]
    rows = table.astype(str).to_numpy().tolist()
    assert rows == [
        [both, kind, "2", "100 % of 2", "100 % of 2", "100 %", "100 %"]
        for both, kind in (("reviews and other", "Disease"), ("reviews and other", "Drug"))
    ] + [["reviews and other", "all text", "5", "100 % of 5", "100 % of 5", "100 %", "100 %"]]


def test_a_missing_tokenizer_is_explained(open_page, read_page, tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    record_outcomes(plan_run(sources=[build_corpus("other")]))
    app = open_page("transfer", run="first", entity="Drug")
    app.session_state["overlap of run"] = True
    assert "there is no tokenizer.json" in read_page(app.run()).replace("\\", "")


def test_sources_are_ranked_with_shared_pieces_if_a_tokenizer_is_available(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    target, _ = add_to_library("reviews", "other")
    add_to_library("made up", is_synthetic=True)
    run = plan_run(target=target)
    assert [ranking.source for ranking in rank_library(run, target)] == ["other"]
    assert rank_library(run, target)[0].why.endswith("same domain (UGT); 200 sentences")
    build_tokenizer(tmp_path)
    assert "knows 100 % of the entities' word pieces" in rank_library(run, target)[0].why


def test_pieces_of_a_corpus_are_cached_and_old_entries_evicted(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    build_tokenizer(tmp_path)
    monkeypatch.setattr(pieces, "MAX_CACHED", 2)
    pieces._pieces_cache.clear()
    _, path = pieces.choose_tokenizer("nobody/nothing")
    first, second, third = (build_corpus(name, n=n) for name, n in (("a", 20), ("b", 40), ("c", 60)))
    assert pieces.count_corpus_pieces(first, path).text is pieces.count_corpus_pieces(first, path).text
    for other in (second, third):
        pieces.count_corpus_pieces(other, path)
    assert [digest for digest, _ in pieces._pieces_cache] == [second.digest, third.digest]
