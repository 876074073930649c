"""The runner: train jobs in, progress and points out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from bioner_core.corpus.sentences import Corpus
from bioner_core.study.jobs import JobOutcome, JobProgress, TrainJob
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.finetuning.kind import FineTuningKind
from bioner_core.tagging.lstm_crf.kind import LstmCrfKind
from bioner_core.tagging.partial.kind import PartialKind
from bioner_core.tagging.probe.kind import ProbeKind
from bioner_core.tagging.recipe import train_jobs
from bioner_core.tagging.split_corpora import SplitCorpora
from bioner_core.tagging.tagger_kind import TaggerKind


def run_jobs(
    jobs: Sequence[TrainJob], *, corpora: Mapping[str, Corpus], device: str, cache: Path
) -> Iterator[JobOutcome]:
    """Train and score jobs, one kind of tagger after the other; one that fails does not stop the others.

    :param corpora: by name, those of all jobs
    :param device: as torch names it, such as "cpu", "cuda:0" or "mps"; the probe's heads train on the CPU
    :param cache: folder of converted encoders, pretrained weights and features
    """
    split_corpora, kinds = _open_kinds(corpora, device, cache)
    for kind in kinds:
        if selected := [job for job in jobs if kind.handles(job)]:
            for outcome in train_jobs(selected, kind, split_corpora):
                yield _note_gpu_memory(outcome, device)


def _note_gpu_memory(outcome: JobOutcome, device: str) -> JobOutcome:
    """Add the memory that this process holds of a GPU to its progress."""
    if isinstance(outcome, JobProgress) and device.startswith("cuda"):
        return replace(outcome, memory=torch.cuda.memory_reserved(device))
    return outcome


_Opened = tuple[SplitCorpora, tuple[TaggerKind, ...]]
_opened: dict[object, _Opened] = {}  # the latest corpora alone: what is loaded serves the next jobs, too


def _open_kinds(corpora: Mapping[str, Corpus], device: str, cache: Path) -> _Opened:
    """Return the kinds of taggers for some corpora, with what earlier calls have loaded."""
    key = (tuple((name, corpus.digest) for name, corpus in sorted(corpora.items())), device, cache)
    if key not in _opened:
        _opened.clear()
        split_corpora = SplitCorpora(corpora)
        encoded = EncodedCorpora(corpora, device=device, cache=cache)
        _opened[key] = (
            split_corpora,
            (
                FineTuningKind(split_corpora, encoded, cache=cache),
                PartialKind(split_corpora, encoded, cache=cache),
                ProbeKind(split_corpora, encoded, cache=cache),
                LstmCrfKind(split_corpora, device=device),
            ),
        )
    return _opened[key]
