"""GLiNER2, a zero-shot model for entity types by name: the only file that imports ``gliner2``.

The package asks transformers to run code that a checkpoint may hold. So checkpoints that name such code, or
whose encoder would come from another place than their folder, are refused before anything is loaded.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging

from bioner_core.corpus.sentences import Sentence, Span
from bioner_core.corpus.unannotated import choose_separator
from bioner_core.errors import BionerError
from bioner_core.files import expand_path
from bioner_core.tagging.zero_shot.wording import LOWEST, ScoredSpan, Wording

_CONFIG, _ENCODER_CONFIG = "config.json", "encoder_config/config.json"
_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "encoder_config/*"]  # of a hub, no code
_WEIGHTS = "model.safetensors"
_BATCH = 8  # sentences
_INSTALL = "Install it: pip install 'bioner-budget[gliner2]'."


class Gliner2Model:
    """A loaded checkpoint: sentences and a wording in, candidates out."""

    def __init__(self, name: str, model: Any, *, language: str) -> None:
        """Keep the loaded ``model`` of ``gliner2``."""
        self.name = name
        self._model = model
        self._separator = choose_separator(language)
        if not self._separator:
            model.set_word_splitter("char")  # for languages without blanks, as its documentation says

    def find_spans(
        self, sentences: Sequence[Sentence], wording: Wording, *, threshold: float = LOWEST
    ) -> Iterator[tuple[ScoredSpan, ...]]:
        """Yield the candidates of each sentence with at least this confidence; overlapping ones, too.

        :raises BionerError: a sentence is too long for the encoder of the model.
        """
        types = {words: entity for entity, words in wording.words.items()}
        texts = wording.descriptions
        labels = {
            words: {"description": texts[entity]} if entity in texts else {}
            for words, entity in types.items()
        }
        for start in range(0, len(sentences), _BATCH):
            batch = sentences[start : start + _BATCH]
            for sentence, result in zip(batch, self._extract(batch, labels, threshold), strict=True):
                yield tuple(self._convert(sentence, result["entities"], types))

    def _extract(
        self, batch: Sequence[Sentence], labels: Mapping[str, Mapping[str, str]], threshold: float
    ) -> list[dict[str, Any]]:
        """Return what the model finds in each sentence; long ones are read in pieces."""
        try:
            with torch.inference_mode():
                results: list[dict[str, Any]] = self._model.batch_extract_entities_long(
                    [self._separator.join(sentence.tokens) for sentence in batch],
                    labels,
                    threshold=threshold,
                    include_confidence=True,
                    include_spans=True,
                    overlap_policy="allow",
                )
        except RuntimeError as error:
            longest = max(len(sentence.tokens) for sentence in batch)
            raise BionerError(
                f"model {self.name}: fails at a batch whose longest sentence has {longest:,} words "
                f"({str(error).splitlines()[0][:150]}). Take a model whose encoder has no "
                "limit, such as DeBERTa."
            ) from error
        return results

    def _convert(
        self,
        sentence: Sentence,
        entities: Mapping[str, Iterable[Mapping[str, Any]]],
        types: Mapping[str, str],
    ) -> Iterator[ScoredSpan]:
        """Yield the mentions of a sentence in its tokens, widened to whole ones."""
        gap = len(self._separator)
        starts = [0, *accumulate(len(token) + gap for token in sentence.tokens)]
        for words, mentions in entities.items():
            for mention in mentions:
                first = bisect_right(starts, mention["start"]) - 1
                end = bisect_left(starts, mention["end"])
                if 0 <= first < end <= len(sentence.tokens):
                    yield ScoredSpan(Span(first, end, types[words]), float(mention["confidence"]))


def load_gliner2(name: str, *, language: str, is_local: bool = False) -> Gliner2Model:
    """Load a checkpoint from a folder, the hub's cache, or the hub.

    :param language: of the texts; those without blanks between words are split into signs.
    :param is_local: never download.
    :raises BionerError: the package is missing, or the checkpoint is not there, incomplete, or holds code.
    """
    try:
        from gliner2 import AutoExtractor
    except ImportError as error:
        raise BionerError(f"model {name}: needs the package gliner2. {_INSTALL}") from error
    folder = _locate_checkpoint(name, is_local=is_local)
    _check_checkpoint(name, folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        with _silence_transformers():
            model = AutoExtractor.from_pretrained(str(folder), local_files_only=True, map_location=device)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".")
        raise BionerError(
            f"model {name}: cannot be loaded as a GLiNER2 checkpoint ({reason}). Give a folder that "
            "gliner2 saved, or a hub id such as fastino/gliner2.5-base-v1."
        ) from error
    return Gliner2Model(name, model.eval(), language=language)


def _locate_checkpoint(name: str, *, is_local: bool) -> Path:
    """Return the folder of a checkpoint; one of the hub is downloaded where it is not in the cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    folder = expand_path(name)
    if folder.is_dir():
        return folder
    with suppress(LocalEntryNotFoundError, HFValidationError):
        cached = Path(snapshot_download(name, allow_patterns=_FILES, local_files_only=True))
        if not _list_lacking(cached):
            return cached
    if is_local:
        raise BionerError(
            f"model {name}: neither a folder nor, whole, in the hub's cache. Leave out --local-only to "
            "download it, or give a folder."
        )
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        reason = str(error).splitlines()[0][:200].rstrip(".") if str(error) else type(error).__name__
        raise BionerError(
            f"model {name}: neither a folder nor in the hub's cache, and the hub answers: {reason}. Check "
            "the name and the network, or give a folder."
        ) from error


def _list_lacking(folder: Path) -> list[str]:
    return [file for file in (_CONFIG, _ENCODER_CONFIG, _WEIGHTS) if not (folder / file).is_file()]


def _check_checkpoint(name: str, folder: Path) -> None:
    """Refuse a folder that lacks a part, or names code that would be run."""
    if lacking := _list_lacking(folder):
        raise BionerError(
            f"model {name}: no {lacking[0]}, so it is no GLiNER2 checkpoint as gliner2 saves it. Give "
            "another one, or save it again with save_pretrained."
        )
    for file in (_CONFIG, _ENCODER_CONFIG, "tokenizer_config.json"):
        try:
            record = json.loads((folder / file).read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise BionerError(f"model {name}: {file} is no JSON. Get the model again.") from error
        if not isinstance(record, dict) or "auto_map" in record:
            raise BionerError(
                f"model {name}: {file} asks for code of its own, which is never run. Give another model."
            )


@contextmanager
def _silence_transformers() -> Iterator[None]:
    """Keep transformers from warning of the kind of model, which its library cannot know."""
    level = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(level)
