"""Partial training: states are computed once, upper layers and head learn as in fine-tuning."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers as hf
from full_disk import fill_disk
from outcome_filters import collect_scores, select_outcomes
from safetensors import safe_open
from tiny_encoders import SIZES, TOKENIZERS, save_tiny
from tiny_taggers import (
    assert_same,
    build_tiny_tagger,
    copy_gradients,
    copy_weights,
    draw_sentences,
    load_tiny_encoder,
)

from bioner_core.corpus.cache import delete_cached
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.errors import BionerError
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult, Settings, TrainJob
from bioner_core.study.presets import PACKAGED, PRESETS
from bioner_core.tagging import corpus_pass
from bioner_core.tagging.checkpoints import Stage
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.encoder import Encoder, load_encoder
from bioner_core.tagging.encoders.layers import keep_first_layers
from bioner_core.tagging.encoders.windows import encode_sentences
from bioner_core.tagging.examples import build_examples
from bioner_core.tagging.finetuning.batches import list_windows, pack_windows, pad_windows
from bioner_core.tagging.finetuning.kind import FineTuningKind
from bioner_core.tagging.finetuning.packing import find_first_position
from bioner_core.tagging.finetuning.train import compute_gradients
from bioner_core.tagging.partial.kind import PartialKind
from bioner_core.tagging.partial.states import compute_states_digest
from bioner_core.tagging.partial.upper import cut_encoder
from bioner_core.tagging.run import run_jobs
from bioner_core.tagging.split_corpora import SplitCorpora

SETTINGS = Settings(
    epochs=1, min_steps=12, batch_size=8, learning_rate=1e-2, dropout=0.0, max_pieces=60, upper_layers=1
)
TYPES = ("Disease", "Drug")
# The convolution of DeBERTa v2 stands beside its first layer and reads what both embeddings and layer give.
CUTTABLE = [kind for kind in TOKENIZERS if kind != "deberta-v2"]


def build_corpus(name, seed):
    odd = Sentence(tokens=("aspirin" * 12, "🙂", "headache"), document=f"{seed}-0")
    sentences = (odd, *draw_sentences(30, seed=seed, most=30), Sentence(tokens=()))
    return Corpus(name=name, sentences=sentences, types=TYPES)


CORPORA = {name: build_corpus(name, seed) for seed, name in enumerate(("reviews", "notes"))}


def build_job(model, source="none", n=12, **fields):
    return TrainJob(
        target="reviews",
        target_digest=CORPORA["reviews"].digest,
        source=source,
        source_digests=() if source == "none" else (CORPORA[source].digest,),
        model=str(model),
        model_revision="",
        n_sentences=n,
        **{"seed": 0, "method": "partial", "settings": SETTINGS, **fields},
    )


def prepare_kind(job, cache):
    """Return the kind with all states that a job needs, and the phases of the progress."""
    encoded = EncodedCorpora(CORPORA, device="cpu", cache=cache)
    kind = PartialKind(SplitCorpora(CORPORA), encoded, cache=cache)
    return kind, [progress.phase for progress in kind.prepare(job)]


def build_windows(kind, job, sentences=CORPORA["reviews"].sentences):
    """Return the windows of some sentences with their tags, as a kind reads them."""
    return list_windows(build_examples(kind, job, "reviews", sentences, types=TYPES, annotated=TYPES))


def run_all(*jobs, cache):
    return list(run_jobs(jobs, corpora=CORPORA, device="cpu", cache=cache))


@pytest.mark.parametrize("kind", CUTTABLE)
@pytest.mark.parametrize("n_upper", [1, 2])
def test_states_are_what_the_first_upper_layer_receives(kind, n_upper, tmp_path):
    job = build_job(save_tiny(kind, tmp_path / kind), settings=replace(SETTINGS, upper_layers=n_upper))
    partial, phases = prepare_kind(job, tmp_path)
    assert set(phases) == {"reading reviews with the encoder"}
    encoder = load_encoder(job.model, "", cache=tmp_path)
    texts = [sentence.tokens for sentence in CORPORA["reviews"].sentences]
    windows = [w for of in encode_sentences(texts, encoder.tokenizer, max_pieces=60) for w in of]
    computed = build_windows(partial, job)
    assert len(computed) == len(windows) > len(texts)
    for (_, window), expected in zip(computed, windows, strict=True):
        assert window.input_ids.tolist() == expected.input_ids.tolist()
        with torch.no_grad():
            states = encoder.model(torch.from_numpy(window.input_ids)[None], output_hidden_states=True)
        assert window.states.dtype == np.float16
        np.testing.assert_allclose(window.states, states.hidden_states[-1 - n_upper][0], atol=2e-3)


@pytest.mark.parametrize("kind", CUTTABLE)
@pytest.mark.parametrize("n_upper", [1, 2])
def test_gradients_equal_those_of_fine_tuning_with_frozen_lower_layers(kind, n_upper, tmp_path):
    job = build_job(save_tiny(kind, tmp_path / kind), settings=replace(SETTINGS, upper_layers=n_upper))
    partial, _ = prepare_kind(job, tmp_path)
    tagger = partial.build_model(job, ["reviews"], seed=3)
    whole = build_tiny_tagger(load_encoder(job.model, "", cache=tmp_path), seed=3)
    windows = build_windows(partial, job)
    loss = compute_gradients(tagger, windows, max_batch_pieces=4096)
    without = [(example, replace(window, states=None)) for example, window in windows]
    expected_loss = compute_gradients(whole, without, max_batch_pieces=4096)
    assert loss == pytest.approx(expected_loss, abs=1e-3)
    computed, expected = copy_gradients(tagger), copy_gradients(whole)
    renamed = {_name_in_whole(name, 2 - n_upper): gradient for name, gradient in computed.items()}
    assert {f".{number}." for number in range(2 - n_upper, 2)} == {
        part for name in renamed for part in (".0.", ".1.") if part in name
    }
    assert_same(renamed, {name: expected[name] for name in renamed}, within=2e-3)


def _name_in_whole(name, n_lower):
    """Return the name of an upper layer's weight in an encoder with all its layers."""
    parts = [str(int(part) + n_lower) if part.isdecimal() else part for part in name.split(".")]
    return ".".join(parts)


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "electra"])
def test_packed_states_give_the_loss_and_gradients_of_padded_ones(kind, tmp_path):
    job = build_job(save_tiny(kind, tmp_path / kind))
    partial, _ = prepare_kind(job, tmp_path)
    tagger = partial.build_model(job, ["reviews"], seed=0)
    windows = build_windows(partial, job)
    packed = pack_windows(windows, first_position=find_first_position(tagger.encoder), multiple=32)
    padded = pad_windows(windows, pad_id=tagger.pad_id, device=tagger.device)
    losses, gradients = [], []
    for batch in (packed, padded):
        tagger.zero_grad()
        loss = tagger.loss(batch, n_words=len(batch.tags))
        loss.backward()
        losses.append(loss.item())
        gradients.append(copy_gradients(tagger))
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    assert_same(*gradients, within=1e-6)


