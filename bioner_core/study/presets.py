"""Presets: sizes, seeds and hyper-parameters under one name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bioner_core.curves.points import Method
from bioner_core.errors import BionerError
from bioner_core.study.jobs import LSTM_CRF, Settings

MULTI_BERT = "bert-base-multilingual-cased"
PACKAGED = "multilingual-e5-small-q4"

CURVE = "50,100,200,400,800,1600,full"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """The defaults of a study: what the user does not set."""

    name: str
    title: str  # one line for the user
    sizes: str  # in the syntax of ``parse_sizes``
    n_seeds: int
    method: Method
    model: str  # used if the user names none
    settings: Settings
    by_model: Mapping[str, Settings] = field(default_factory=dict)  # for encoders that need other settings

    def settings_for(self, model: str) -> Settings:
        """Return the hyper-parameters for an encoder."""
        return self.by_model.get(model, self.settings)


# The paper's settings: 40 epochs, batch 32, warm-up, polynomial decay; no least number of steps.
_PAPER = Settings(epochs=40, batch_size=32, learning_rate=5e-5, warmup=0.1, max_pieces=128, min_steps=0)
_QUICK = Settings(epochs=8, batch_size=16, learning_rate=1e-4, min_steps=200)
# The small encoder learns more from 400 sentences with batches of 8 and a faster head (docs/experiments.md).
_SMALL = Settings(epochs=8, batch_size=8, learning_rate=1e-4, head_rate=10.0, min_steps=400)
# For the LSTM-CRF: epochs, batch size and clipping of Saber. With few sentences, 50 epochs alone are too few
# steps to learn anything; Nadam's default rate 2e-3 learns little (docs/experiments.md).
_LSTM_CRF = Settings(
    epochs=50,
    min_steps=400,
    batch_size=32,
    learning_rate=1e-2,
    warmup=0.0,
    weight_decay=0.0,
    dropout=0.3,
    decoding="bio",
)
# For upper layers: a higher rate, and no top layers, which fit the encoder's own task (docs/experiments.md).
_PARTIAL = replace(_QUICK, learning_rate=3e-4, first_layers=8, upper_layers=4)
_SMALL_PARTIAL = replace(_SMALL, learning_rate=3e-4, first_layers=8, upper_layers=4)
# For the head: the encoder is frozen.
_PROBE = Settings(epochs=12, batch_size=16, learning_rate=3e-3, min_steps=300, dropout=0.3, decoding="bio")

PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="paper",
            title="as the paper trained: 40 sizes and full, one seed, 40 epochs",
            sizes="50:2000:50,full",
            n_seeds=1,
            method="finetune",
            model=MULTI_BERT,
            settings=_PAPER,
            by_model={LSTM_CRF: _LSTM_CRF},
        ),
        Preset(
            name="quick",
            title="six sizes and full, three seeds, few epochs",
            sizes=CURVE,
            n_seeds=3,
            method="finetune",
            model=MULTI_BERT,
            settings=_QUICK,
            by_model={PACKAGED: _SMALL, LSTM_CRF: replace(_LSTM_CRF, epochs=15, batch_size=16)},
        ),
        Preset(
            name="partial",
            title="the first 8 layers of the encoder; the last 4 of these are trained, the others frozen",
            sizes=CURVE,
            n_seeds=3,
            method="partial",
            model=PACKAGED,
            settings=_PARTIAL,
            by_model={PACKAGED: _SMALL_PARTIAL},
        ),
        Preset(
            name="probe",
            title="frozen encoder and small heads: minutes on a CPU",
            sizes=CURVE,
            n_seeds=3,
            method="probe",
            model=PACKAGED,
            settings=_PROBE,
        ),
    )
}


def select_preset(name: str) -> Preset:
    """Return a preset by its name. :raises BionerError: there is none of this name."""
    if name not in PRESETS:
        raise BionerError(f"preset {name!r}: unknown. Allowed: {', '.join(PRESETS)}.")
    return PRESETS[name]
