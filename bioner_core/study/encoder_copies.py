"""Copies of encoders that another machine sent: in the cache, by name and revision, verified by digest."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from bioner_core.errors import BionerError
from bioner_core.files import compute_digest, create_private_folder, expand_path
from bioner_core.study.encoder_choice import ModelChoice, locate_encoder
from bioner_core.study.jobs import LSTM_CRF
from bioner_core.study.presets import PACKAGED

PART_BYTES = 16 << 20  # sent at once
_SUFFIXES = (".json", ".txt", ".model", ".safetensors", ".bin")  # configuration, vocabulary, weights


def locate_encoder_copy(model: ModelChoice, cache: Path) -> Path:
    """Return the folder of a copy; it exists only where it is complete."""
    return cache / "encoders" / f"{expand_path(model.name).resolve().name}-{model.revision}"


def is_encoder_here(model: ModelChoice, cache: Path) -> bool:
    """Return whether this machine can load an encoder without a copy from another machine."""
    if model.name in (PACKAGED, LSTM_CRF) or locate_encoder_copy(model, cache).is_dir():
        return True
    return bool(list_encoder_files(model))


def list_encoder_files(model: ModelChoice) -> tuple[Path, ...]:
    """Return the files of an encoder on this machine that loading reads; none where it lacks the weights."""
    located = None
    with suppress(BionerError):  # a folder of another machine is no hub id
        located = locate_encoder(model.name)
    if located is None or located[1] != model.revision:
        return ()
    files = [path for path in sorted(located[0].iterdir()) if path.suffix in _SUFFIXES and path.is_file()]
    has_safetensors = any(path.suffix == ".safetensors" for path in files)
    files = [path for path in files if path.suffix != ".bin" or not has_safetensors]
    return tuple(files) if any(path.suffix in (".safetensors", ".bin") for path in files) else ()


def read_parts(path: Path) -> Iterator[bytes]:
    """Yield the content of a file in parts, at least one."""
    with path.open("rb") as file:
        yield file.read(PART_BYTES)
        while part := file.read(PART_BYTES):
            yield part


class EncoderCopy:
    """A copy that this process writes, file by file, part by part."""

    def __init__(self, model: ModelChoice, cache: Path) -> None:
        """Name the folder; nothing is written yet."""
        self.folder = locate_encoder_copy(model, cache)
        self.unfinished = self.folder.with_name(f".{self.folder.name}.{os.getpid()}.part")

    def append(self, file: str, content: bytes) -> None:
        """Append to a file. :raises BionerError: the name is that of a file elsewhere."""
        if Path(file).name != file:
            raise BionerError(f"encoder {self.folder.name}: {file!r} is no file name.")
        with (create_private_folder(self.unfinished) / file).open("ab") as out:
            out.write(content)

    def finish(self, digests: Mapping[str, str]) -> None:
        """Put the copy in its place.

        :param digests: SHA-256 of each file
        :raises BionerError: a file has another digest or is missing; the copy is then deleted.
        """
        try:
            written = {path.name: compute_digest(path) for path in self.unfinished.iterdir()}
            if written != digests:
                raise BionerError(f"encoder {self.folder.name}: was damaged on its way. Resume the run.")
            if not self.folder.is_dir():
                os.rename(self.unfinished, self.folder)
        finally:
            shutil.rmtree(self.unfinished, ignore_errors=True)