def test_gradients_in_bfloat16_are_close_to_those_in_float32(tmp_path):
    model, gradients = save_tiny("bert", tmp_path / "bert"), []
    for dtype in ("float32", "bfloat16"):
        job = build_job(model, settings=replace(SETTINGS, dtype=dtype))
        partial, _ = prepare_kind(job, tmp_path)
        tagger = partial.build_model(job, ["reviews"], seed=0)
        compute_gradients(tagger, build_windows(partial, job), max_batch_pieces=4096)
        gradients.append(copy_gradients(tagger))
    assert_same(*gradients, within=0.02)


@pytest.mark.parametrize("kind", CUTTABLE)
def test_training_changes_upper_layers_and_head_alone(kind, tmp_path):
    job = build_job(save_tiny(kind, tmp_path / kind), settings=replace(SETTINGS, weight_decay=0.5))
    partial, _ = prepare_kind(job, tmp_path)
    tagger = partial.build_model(job, ["reviews"], seed=0)
    before = copy_weights(tagger)
    examples = [example for example, _ in build_windows(partial, job)]
    list(partial.train(tagger, examples, job.settings, seed=0))
    changed = {name for name, weight in copy_weights(tagger).items() if not weight.equal(before[name])}
    trained = {name for name, weight in tagger.named_parameters() if weight.requires_grad}
    assert changed == trained & before.keys()
    outside = {name for name in changed if ".0." not in name and not name.startswith("head.")}
    shared = {"encoder.encoder.rel_embeddings.weight", "encoder.encoder.LayerNorm.weight"}
    shared |= {"encoder.encoder.LayerNorm.bias", "encoder.final_norm.weight"}
    assert outside <= shared
    assert_same(copy_weights(partial.build_model(job, ["reviews"], seed=0)), before, within=0)


