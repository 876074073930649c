"""Entity types, corpora, sources, models and their training as people call them."""

from dataclasses import asdict, dataclass

from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.budget import EVERY
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import ALL, MACRO, NONE
from bioner_core.curves.sources import parse_stages
from bioner_core.study.jobs import LSTM_CRF, Settings
from bioner_core.study.plan import Study

_AVERAGES = {  # entity names that are no type
    EVERY: "every entity type",
    ALL: "all types together",
    MACRO: "the average of the types",
}


def describe_entity(name: str) -> str:
    """Return an entity type; for an average, what it averages."""
    return _AVERAGES.get(name) or name


def describe_mentions(name: str) -> str:
    """Return the mentions of an entity type, such as "Drug mentions"."""
    return f"mentions of {describe_entity(name)}" if name in _AVERAGES else f"{name} mentions"


def describe_pretraining(source: str) -> str:
    """Say what a model was pretrained on.

    >>> describe_pretraining("A:B+C"), describe_pretraining("none")
    ('pretrained on A, then B and C', 'without pretraining')
    """
    if source == NONE:
        return "without pretraining"
    return "pretrained on " + ", then ".join(" and ".join(group) for group in parse_stages(source))


def format_corpus(name: str, description: CorpusDescription | None) -> str:
    """Return a corpus with its title, language and domain, such as "EN UGT (CADEC, en, UGT)"."""
    if description is None:
        return name
    synthetic = "synthetic" if description.is_synthetic else ""
    traits = [description.title, description.language, description.domain, synthetic]
    traits = [trait for trait in traits if trait]
    return f"{name} ({', '.join(traits)})" if traits else name


def describe_model(curve: Curve) -> str:
    """Return the model of a curve, and what of it is trained where that is not all of it."""
    return append_method(curve.model, curve.method)


def append_method(model: str, method: str | None) -> str:
    """Return a model with its method where it is not trained as a whole.

    >>> append_method("bert", "probe"), append_method("bert", "partial"), append_method("bert", "finetune")
    ('bert, probe', 'bert, upper layers', 'bert')
    """
    short = {"probe": "probe", "partial": "upper layers"}.get(method or "")
    return f"{model}, {short}" if short else model


@dataclass(frozen=True, kw_only=True)
class TrainingDescription:
    """How a kind of model is trained."""

    label: str
    model: str  # with its article
    past_tense: str  # after "we"


_PROBE = TrainingDescription(
    label="probe: frozen encoder",
    model="a small tagger on a frozen encoder",
    past_tense="trained a small head on the frozen encoder",
)
_PARTIAL = TrainingDescription(
    label="upper layers only: lower layers frozen",
    model="an encoder whose upper layers alone are trained",
    past_tense="trained the upper layers of",
)
_FINE_TUNED = TrainingDescription(label="fine-tuned", model="a fine-tuned model", past_tense="fine-tuned")
_LSTM_CRF = TrainingDescription(
    label="trained from scratch", model="a model trained from scratch", past_tense="trained"
)


def describe_training(model: str, method: str) -> TrainingDescription:
    """Say how a model was trained.

    >>> describe_training("bert", "finetune").label, describe_training("LSTM-CRF", "finetune").label
    ('fine-tuned', 'trained from scratch')
    """
    if method in ("probe", "partial"):
        return _PROBE if method == "probe" else _PARTIAL
    return _LSTM_CRF if model.lower() == LSTM_CRF else _FINE_TUNED


def describe_settings(settings: Settings) -> str:
    """Return hyper-parameters in a line, such as "epochs 40, batch size 32".

    The path of word vectors is left out: it may name people, and the model's revision identifies the file.
    """
    hidden = {"vectors"} if settings.upper_layers else {"vectors", "first_layers", "upper_layers"}
    values = {name: value for name, value in asdict(settings).items() if name not in hidden}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())


def describe_study_training(study: Study) -> str:
    """Say how the models of a study were trained; "" where it trained none itself."""
    if not study.settings:
        return ""
    label = describe_training(study.jobs[0].model, study.jobs[0].method).label
    return f"{label}, seeds {', '.join(map(str, study.seeds))}, {describe_settings(study.settings)}"
