"""Tokenizers split words as in pretraining, from every kind of published files."""

import io
import json

import huggingface_hub
import pytest
import sentencepiece
import transformers as hf
from tiny_encoders import BYTES, TEXT, WORD_PIECES, list_letter_pieces, save_tiny, train_byte_pieces
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers.utils import import_utils

from bioner_core.cli.corpus_overlap import find_tokenizer
from bioner_core.corpus import word_pieces as counted
from bioner_core.errors import BionerError
from bioner_core.tagging.encoders.encoder import load_encoder
from bioner_core.tagging.encoders.tokenizer import load_tokenizer
from bioner_core.tagging.encoders.windows import encode_sentences

FAST = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def save_slow_tokenizer(kind, folder, **files):
    """Leave only the files of a slow tokenizer in a checkpoint's folder."""
    save_tiny(kind, folder)
    for name in FAST:
        (folder / name).unlink(missing_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder


def load_tokenizer_of(folder):
    return load_tokenizer(str(folder), str(folder))


def split_words(tokenizer, *words):
    (windows,) = encode_sentences([words], tokenizer, max_pieces=64)
    return [
        tokenizer.convert_ids_to_tokens(windows[0].input_ids[first:end].tolist())
        for first, end in zip(windows[0].first_pieces, windows[0].piece_ends, strict=True)
    ]


def save_cased_vocabulary(folder, **config):
    """Save a cased vocabulary as published for BioBERT: vocab.txt without a lower-case setting."""
    save_slow_tokenizer("bert", folder, vocab_txt="\n".join(list_letter_pieces(cased=True)) + "\n")
    if config:
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return load_tokenizer_of(folder)


def test_a_cased_vocabulary_keeps_capitals_without_a_lower_case_setting(tmp_path):
    tokenizer = save_cased_vocabulary(tmp_path)
    assert split_words(tokenizer, "The", "Пациент")[0] == ["T", "##h", "##e"]
    assert tokenizer.get_vocab()["T"] != tokenizer.get_vocab()["t"]


def test_the_lower_case_setting_of_the_tokenizer_is_followed(tmp_path):
    assert split_words(save_cased_vocabulary(tmp_path, do_lower_case=True), "The") == [["t", "##h", "##e"]]
    assert split_words(save_cased_vocabulary(tmp_path, do_lower_case=False), "The") == [["T", "##h", "##e"]]


def test_words_are_lower_cased_for_an_uncased_vocabulary(tmp_path):
    tokenizer = load_tokenizer_of(
        save_slow_tokenizer("bert", tmp_path, vocab_txt="\n".join(list_letter_pieces()) + "\n")
    )
    assert split_words(tokenizer, "The") == [["t", "##h", "##e"]]


def test_a_missing_unknown_piece_is_added_to_the_vocabulary(tmp_path):
    vocabulary = [piece for piece in list_letter_pieces() if piece not in ("[UNK]", "[MASK]")]
    folder = save_slow_tokenizer("bert", tmp_path, vocab_txt="\n".join(vocabulary) + "\n")
    hf.BertModel(hf.BertConfig.from_pretrained(folder, vocab_size=len(vocabulary))).save_pretrained(folder)
    encoder = load_encoder(str(folder), "", cache=tmp_path)
    assert split_words(encoder.tokenizer, "took", "🙂") == [["t", "##o", "##o", "##k"], ["[UNK]"]]
    rows = encoder.model.get_input_embeddings().weight
    assert len(rows) > len(vocabulary)
    assert rows[-1].allclose(rows[: len(vocabulary)].mean(0), atol=1e-6)


def test_words_of_byte_level_tokenizers_start_with_a_blank_in_every_family(tmp_path):
    for kind in ("roberta", "modernbert"):
        tokenizer = load_tokenizer_of(save_tiny(kind, tmp_path / kind))
        assert split_words(tokenizer, "aspirin", "aspirin")[0][0] == "Ġa"
        assert split_words(tokenizer, "aspirin", "aspirin")[1][0] == "Ġa"


def test_a_byte_level_tokenizer_with_word_splitting_adds_a_single_blank_per_word(tmp_path):
    folder = save_tiny("modernbert", tmp_path)
    whole = json.loads((folder / "tokenizer.json").read_text())
    split = {"type": "Split", "pattern": {"String": "-"}, "behavior": "Isolated", "invert": False}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    whole["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [split, level]}
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    (pieces_of_word,) = split_words(load_tokenizer_of(folder), "a-a")
    assert pieces_of_word == ["Ġa", "-", "a"]


def test_vocab_json_with_merges_becomes_a_fast_tokenizer(tmp_path):
    fast = load_tokenizer_of(save_tiny("roberta", tmp_path / "fast"))
    slow = load_tokenizer_of(save_slow_tokenizer("roberta", tmp_path / "slow"))
    assert split_words(slow, *TEXT[1].split()) == split_words(fast, *TEXT[1].split())


SPECIALS = {
    "xlm-roberta": ("sentencepiece.bpe.model", {}),
    "deberta-v3": (
        "spm.model",
        {f"{n}_piece": p for n, p in (("pad", "[PAD]"), ("bos", "[CLS]"), ("eos", "[SEP]"), ("unk", "[UNK]"))}
        | {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3},
    ),
}


@pytest.mark.parametrize("kind", SPECIALS)
def test_a_sentencepiece_model_becomes_a_fast_tokenizer(kind, tmp_path):
    name, specials = SPECIALS[kind]
    content = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT * 50),
        model_writer=content,
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
        **specials,
    )
    folder = save_slow_tokenizer(kind, tmp_path)
    (folder / name).write_bytes(content.getvalue())
    reference = sentencepiece.SentencePieceProcessor(model_proto=content.getvalue())
    words = TEXT[1].split()
    assert split_words(load_tokenizer_of(folder), *words) == [
        reference.encode(word, out_type=str) for word in words
    ]


