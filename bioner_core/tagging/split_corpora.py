"""The corpora that some jobs share: each is checked against the plan and split once."""

from collections.abc import Iterable, Mapping

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import Split, exclude_shared, split_corpus
from bioner_core.errors import BionerError
from bioner_core.study.jobs import TrainJob


class SplitCorpora:
    """Corpora by name, with their training and test parts."""

    def __init__(self, corpora: Mapping[str, Corpus]) -> None:
        self.corpora = corpora
        self._splits: dict[tuple[str, int, bool], Split] = {}

    def check_digests(self, job: TrainJob) -> None:
        """Check that the job's corpora are those it was planned for.

        :raises BionerError: a corpus is missing or has changed since
        """
        names, digests = (job.target, *job.sources), (job.target_digest, *job.source_digests)
        for name, digest in zip(names, digests, strict=True):
            corpus = self.corpora.get(name)
            if corpus is None:
                raise BionerError(
                    f"corpus {name}: not among the study's corpora ({', '.join(self.corpora)})."
                )
            if corpus.digest != digest:
                raise BionerError(
                    f"corpus {name}: its content ({corpus.digest}) is not what the job was planned for "
                    f"({digest}). Plan the study again."
                )

    def label_space(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the entity types that the named corpora annotate, in the order of the tag ids."""
        return tuple(sorted({entity for name in names for entity in self.corpora[name].types}))

    def split_target(self, job: TrainJob) -> Split:
        """Return training and test part of a job's target."""
        return self._split(job.target, seed=job.split_seed, leave_out_shared=job.leave_out_shared)

    def select_source_sentences(self, job: TrainJob, name: str) -> tuple[Sentence, ...]:
        """Return the sentences of a source that a job may be trained on: its training part.

        With ``leave_out_shared``, sentences that occur in the target's test part are left out.
        """
        sentences = self._split(name, seed=job.split_seed).train
        return exclude_shared(sentences, self.split_target(job).test) if job.leave_out_shared else sentences

    def _split(self, name: str, *, seed: int, leave_out_shared: bool = False) -> Split:
        key = (name, seed, leave_out_shared)
        if key not in self._splits:
            self._splits[key] = split_corpus(self.corpora[name], seed=seed, leave_out_shared=leave_out_shared)
        return self._splits[key]