def test_lower_layers_and_word_embeddings_take_no_memory(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    cut = cut_encoder(encoder, 1, n_pieces=3)
    assert len(cut.encoder.layer) == 1
    assert list(cut.get_input_embeddings().parameters()) == []
    names = {name for name, weight in cut.named_parameters() if weight.requires_grad}
    assert all(name.startswith("encoder.layer.0.") for name in names)
    assert len(encoder.model.encoder.layer) == 2
    assert all(weight.requires_grad and weight.grad is None for weight in encoder.model.parameters())


@pytest.mark.parametrize("kind", ["bert", *(pytest.param(k, marks=pytest.mark.long) for k in CUTTABLE[1:])])
def test_jobs_of_every_encoder_family_are_reproducible_with_and_without_cache(kind, tmp_path):
    model = save_tiny(kind, tmp_path / kind)
    settings = replace(SETTINGS, dropout=0.1, min_steps=4)
    jobs = [build_job(model, *of, settings=settings) for of in (("none", 12), ("notes", 12), ("notes", 0))]
    outcomes = run_all(*jobs, cache=tmp_path / "cache")
    assert select_outcomes(JobFailure, outcomes) == []
    first = collect_scores(outcomes)
    assert len(first) == 3 * 3
    again = run_all(*jobs, cache=tmp_path / "cache")  # states and pretrained weights come from disk
    assert collect_scores(again) == first
    assert collect_scores(run_all(*jobs, cache=tmp_path / "another")) == first
    assert not any("reading" in p.phase for p in select_outcomes(JobProgress, again))


def test_upper_layers_learn_the_words(tmp_path):
    settings = replace(SETTINGS, min_steps=100, upper_layers=2)
    job = build_job(save_tiny("bert", tmp_path / "bert"), n=20, settings=settings)
    (done,) = select_outcomes(JobResult, run_all(job, cache=tmp_path))
    assert done.points[-1].method == "partial"
    assert done.points[-1].f1 > 0.7  # a single step reaches 0.26


def test_a_source_is_pretrained_once_and_its_file_holds_trained_weights_alone(tmp_path):
    model = save_tiny("bert", tmp_path / "bert")
    outcomes = run_all(build_job(model, "notes", 0), build_job(model, "notes", 12), cache=tmp_path)
    pretraining = [p for p in select_outcomes(JobProgress, outcomes) if p.phase == "pretraining on notes"]
    assert len({p.job.id for p in pretraining}) == 1
    (path,) = (tmp_path / "pretrained").glob("*.safetensors")
    with safe_open(path, "pt") as file:
        names = set(file.keys())
    assert {"head.weight", "head.bias"} < names
    assert all(name.startswith(("encoder.encoder.layer.0.", "head.")) for name in names)


def test_pretrained_weights_are_those_that_were_saved(tmp_path):
    job = build_job(save_tiny("bert", tmp_path / "bert"), "notes")
    partial, _ = prepare_kind(job, tmp_path)
    trained = partial.build_model(job, ["reviews"], seed=0)
    list(partial.train(trained, [example for example, _ in build_windows(partial, job)], SETTINGS, seed=0))
    stage, checkpoints = Stage(job=job, groups=(("notes",),)), partial.open_checkpoints()
    with checkpoints.lock(stage):
        checkpoints.save(stage, trained)
    loaded = partial.build_model(job, ["reviews"], seed=1)
    checkpoints.load(stage, loaded)
    assert_same(copy_weights(loaded), copy_weights(trained), within=0)


def test_the_stage_of_a_source_differs_from_that_of_fine_tuning(tmp_path):
    same = Settings()  # without upper layers, so that the method alone differs
    digests = [
        Stage(job=build_job("m", "notes", method=method, settings=same), groups=(("notes",),)).digest
        for method in ("finetune", "partial", "probe")
    ]
    assert digests[0] == digests[2] != digests[1]


@pytest.mark.parametrize(
    ("method", "preset", "digest"),
    [("finetune", "quick", "4db0d49e49edc2cc"), ("probe", "probe", "8efff5becd8ed1c4")],
)
def test_weights_pretrained_by_earlier_versions_are_still_used(method, preset, digest):
    job = TrainJob(
        target="rumedner_ru",
        target_digest="98a6690878337db7",
        source="psytar_en",
        source_digests=("06590f0739d578b6",),
        model=PACKAGED,
        model_revision="1571fc9827503943",
        method=method,
        n_sentences=50,
        seed=0,
        settings=PRESETS[preset].settings_for(PACKAGED),
    )
    assert Stage(job=job, groups=(("psytar_en",),)).digest == digest


def _read_in_process(model, cache, queue):
    job = build_job(model)
    kind, phases = prepare_kind(job, cache)
    queue.put((len(phases), [window.states.sum(dtype=np.float64) for _, window in build_windows(kind, job)]))


def test_a_second_reader_waits_for_the_states_of_the_first(tmp_path):
    job = build_job(save_tiny("bert", tmp_path / "bert"))
    kind, other = (
        PartialKind(
            SplitCorpora(CORPORA), EncodedCorpora(CORPORA, device="cpu", cache=tmp_path), cache=tmp_path
        )
        for _ in range(2)
    )
    reading = kind.prepare(job)
    assert next(reading).done == 0  # it holds the lock
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: list(other.prepare(job)))
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        assert len(list(reading)) > 0
        assert waiting.result(timeout=30) == []
    first, second = (build_windows(of, job) for of in (kind, other))
    assert all(np.array_equal(a.states, b.states) for (_, a), (_, b) in zip(first, second, strict=True))


