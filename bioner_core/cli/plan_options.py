"""The options of a plan: its model, its training, its run."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bioner_core.cli.backend import add_backend_options
from bioner_core.files import expand_path
from bioner_core.study.encoder_choice import ModelChoice, choose_model
from bioner_core.study.executors.devices import check_bfloat16
from bioner_core.study.plan import Study, plan_study
from bioner_core.study.presets import PRESETS
from bioner_core.study.store import RunStore

OVERRIDES = (  # fields of Settings that an option of the same name changes
    *("epochs", "learning_rate", "head_rate", "batch_size", "min_steps", "dtype", "decoding"),
    *("patience", "dropout", "warmup", "weight_decay", "clip_norm", "max_pieces"),
    *("first_layers", "upper_layers"),
)


def add_model_options(command: argparse.ArgumentParser) -> None:
    """Give a command the options of a model, of what it is trained on and of its run."""
    command.add_argument(
        "--model", help="hub id or folder of an encoder, or lstm-crf (default: the preset's)"
    )
    command.add_argument(
        "--vectors",
        metavar="FILE",
        help="word vectors for lstm-crf from word2vec or fastText (default: trained on the corpora's text)",
    )
    command.add_argument(
        "--preset",
        choices=tuple(PRESETS),
        help="sizes, seeds and training (default: quick; with --subsets: probe)",
    )
    command.add_argument(
        "--split-seed", type=int, default=0, help="number that decides the random test part (default: 0)"
    )
    command.add_argument(
        "--leave-out-shared", action="store_true", help="train without sentences that occur in the test part"
    )
    add_backend_options(command)
    command.add_argument(
        "--run", metavar="NAME", help="name of the run; an existing run gets only what is missing"
    )


def add_training_options(command: argparse.ArgumentParser) -> None:
    """Give a command the options of training; those not named are the preset's."""
    command.add_argument("--epochs", type=int, help="passes over the training sentences")
    command.add_argument("--lr", type=float, dest="learning_rate", metavar="LR", help="peak learning rate")
    command.add_argument(
        "--head-rate", type=float, metavar="X", help="learning rate of the head, as a multiple of LR"
    )
    command.add_argument("--batch-size", type=int, help="sentences per step")
    command.add_argument("--min-steps", type=int, help="smallest number of training steps of a model")
    command.add_argument(
        "--patience",
        type=int,
        metavar="N",
        help="stop after N epochs without a lower training loss; 0 never stops",
    )
    command.add_argument("--dropout", type=float, metavar="SHARE", help="dropout, from 0 to below 1")
    command.add_argument(
        "--warmup", type=float, metavar="SHARE", help="share of the steps in which the learning rate rises"
    )
    command.add_argument("--weight-decay", type=float, metavar="X", help="weight decay, from 0 to below 1")
    command.add_argument("--clip-norm", type=float, metavar="X", help="largest norm of a gradient")
    command.add_argument(
        "--max-pieces", type=int, metavar="N", help="longest window in word pieces, 8 or more"
    )
    command.add_argument(
        "--first-layers", type=int, metavar="N", help="layers that the preset partial keeps; 0 keeps all"
    )
    command.add_argument(
        "--upper-layers",
        type=int,
        metavar="K",
        help="layers that the preset partial trains: the last of those that it keeps",
    )
    command.add_argument("--dtype", choices=("float32", "bfloat16"), help="number format of matrix products")
    command.add_argument(
        "--decoding",
        choices=("words", "bio"),
        help="each word's best tag, or the best sequence that BIO allows",
    )


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read seeds such as 0,1,2."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}: write numbers joined by commas, such as 0,1,2"
        ) from error


def prepare_plan(args: argparse.Namespace, plan: Callable[..., Study] = plan_study) -> "partial[Study]":
    """Return ``plan`` with the model and the training that the options name."""
    model, vectors = _choose_model(args)
    if model.note:
        print(f"note: {model.note}", file=sys.stderr)
    settings = PRESETS[args.preset].settings_for(model.name)
    changed = {name: getattr(args, name) for name in OVERRIDES if getattr(args, name) is not None}
    settings = replace(settings, vectors=vectors, **changed)
    if warning := check_bfloat16(settings.dtype):
        print(f"note: {warning}", file=sys.stderr)
    return partial(
        plan,
        model=model,
        preset=args.preset,
        seeds=args.seeds,
        settings=settings,
        split_seed=args.split_seed,
        leave_out_shared=args.leave_out_shared,
    )


def _choose_model(args: argparse.Namespace) -> tuple[ModelChoice, str]:
    """Return the model to train and its file of vectors; a run keeps its own unless another one is named."""
    vectors = str(expand_path(args.vectors).resolve()) if args.vectors else ""
    store = RunStore()
    if args.model is None and args.run in store.names():
        study = store.open(args.run).study
        if study.model:
            return study.model, vectors or (study.settings.vectors if study.settings else "")
    return choose_model(args.model, args.preset, vectors=vectors), vectors
