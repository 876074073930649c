"""Random encoders of 2 layers and width 16, saved as users have real ones: weights, config, tokenizer."""

import torch
import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

TEXT = ["Пациент принимал аспирин от головной боли .", "The patient took aspirin for a headache ."]
SIZES = {"num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
WORD_PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
BYTES = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def save_tiny(kind, folder, *, seed=0, positions=64):
    """Save a random checkpoint of one of ``TOKENIZERS``, its tokenizer included, under ``folder``."""
    torch.manual_seed(seed)
    tokenizer = TOKENIZERS[kind](folder, positions)
    CHECKPOINTS[kind](len(tokenizer), positions).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _bert(n, positions):
    # As hubs have it: with a head that is not wanted.
    return hf.BertForMaskedLM(hf.BertConfig(vocab_size=n, max_position_embeddings=positions, **SIZES))


def _distilbert(n, positions):
    sizes = {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
    return hf.DistilBertModel(hf.DistilBertConfig(vocab_size=n, max_position_embeddings=positions, **sizes))


def _roberta(n, positions):
    config = hf.RobertaConfig(vocab_size=n, max_position_embeddings=positions + 2, pad_token_id=1, **SIZES)
    return hf.RobertaModel(config)


def _xlm_roberta(n, positions):
    config = hf.XLMRobertaConfig(vocab_size=n, max_position_embeddings=positions + 2, pad_token_id=1, **SIZES)
    return hf.XLMRobertaModel(config)


def _electra(n, positions):
    # The discriminator, whose embeddings are narrower than its layers, as in electra-small.
    config = hf.ElectraConfig(vocab_size=n, max_position_embeddings=positions, embedding_size=8, **SIZES)
    return hf.ElectraForPreTraining(config)


def _deberta(n, positions, **more):
    common = {"type_vocab_size": 0, "relative_attention": True, "position_biased_input": False}
    config = hf.DebertaV2Config(
        vocab_size=n,
        max_position_embeddings=positions,
        max_relative_positions=-1,
        position_buckets=8,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        **common,
        **more,
        **SIZES,
    )
    return hf.DebertaV2Model(config)


def _deberta_v2(n, positions):
    return _deberta(n, positions, conv_kernel_size=3, conv_act="gelu")  # the v2 family has a convolution


def _modernbert(n, positions):
    config = hf.ModernBertConfig(
        vocab_size=n,
        max_position_embeddings=positions,
        local_attention=8,  # so that most sentences of the tests are wider than a sliding window
        global_attn_every_n_layers=2,
        pad_token_id=0,
        cls_token_id=2,
        sep_token_id=3,
        bos_token_id=2,
        eos_token_id=3,
        **SIZES,
    )
    return hf.ModernBertForMaskedLM(config)


def list_letter_pieces(*, cased=False):
    """Return a vocabulary of word pieces that can spell ``TEXT``."""
    vocabulary = sorted({c for text in TEXT for c in (text if cased else text.lower()) if c != " "})
    return [*WORD_PIECES, *vocabulary, *(f"##{c}" for c in vocabulary)]


def _word_pieces(folder, positions):
    vocabulary = {piece: i for i, piece in enumerate(list_letter_pieces())}
    return hf.BertTokenizer(vocab=vocabulary, do_lower_case=True, model_max_length=positions)


def train_byte_pieces(specials):
    """Return a byte-level BPE learnt from ``TEXT``."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=specials, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def _bytes(folder, positions):
    tokenizer = train_byte_pieces(BYTES)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model.save(str(folder))
    return hf.RobertaTokenizer.from_pretrained(str(folder), model_max_length=positions)


def _modern_bytes(folder, positions):
    """Return ModernBERT's tokenizer, a byte-level BPE with [CLS] and [SEP], saved as tokenizer.json only."""
    tokenizer = train_byte_pieces(WORD_PIECES)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(piece, WORD_PIECES.index(piece)) for piece in ("[CLS]", "[SEP]")],
    )
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), WORD_PIECES, strict=True))
    specials = {f"{name}_token": piece for name, piece in names.items()}
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=positions, **specials, add_prefix_space=False
    )


def _unigram(folder, positions):
    vocabulary = sorted({c for text in TEXT for c in text if c != " "})
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(c, -3.0) for c in vocabulary] + [("▁" + c, -3.5) for c in vocabulary] + [("<mask>", 0.0)]
    return hf.XLMRobertaTokenizer(vocab=pieces, model_max_length=positions)


def _deberta_unigram(folder, positions):
    vocabulary = sorted({c for text in TEXT for c in text if c != " "})
    pieces = [("[PAD]", 0.0), ("[CLS]", 0.0), ("[SEP]", 0.0), ("[UNK]", 0.0), ("▁", -2.0)]
    pieces += [(c, -3.0) for c in vocabulary] + [("▁" + c, -3.5) for c in vocabulary] + [("[MASK]", 0.0)]
    return hf.DebertaV2Tokenizer(vocab=pieces, unk_id=3, model_max_length=positions)


CHECKPOINTS = {
    "bert": _bert,
    "distilbert": _distilbert,
    "roberta": _roberta,
    "xlm-roberta": _xlm_roberta,
    "electra": _electra,
    "deberta-v2": _deberta_v2,
    "deberta-v3": _deberta,
    "modernbert": _modernbert,
}
TOKENIZERS = {
    "bert": _word_pieces,
    "distilbert": _word_pieces,
    "roberta": _bytes,
    "xlm-roberta": _unigram,
    "electra": _word_pieces,
    "deberta-v2": _deberta_unigram,
    "deberta-v3": _deberta_unigram,
    "modernbert": _modern_bytes,
}
