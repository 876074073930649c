"""A tokenizer cuts words as its encoder was pretrained, however its files were published."""

import io
import json

import huggingface_hub
import pytest
import sentencepiece
import transformers as hf
from tiny_encoders import BYTES, TEXT, WORD_PIECES, byte_pieces, letters, save_tiny
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers.utils import import_utils

from bioner_core.cli.corpus_overlap import find_tokenizer
from bioner_core.corpus import word_pieces as counted
from bioner_core.errors import BionerError
from bioner_core.tagging.encoders.encoder import load_encoder
from bioner_core.tagging.encoders.tokenizer import load_tokenizer
from bioner_core.tagging.encoders.windows import encode_sentences

FAST = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def slow_only(kind, folder, **files):
    """Leave only the files of a slow tokenizer in a checkpoint's folder."""
    save_tiny(kind, folder)
    for name in FAST:
        (folder / name).unlink(missing_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder


def load(folder):
    return load_tokenizer(str(folder), str(folder))


def pieces(tokenizer, *words):
    (windows,) = encode_sentences([words], tokenizer, max_pieces=64)
    return [
        tokenizer.convert_ids_to_tokens(windows[0].input_ids[first:end].tolist())
        for first, end in zip(windows[0].first_pieces, windows[0].piece_ends, strict=True)
    ]


def cased(folder, **config):
    """Save a cased vocabulary as BioBERT's is published: vocab.txt, without a word about case."""
    slow_only("bert", folder, vocab_txt="\n".join(letters(cased=True)) + "\n")
    if config:
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return load(folder)


def test_a_cased_vocabulary_keeps_capitals_where_nobody_said_that_they_go(tmp_path):
    tokenizer = cased(tmp_path)
    assert pieces(tokenizer, "The", "Пациент")[0] == ["T", "##h", "##e"]
    assert tokenizer.get_vocab()["T"] != tokenizer.get_vocab()["t"]


def test_what_the_tokenizer_says_of_case_is_done(tmp_path):
    assert pieces(cased(tmp_path, do_lower_case=True), "The") == [["t", "##h", "##e"]]
    assert pieces(cased(tmp_path, do_lower_case=False), "The") == [["T", "##h", "##e"]]


def test_an_uncased_vocabulary_gets_small_letters(tmp_path):
    tokenizer = load(slow_only("bert", tmp_path, vocab_txt="\n".join(letters()) + "\n"))
    assert pieces(tokenizer, "The") == [["t", "##h", "##e"]]


def test_a_vocabulary_without_the_unknown_piece_gets_it(tmp_path):
    vocabulary = [piece for piece in letters() if piece not in ("[UNK]", "[MASK]")]
    folder = slow_only("bert", tmp_path, vocab_txt="\n".join(vocabulary) + "\n")
    hf.BertModel(hf.BertConfig.from_pretrained(folder, vocab_size=len(vocabulary))).save_pretrained(folder)
    encoder = load_encoder(str(folder), "", cache=tmp_path)
    assert pieces(encoder.tokenizer, "took", "🙂") == [["t", "##o", "##o", "##k"], ["[UNK]"]]
    rows = encoder.model.get_input_embeddings().weight
    assert len(rows) > len(vocabulary)
    assert rows[-1].allclose(rows[: len(vocabulary)].mean(0), atol=1e-6)


def test_words_of_a_byte_level_tokenizer_start_with_a_blank_in_every_family(tmp_path):
    for kind in ("roberta", "modernbert"):
        tokenizer = load(save_tiny(kind, tmp_path / kind))
        assert pieces(tokenizer, "aspirin", "aspirin")[0][0] == "Ġa"
        assert pieces(tokenizer, "aspirin", "aspirin")[1][0] == "Ġa"


def test_a_byte_level_tokenizer_that_first_splits_words_gets_one_blank_a_word(tmp_path):
    folder = save_tiny("modernbert", tmp_path)
    whole = json.loads((folder / "tokenizer.json").read_text())
    split = {"type": "Split", "pattern": {"String": "-"}, "behavior": "Isolated", "invert": False}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    whole["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [split, level]}
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    (pieces_of_word,) = pieces(load(folder), "a-a")
    assert pieces_of_word == ["Ġa", "-", "a"]


def test_vocab_json_with_merges_becomes_a_fast_tokenizer(tmp_path):
    fast = load(save_tiny("roberta", tmp_path / "fast"))
    slow = load(slow_only("roberta", tmp_path / "slow"))
    assert pieces(slow, *TEXT[1].split()) == pieces(fast, *TEXT[1].split())


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
    folder = slow_only(kind, tmp_path)
    (folder / name).write_bytes(content.getvalue())
    reference = sentencepiece.SentencePieceProcessor(model_proto=content.getvalue())
    words = TEXT[1].split()
    assert pieces(load(folder), *words) == [reference.encode(word, out_type=str) for word in words]


def test_a_sentencepiece_model_without_its_reader_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(import_utils, "is_sentencepiece_available", lambda: False)
    monkeypatch.setitem(import_utils.BACKENDS_MAPPING, "sentencepiece", (lambda: False, "sentencepiece"))
    folder = slow_only("xlm-roberta", tmp_path)
    (folder / "sentencepiece.bpe.model").write_bytes(b"\x0a\x02")
    with pytest.raises(BionerError, match="which takes `pip install sentencepiece` to read"):
        load_encoder(str(folder), "", cache=tmp_path)


def test_a_folder_without_a_vocabulary_is_refused(tmp_path):
    with pytest.raises(BionerError) as error:
        load(slow_only("bert", tmp_path))
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
        len(pieces_of_word) > 0 for pieces_of_word in pieces(load(tmp_path), "\u200b", "🙂", *text.split())
    ] == [True] * (2 + len(text.split()))


@pytest.fixture
def isolated_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def counted_pieces(word, path):
    tokenizer = counted.load_tokenizer(path)
    pieces_of_word = counted.count_word_pieces([word], tokenizer)
    return sorted(tokenizer.id_to_token(piece) for piece in pieces_of_word.elements())


def pieces_in_text(word, text, tokenizer):
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
    published = byte_pieces(BYTE_LEVEL[kind])  # as learnt, without a blank of its own
    wanted = pieces_in_text("aspirin", TEXT[1], published)
    assert wanted[-1].startswith("Ġ")
    assert counted_pieces("aspirin", find_tokenizer(str(folder))) == wanted
    assert counted_pieces("aspirin", folder / "tokenizer.json") == wanted  # as pages read it


def test_the_pieces_of_a_vocabulary_alone_are_counted_with_capitals_as_in_training(tmp_path, isolated_cache):
    folder = slow_only("bert", tmp_path / "cased", vocab_txt="\n".join(letters(cased=True)) + "\n")
    path = find_tokenizer(str(folder))
    assert path.is_relative_to(isolated_cache)
    for word in ("aspirin", "The"):
        wanted = pieces_in_text(word, TEXT[1], load(folder).backend_tokenizer)
        assert counted_pieces(word, path) == wanted == sorted(pieces(load(folder), word)[0])


def test_vocab_json_with_merges_is_counted_as_its_tokenizer_json_is(tmp_path, isolated_cache):
    slow, fast = slow_only("roberta", tmp_path / "slow"), save_tiny("roberta", tmp_path / "fast")
    assert counted_pieces("aspirin", find_tokenizer(str(slow))) == counted_pieces(
        "aspirin", find_tokenizer(str(fast))
    )


def test_the_tokenizer_is_made_once_and_anew_where_the_folder_has_changed(tmp_path, isolated_cache):
    folder = save_tiny("modernbert", tmp_path / "encoder")
    made = find_tokenizer(str(folder))
    at = made.stat().st_mtime_ns
    assert find_tokenizer(str(folder)) == made
    assert made.stat().st_mtime_ns == at
    save_tiny("modernbert", folder, seed=1)
    assert find_tokenizer(str(folder)) != made


def test_a_model_of_the_hub_s_cache_is_counted_without_the_hub(tmp_path, isolated_cache, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    model, commit = tmp_path / "hub/models--us--encoder", "0123456789abcdef0123456789abcdef01234567"
    (model / "refs").mkdir(parents=True)
    (model / "refs/main").write_text(commit)
    folder = slow_only("bert", model / "snapshots" / commit, vocab_txt="\n".join(letters()) + "\n")
    made = find_tokenizer("us/encoder")
    assert made == isolated_cache / f"tokenizers/encoder-{commit}/tokenizer.json"
    assert counted_pieces("aspirin", made) == sorted(pieces(load(folder), "aspirin")[0])


def test_a_tokenizer_json_without_an_encoder_is_read_as_it_is(tmp_path, isolated_cache):
    folder = save_tiny("modernbert", tmp_path / "encoder")
    (folder / "config.json").unlink()
    assert find_tokenizer(str(folder)) == folder / "tokenizer.json"


def test_a_folder_whose_tokenizer_cannot_be_loaded_says_what_it_needs(tmp_path, isolated_cache):
    folder = save_tiny("bert", tmp_path / "encoder")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(BionerError) as error:
        find_tokenizer(str(folder))
    assert str(error.value).startswith(f"encoder {folder}: its tokenizer cannot be loaded (")
    assert str(error.value).endswith(
        f"). Its folder {folder} needs tokenizer.json, or vocab.txt, vocab.json with merges.txt, or a "
        "SentencePiece .model."
    )
