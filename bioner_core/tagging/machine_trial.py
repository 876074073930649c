"""A trial of some seconds: how fast this machine's processor fine-tunes, in each number format.

Steps of the usual shape train an encoder of random weights. One process of one thread a core is compared with
one process of all threads, in turns, so that other programs disturb both.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any, Literal

import numpy as np
import psutil
import torch
from transformers import BertConfig, BertModel

from bioner_core.errors import BionerError
from bioner_core.processes import end_with_parent
from bioner_core.study.executors.devices import check_bfloat16, count_threads, list_devices
from bioner_core.study.jobs import Settings
from bioner_core.study.machine_speed import MachineSpeed, TrainingSpeed, save_machine_speed
from bioner_core.tagging.encoders.windows import Window
from bioner_core.tagging.finetuning.batches import EncodedSentence
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.finetuning.train import train_tagger

Dtype = Literal["float32", "bfloat16"]
SECONDS = 10.0  # of all steps together; a slow machine finishes the steps that it has begun
N_ROUNDS = 2  # of which the faster one counts
BATCH_SIZE, N_PIECES = 8, 25  # a step of the packaged encoder on RuMedNER has 200 pieces on average
LAYERS, WIDTH, HEADS = 12, 384, 12  # of the packaged encoder, and of MiniLM
MEMORY = 1 << 30  # bytes that a process of the trial needs at most
MAX_SLOWDOWN = 2.0  # of a product in bfloat16; where it is slower, a single step may take half a minute
_ENDED = (
    "the trial ended early: its process was killed, most often for want of memory. Close other programs, "
    "then measure again."
)

Way = tuple[Dtype, int]  # number format, processes
Steps = tuple[int, float, float]  # their number, and their seconds: by the clock, and of processor time


def measure_machine() -> MachineSpeed:
    """Measure how fast this machine fine-tunes, keep the result and return it.

    :raises BionerError: it trains on GPUs, or the cache cannot be written.
    """
    if (device := list_devices()[0]).name != "cpu":
        raise BionerError(
            f"this machine trains on {device.title}: only processors are measured. BIONER_DEVICES=cpu "
            "measures the processor."
        )
    n_cores = count_threads()
    n_most = max(1, min(n_cores, int(psutil.virtual_memory().available / MEMORY)))
    counts = sorted({1, n_most})
    with ExitStack() as stack:
        crews = {n: [Trainee(n_cores // n) for _ in range(n)] for n in counts}
        for crew in crews.values():
            for trainee in crew:
                stack.callback(trainee.stop)
        dtypes, *_ = [trainee.receive_dtypes() for crew in crews.values() for trainee in crew]
        rates, busy_share = _measure_in_turns(crews, [(dtype, n) for dtype in dtypes for n in counts])
    speeds = [
        TrainingSpeed(
            dtype=dtype, n_processes=n, n_threads=n_cores // n, sentences_per_second=round(max(values), 2)
        )
        for (dtype, n), values in rates.items()
    ]
    return save_machine_speed(speeds, busy_share=round(busy_share, 2))


def _measure_in_turns(
    crews: dict[int, list["Trainee"]], ways: Sequence[Way]
) -> tuple[dict[Way, list[float]], float]:
    """Return the sentences per second of each way and round, and the share of other programs."""
    began = time.perf_counter()
    for dtype, n in ways:  # the first steps are slow
        _train_together(crews[n], dtype, 0.0)
    left = SECONDS - (time.perf_counter() - began)
    seconds = max(0.0, left / (N_ROUNDS * len(ways)))
    rates: dict[Way, list[float]] = {way: [] for way in ways}
    wanted = computed = 0.0
    for _ in range(N_ROUNDS):
        for dtype, n in ways:
            results = _train_together(crews[n], dtype, seconds)
            rates[dtype, n].append(sum(BATCH_SIZE * steps / clock for steps, clock, _ in results))
            if n == count_threads():  # processes of one thread: none waits for another one
                wanted += sum(clock for _, clock, _ in results)
                computed += sum(processor for _, _, processor in results)
    return rates, max(0.0, 1 - computed / wanted) if wanted else 0.0


def _train_together(crew: Sequence["Trainee"], dtype: Dtype, seconds: float) -> list[Steps]:
    for trainee in crew:
        trainee.request(dtype, seconds)
    return [trainee.receive_steps() for trainee in crew]


class Trainee:
    """A process that trains steps when it is told to."""

    def __init__(self, n_threads: int) -> None:
        # A fork shares the loaded libraries; no product was computed here, so no thread of torch is lost.
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self.channel, far_end = context.Pipe()
        self._process = context.Process(target=_run_trainee, args=(far_end, n_threads), daemon=True)
        self._process.start()
        far_end.close()

    def request(self, dtype: Dtype, seconds: float) -> None:
        """Have the process train for some seconds."""
        try:
            self.channel.send((dtype, seconds))
        except OSError as error:
            raise BionerError(_ENDED) from error

    def receive_dtypes(self) -> list[Dtype]:
        """Return the number formats that the process can train in; it says so once, at its start."""
        dtypes: list[Dtype] = self._receive()
        return dtypes

    def receive_steps(self) -> Steps:
        """Return what the process has trained since the last request."""
        steps: Steps = self._receive()
        return steps

    def _receive(self) -> Any:
        try:
            return self.channel.recv()
        except (EOFError, OSError) as error:
            raise BionerError(_ENDED) from error

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()
        self.channel.close()


def _run_trainee(channel: "Connection[Any, Any]", n_threads: int) -> None:
    """Train as many steps as fit into the seconds of each request; at least one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    threading.Thread(target=end_with_parent, daemon=True).start()  # siblings hold its pipe open
    os.environ["OMP_NUM_THREADS"] = str(n_threads)
    torch.set_num_threads(n_threads)
    channel.send(list_dtypes())
    training: dict[Dtype, Iterator[object]] = {}
    while True:
        dtype, seconds = channel.recv()
        if dtype not in training:
            training[dtype] = build_training(dtype)
        n_steps, began, computed = 0, time.perf_counter(), time.process_time()
        while not n_steps or time.perf_counter() - began < seconds:
            next(training[dtype])
            n_steps += 1
        channel.send((n_steps, time.perf_counter() - began, time.process_time() - computed))


