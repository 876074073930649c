"""INCEpTION's protocol of external recommenders: ``POST /predict`` and ``POST /train``, documents as CAS XMI.

https://github.com/inception-project/inception-external-recommender: a request names layer and feature; the
answer to ``/predict`` is the document with predictions, that to ``/train`` is 204 once training has begun, or
429 while an earlier one goes on: INCEpTION then sends its documents again later.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from bioner_core.connections.cas_xmi import add_predictions, read_cas_text
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Mention, NothingPlacedError, Reading
from bioner_core.errors import BionerError, format_traceback

_WHERE = "request"


class Predictor(Protocol):
    """What finds mentions in a text, and learns from annotated ones."""

    def predict(self, text: str) -> Sequence[Mention]:
        """Return the mentions of a text; offsets count its characters."""

    def learn(self, reading: Reading) -> None:
        """Learn from annotated texts."""


class Recommender:
    """Answers the requests of INCEpTION with a predictor.

    :param is_slow: the predictor learns in the background, and ``/train`` is answered at once.
    """

    def __init__(self, predictor: Predictor, *, is_slow: bool = False) -> None:
        self._predictor = predictor
        self._is_slow = is_slow
        self._training = threading.Lock()

    def predict(self, body: bytes) -> bytes:
        """Return the answer to ``/predict``. :raises BionerError: the request is none."""
        request = _parse(body)
        layer, feature = _find_layer(request)
        document = request.get("document")
        xmi = document.get("xmi") if isinstance(document, dict) else None
        if not isinstance(xmi, str):
            raise BionerError(f"{_WHERE}: has no document with an xmi.")
        mentions = self._predictor.predict(read_cas_text(xmi, where=_WHERE))
        answer = add_predictions(xmi, mentions, layer=layer, feature=feature, where=_WHERE)
        return json.dumps({"document": answer.decode("utf-8")}, ensure_ascii=False).encode("utf-8")

    def train(self, body: bytes) -> int:
        """Learn from the documents of ``/train``; return 204, or 429 while others are learned from.

        :raises BionerError: the request is none.
        """
        request = _parse(body)
        documents = request.get("documents")
        if not isinstance(documents, list):
            raise BionerError(f"{_WHERE}: has no documents.")
        files = {
            f"{number}.xmi": document["xmi"].encode("utf-8")
            for number, document in enumerate(documents)
            if isinstance(document, dict) and isinstance(document.get("xmi"), str)
        }
        try:
            reading = read_files(files, name="inception") if files else None
        except NothingPlacedError:  # nothing is annotated yet
            reading = None
        work = partial(self._predictor.learn, reading) if reading else _rest
        if self._is_slow:
            return 204 if self.begin(work) else 429
        if not self._training.acquire(blocking=False):
            return 429
        try:
            work()
        finally:
            self._training.release()
        return 204

    def begin(self, work: Callable[[], None]) -> bool:
        """Train in the background; say whether nothing else was training."""
        if not self._training.acquire(blocking=False):
            return False
        threading.Thread(target=self._work_quietly, args=(work,), daemon=True).start()
        return True

    def _work_quietly(self, work: Callable[[], None]) -> None:
        """Work where nobody waits for an answer: what goes wrong is logged, without texts."""
        try:
            work()
        except Exception as error:
            logging.getLogger("bioner").error("training failed\n%s", format_traceback(error))
        finally:
            self._training.release()


def _rest() -> None:
    """Learn nothing."""


def _parse(body: bytes) -> Mapping[str, Any]:
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BionerError(f"{_WHERE}: is not JSON.") from error
    if not isinstance(request, dict):
        raise BionerError(f"{_WHERE}: is no JSON object.")
    return request


def _find_layer(request: Mapping[str, Any]) -> tuple[str, str]:
    """Return the layer and the feature that predictions are wanted for."""
    metadata = request.get("metadata")
    names = [metadata.get(name) for name in ("layer", "feature")] if isinstance(metadata, dict) else []
    if len(names) != 2 or not all(isinstance(name, str) and _is_type_name(name) for name in names):
        raise BionerError(f"{_WHERE}: its metadata names no layer and feature.")
    return str(names[0]), str(names[1])


def _is_type_name(name: str) -> bool:
    return bool(name) and all(part.isidentifier() for part in name.split("."))