def test_a_missing_sentencepiece_library_is_reported_with_its_install_command(tmp_path, monkeypatch):
    monkeypatch.setattr(import_utils, "is_sentencepiece_available", lambda: False)
    monkeypatch.setitem(import_utils.BACKENDS_MAPPING, "sentencepiece", (lambda: False, "sentencepiece"))
    folder = save_slow_tokenizer("xlm-roberta", tmp_path)
    (folder / "sentencepiece.bpe.model").write_bytes(b"\x0a\x02")
    with pytest.raises(BionerError, match="which takes `pip install sentencepiece` to read"):
        load_encoder(str(folder), "", cache=tmp_path)


def test_a_folder_without_a_vocabulary_is_refused(tmp_path):
    with pytest.raises(BionerError) as error:
        load_tokenizer_of(save_slow_tokenizer("bert", tmp_path))
    assert str(error.value) == (
        f"encoder {tmp_path}: its tokenizer has no vocabulary, so every word would be unknown. The folder "
        "needs tokenizer.json, or vocab.txt, vocab.json with merges.txt, or a SentencePiece .model."
    )


@pytest.mark.parametrize("text", TEXT)
def test_a_vocabulary_without_specials_and_unknown_piece_still_scores_every_word(text, tmp_path):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator([text], trainers.BpeTrainer(vocab_size=60))  # the Russian one has no "a"
    hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(tmp_path)
    hf.BertConfig().save_pretrained(tmp_path)
    assert [
        len(pieces_of_word) > 0
        for pieces_of_word in split_words(load_tokenizer_of(tmp_path), "\u200b", "🙂", *text.split())
    ] == [True] * (2 + len(text.split()))


@pytest.fixture
def isolated_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def list_counted_pieces(word, path):
    tokenizer = counted.load_tokenizer(path)
    pieces_of_word = counted.count_word_pieces([word], tokenizer)
    return sorted(tokenizer.id_to_token(piece) for piece in pieces_of_word.elements())


def find_pieces_in_text(word, text, tokenizer):
    """Return the pieces of a word within running text."""
    start = text.index(word)
    encoded = tokenizer.encode(text, add_special_tokens=False)
    pieces_of_word = zip(encoded.tokens, encoded.offsets, strict=True)
    return sorted(
        piece for piece, (first, end) in pieces_of_word if first < start + len(word) and end > start
    )


