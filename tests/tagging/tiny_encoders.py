"""Random encoders of 2 layers and width 16, saved as users have real ones: weights, config, tokenizer."""

import torch
import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

TEXT = ["Пациент принимал аспирин от головной боли .", "The patient took aspirin for a headache ."]
SIZES = {"num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}


def save_tiny(kind, folder, *, seed=0, positions=64):
    """Save a random checkpoint of "bert", "roberta", "xlm-roberta" or "distilbert" under ``folder``."""
    torch.manual_seed(seed)
    tokenizer = TOKENIZERS[kind](folder, positions)
    n = len(tokenizer)
    if kind == "bert":
        config = hf.BertConfig(vocab_size=n, max_position_embeddings=positions, **SIZES)
        model = hf.BertForMaskedLM(config)  # as hubs have it: with a head that is not wanted
    elif kind == "distilbert":
        config = hf.DistilBertConfig(
            vocab_size=n, max_position_embeddings=positions, dim=16, n_layers=2, n_heads=2, hidden_dim=32
        )
        model = hf.DistilBertModel(config)
    else:
        make = hf.RobertaConfig if kind == "roberta" else hf.XLMRobertaConfig
        config = make(vocab_size=n, max_position_embeddings=positions + 2, pad_token_id=1, **SIZES)
        model = (hf.RobertaModel if kind == "roberta" else hf.XLMRobertaModel)(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _word_pieces(folder, positions):
    letters = sorted({c for text in TEXT for c in text.lower() if c != " "})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    return hf.BertTokenizer(
        vocab={piece: i for i, piece in enumerate(pieces)}, do_lower_case=True, model_max_length=positions
    )


def _bytes(folder, positions):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = tokenizer.model.save(str(folder))
    made = hf.RobertaTokenizer.from_pretrained(str(folder), model_max_length=positions)
    assert vocabulary and merges
    return made


def _unigram(folder, positions):
    letters = sorted({c for text in TEXT for c in text if c != " "})
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(c, -3.0) for c in letters] + [("▁" + c, -3.5) for c in letters] + [("<mask>", 0.0)]
    return hf.XLMRobertaTokenizer(vocab=pieces, model_max_length=positions)


TOKENIZERS = {"bert": _word_pieces, "distilbert": _word_pieces, "roberta": _bytes, "xlm-roberta": _unigram}