@pytest.mark.long
def test_two_processes_share_one_file_of_states(tmp_path):
    model = save_tiny("bert", tmp_path / "bert")
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=_read_in_process, args=(model, tmp_path, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    (n, sums), (n_other, other_sums) = (queue.get(timeout=50) for _ in processes)
    for process in processes:
        process.join()
    assert min(n, n_other) == 0 < max(n, n_other)  # one of them read, the other waited
    assert sums == other_sums
    (path,) = (tmp_path / "states").glob("*.npy")
    assert path.name.startswith(CORPORA["reviews"].digest)


def test_the_digest_of_states_changes_with_all_that_changes_them_and_with_nothing_else():
    job = build_job("m")
    others = [
        replace(job, model="other"),
        replace(job, model_revision="1"),
        *(
            replace(job, settings=replace(SETTINGS, **field))
            for field in ({"max_pieces": 64}, {"dtype": "bfloat16"}, {"upper_layers": 2})
        ),
        replace(job, settings=replace(SETTINGS, first_layers=2)),
    ]
    assert len({compute_states_digest(j) for j in (job, *others)}) == 7
    same = replace(job, seed=1, n_sentences=5, settings=replace(SETTINGS, epochs=3, dropout=0.5))
    assert compute_states_digest(same) == compute_states_digest(job)


def test_states_are_deleted_with_their_corpus(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    job = build_job(save_tiny("bert", tmp_path / "bert"), "notes")
    run_all(job, cache=tmp_path)
    delete_cached([CORPORA["reviews"].digest])
    (left,) = (tmp_path / "states").glob("*.npy")
    assert left.name.startswith(CORPORA["notes"].digest)
    assert list((tmp_path / "pretrained").glob("*.safetensors")) == []


def test_damaged_states_are_computed_anew(tmp_path):
    job = build_job(save_tiny("bert", tmp_path / "bert"))
    expected = [window.states.copy() for _, window in build_windows(prepare_kind(job, tmp_path)[0], job)]
    (path,) = (tmp_path / "states").glob("*.npy")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    kind, phases = prepare_kind(job, tmp_path)
    assert phases
    for (_, window), states in zip(build_windows(kind, job), expected, strict=True):
        np.testing.assert_array_equal(window.states, states)


def test_a_full_cache_disk_is_one_message_and_the_next_pass_succeeds(tmp_path):
    job, cache = build_job(save_tiny("bert", tmp_path / "bert")), tmp_path / "cache"
    message = r"cache/states/\S+: cannot be written \(.+\)\. Set BIONER_CACHE to another folder\."
    with fill_disk(), pytest.raises(BionerError, match=message):
        prepare_kind(job, cache)
    assert [path.suffix for path in (cache / "states").iterdir()] == [".lock"]
    assert prepare_kind(job, cache)[1]


def test_the_files_of_states_are_bounded_together(tmp_path, monkeypatch):
    job = build_job(save_tiny("bert", tmp_path / "bert"))
    prepare_kind(job, tmp_path)
    (first,) = (tmp_path / "states").glob("*.npy")
    monkeypatch.setattr(corpus_pass, "MAX_BYTES", first.stat().st_size + 100)
    prepare_kind(replace(job, settings=replace(SETTINGS, upper_layers=2)), tmp_path)
    (second,) = (tmp_path / "states").glob("*.npy")
    assert second != first


@pytest.mark.parametrize(
    ("name", "allowed", "option"),
    [("upper_layers", "1 to 2", "--upper-layers"), ("first_layers", "0 (all) to 2", "--first-layers")],
)
def test_more_layers_than_the_encoder_has_are_refused(name, allowed, option, tmp_path):
    model = save_tiny("bert", tmp_path / "bert")
    job = build_job(model, settings=replace(SETTINGS, **{name: 3}))
    (failure,) = select_outcomes(JobFailure, run_all(job, cache=tmp_path))
    assert failure.reason == (
        f"{name} is 3; encoder {model} has 2 layers, so {allowed} are allowed. Set {option}."
    )


def test_an_encoder_whose_layers_do_not_follow_one_another_alone_is_refused(tmp_path):
    encoder = load_tiny_encoder(tmp_path, "deberta-v2")
    torch.nn.init.normal_(encoder.model.encoder.conv.LayerNorm.weight)  # random, as in a trained encoder
    message = (
        r"encoder \S+: of its type, deberta-v2, the upper layers cannot be trained alone \(without the lower "
        r"ones, they are off by [\d.]+\)\. Fine-tune it with the preset quick, or take another encoder, such "
        r"as BERT, RoBERTa, XLM-R or DistilBERT\."
    )
    for n_upper in (1, 2):
        with pytest.raises(BionerError, match=message):
            cut_encoder(encoder, n_upper, n_pieces=48)


def test_an_encoder_whose_layers_share_weights_is_refused():
    albert = hf.AlbertModel(hf.AlbertConfig(vocab_size=20, embedding_size=8, **SIZES)).eval()
    encoder = Encoder(model=albert, tokenizer=None, name="albert", revision="")
    with pytest.raises(BionerError, match=r"type, albert, .* \(0 lists of 2 layers were found in it\)"):
        cut_encoder(encoder, 1, n_pieces=3)


@pytest.mark.parametrize("kind", CUTTABLE)
def test_the_first_layers_give_the_states_that_they_give_in_the_whole_encoder(kind, tmp_path):
    encoder = load_encoder(str(save_tiny(kind, tmp_path / kind)), "", cache=tmp_path)
    first = keep_first_layers(encoder, 1)
    piece_ids = torch.arange(20)[None]
    with torch.no_grad():
        whole, kept = (
            of.model(piece_ids, output_hidden_states=True).hidden_states for of in (encoder, first)
        )
    assert (len(whole), len(kept)) == (3, 2)
    assert_same({"0": kept[0]}, {"0": whole[0]}, within=0)
    if kind != "modernbert":  # its last states are normed
        assert_same({"1": kept[1]}, {"1": whole[1]}, within=1e-6)
    n_weights = [sum(weight.numel() for weight in of.model.parameters()) for of in (first, encoder)]
    assert n_weights[0] < n_weights[1]
    assert encoder.model.config.num_hidden_layers == 2


def test_upper_layers_end_where_the_first_layers_end(tmp_path):
    job = build_job(save_tiny("bert", tmp_path / "bert"), settings=replace(SETTINGS, first_layers=1))
    partial, _ = prepare_kind(job, tmp_path)
    tagger = partial.build_model(job, ["reviews"], seed=0)
    whole = load_encoder(job.model, "", cache=tmp_path).model
    kept, original = (copy_weights(of) for of in (tagger.encoder.encoder.layer[0], whole.encoder.layer[0]))
    assert_same(kept, original, within=0)
    _, window = build_windows(partial, job)[0]
    embeddings = whole.embeddings(torch.from_numpy(window.input_ids)[None])[0].detach()
    np.testing.assert_allclose(window.states, embeddings, atol=2e-3)


def test_another_kind_does_not_take_its_jobs(tmp_path):
    encoded = EncodedCorpora(CORPORA, device="cpu", cache=tmp_path)
    fine_tuning = FineTuningKind(SplitCorpora(CORPORA), encoded, cache=tmp_path)
    partial = PartialKind(SplitCorpora(CORPORA), encoded, cache=tmp_path)
    for method in ("finetune", "probe", "partial"):
        job = build_job("m", method=method)
        assert (fine_tuning.handles(job), partial.handles(job)) == (method == "finetune", method == "partial")