BYTE_LEVEL = {"roberta": BYTES, "modernbert": WORD_PIECES}  # family → special pieces


@pytest.mark.parametrize("kind", BYTE_LEVEL)
def test_a_word_counted_alone_has_the_byte_level_pieces_it_has_in_running_text(
    kind, tmp_path, isolated_cache
):
    folder = save_tiny(kind, tmp_path / kind)
    published = train_byte_pieces(BYTE_LEVEL[kind])  # as learnt, without a blank of its own
    expected = find_pieces_in_text("aspirin", TEXT[1], published)
    assert expected[-1].startswith("Ġ")
    assert list_counted_pieces("aspirin", find_tokenizer(str(folder))) == expected
    assert list_counted_pieces("aspirin", folder / "tokenizer.json") == expected  # as pages read it


def test_the_pieces_of_a_vocabulary_alone_are_counted_with_capitals_as_in_training(tmp_path, isolated_cache):
    folder = save_slow_tokenizer(
        "bert", tmp_path / "cased", vocab_txt="\n".join(list_letter_pieces(cased=True)) + "\n"
    )
    path = find_tokenizer(str(folder))
    assert path.is_relative_to(isolated_cache)
    for word in ("aspirin", "The"):
        expected = find_pieces_in_text(word, TEXT[1], load_tokenizer_of(folder).backend_tokenizer)
        assert (
            list_counted_pieces(word, path)
            == expected
            == sorted(split_words(load_tokenizer_of(folder), word)[0])
        )


def test_vocab_json_with_merges_is_counted_like_its_tokenizer_json(tmp_path, isolated_cache):
    slow, fast = save_slow_tokenizer("roberta", tmp_path / "slow"), save_tiny("roberta", tmp_path / "fast")
    assert list_counted_pieces("aspirin", find_tokenizer(str(slow))) == list_counted_pieces(
        "aspirin", find_tokenizer(str(fast))
    )


def test_the_tokenizer_is_converted_once_and_again_after_the_folder_changes(tmp_path, isolated_cache):
    folder = save_tiny("modernbert", tmp_path / "encoder")
    path = find_tokenizer(str(folder))
    at = path.stat().st_mtime_ns
    assert find_tokenizer(str(folder)) == path
    assert path.stat().st_mtime_ns == at
    save_tiny("modernbert", folder, seed=1)
    assert find_tokenizer(str(folder)) != path


def test_pieces_of_a_cached_hub_model_are_counted_offline(tmp_path, isolated_cache, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    model, commit = tmp_path / "hub/models--us--encoder", "0123456789abcdef0123456789abcdef01234567"
    (model / "refs").mkdir(parents=True)
    (model / "refs/main").write_text(commit)
    folder = save_slow_tokenizer(
        "bert", model / "snapshots" / commit, vocab_txt="\n".join(list_letter_pieces()) + "\n"
    )
    path = find_tokenizer("us/encoder")
    assert path == isolated_cache / f"tokenizers/encoder-{commit}/tokenizer.json"
    assert list_counted_pieces("aspirin", path) == sorted(
        split_words(load_tokenizer_of(folder), "aspirin")[0]
    )


def test_a_tokenizer_json_without_an_encoder_is_used_directly(tmp_path, isolated_cache):
    folder = save_tiny("modernbert", tmp_path / "encoder")
    (folder / "config.json").unlink()
    assert find_tokenizer(str(folder)) == folder / "tokenizer.json"


def test_the_error_for_an_unreadable_tokenizer_lists_the_needed_files(tmp_path, isolated_cache):
    folder = save_tiny("bert", tmp_path / "encoder")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(BionerError) as error:
        find_tokenizer(str(folder))
    assert str(error.value).startswith(f"encoder {folder}: its tokenizer cannot be loaded (")
    assert str(error.value).endswith(
        f"). Its folder {folder} needs tokenizer.json, or vocab.txt, vocab.json with merges.txt, or a "
        "SentencePiece .model."
    )
