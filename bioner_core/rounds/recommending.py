"""What an external recommender may suggest in a project: never anything in texts to test on."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bioner_core.connections.recommender import Predictor
from bioner_core.connections.tool import build_key
from bioner_core.corpus.reading.passages import Mention, Reading
from bioner_core.rounds.merging import key_passage
from bioner_core.rounds.project import SentTask


class TrainingPartPredictor:
    """A predictor that neither marks texts to test on nor learns from them.

    :param load_sent: returns which texts annotators have got, as of now
    """

    def __init__(self, predictor: Predictor, load_sent: Callable[[], Sequence[SentTask]]) -> None:
        self._predictor = predictor
        self._load_sent = load_sent

    def predict(self, text: str) -> Sequence[Mention]:
        """Return the mentions of a text; none of one to test on."""
        return () if build_key(text) in self._list_test_keys() else self._predictor.predict(text)

    def learn(self, reading: Reading) -> None:
        """Learn from annotated texts, without those to test on."""
        keys = self._list_test_keys()
        passages = tuple(of for of in reading.passages if key_passage(of) not in keys)
        self._predictor.learn(replace(reading, passages=passages))

    def _list_test_keys(self) -> set[str]:
        return {task.key for task in self._load_sent() if task.part == "test"}