def list_dtypes() -> list[Dtype]:
    """Return the number formats to try: bfloat16 only where its products are not far slower."""
    if check_bfloat16("bfloat16"):
        return ["float32"]
    is_slow = _time_product(torch.bfloat16) > MAX_SLOWDOWN * _time_product(torch.float32)
    return ["float32"] if is_slow else ["float32", "bfloat16"]


def _time_product(dtype: torch.dtype) -> float:
    """Return the seconds of the fastest of three products."""
    left, right = torch.ones(64, WIDTH, dtype=dtype), torch.ones(WIDTH, WIDTH, dtype=dtype)
    seconds = []
    for _ in range(3):
        began = time.thread_time()
        torch.mm(left, right)
        seconds.append(time.thread_time() - began)
    return min(seconds)


def build_training(dtype: Dtype, *, layers: int = LAYERS, width: int = WIDTH) -> Iterator[object]:
    """Return endless steps on random sentences."""
    config = BertConfig(
        vocab_size=1000,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        intermediate_size=4 * width,
    )
    tagger = Tagger(
        BertModel(config, add_pooling_layer=False), ("Drug", "Disease"), dropout=0.1, dtype=dtype, seed=0
    )
    generator = np.random.default_rng(0)
    words = np.arange(N_PIECES - 2)  # a piece each, between two special pieces
    examples = [
        EncodedSentence(
            windows=(
                Window(
                    input_ids=generator.integers(1, 1000, N_PIECES),
                    first_pieces=words + 1,
                    piece_ends=words + 2,
                    word_indices=words,
                ),
            ),
            tags=generator.integers(0, 5, len(words)),
            allowed=np.ones(5, np.bool_),
        )
        for _ in range(8 * BATCH_SIZE)
    ]
    settings = Settings(epochs=1, min_steps=10**9, batch_size=BATCH_SIZE, learning_rate=1e-4)
    return train_tagger(tagger, examples, settings, seed=0)
