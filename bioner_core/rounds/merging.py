"""The annotated corpus of a round: the one that a project began with, and what a tool has by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bioner_core.connections.tool import Export, build_key
from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.labels import LabelMap, propose_label_map
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Finding, Passage, Reading
from bioner_core.corpus.sentences import Corpus, Part
from bioner_core.corpus.split import split_corpus
from bioner_core.errors import BionerError
from bioner_core.rounds.batch import key_sentence
from bioner_core.rounds.pool_texts import PoolText
from bioner_core.rounds.project import Project, SentTask


@dataclass(frozen=True, kw_only=True)
class Merged:
    """All that is annotated by now."""

    corpus: Corpus
    reading: Reading  # of the tool's export
    findings: tuple[Finding, ...]
    keys: frozenset[str]  # of the texts that are annotated in the tool
    n_sentences: int  # in these texts
    n_strange: int  # of these texts, those that were not sent by this project


def read_export(export: Export, project: Project) -> Reading:
    """Read what a tool has. :raises BionerError: nothing is annotated yet, or it cannot be read."""
    if not export.files:
        raise BionerError(
            f"project {project.name}: nothing is annotated in {project.settings.title} yet. Pull again when "
            "annotators have finished some texts."
        )
    return read_files(export.files, name=project.name)


def merge_export(
    reading: Reading,
    project: Project,
    *,
    pool: Sequence[PoolText],
    sent: Sequence[SentTask],
    start: Corpus | None,
) -> Merged:
    """Add what is annotated in a tool to the corpus that a project began with.

    The test part is that of the first corpus and what was sent for testing; all else is for training. A text
    is of the document that the pool says: some tools change or lose the name.

    :raises BionerError: no mention has a label that the corpus annotates.
    """
    parts: dict[str, Part] = {task.key: task.part for task in sent}
    documents = {text.key: text.document for text in pool}
    done = {key_sentence(sentence) for sentence in start.sentences} if start else set()
    passages: dict[str, Passage] = {}
    for passage in reading.passages:
        key = key_passage(passage)
        if key not in done:
            document = documents.get(key, passage.document)
            passages.setdefault(key, replace(passage, part=parts.get(key, "train"), document=document))
    labels = map_labels(reading, project, start)
    annotated = replace(reading, passages=tuple(passages.values()))
    flat = flatten(
        annotated,
        labels,
        name=start.name if start else project.name,
        language=project.language or None,
        domain=project.domain,
    )
    corpus = _join(start, flat.corpus) if start else flat.corpus
    if not corpus.mentions:
        raise BionerError(
            f"project {project.name}: no annotated mention has a label of the corpus. Labels of the tool: "
            f"{', '.join(sorted(reading.labels)) or 'none'}. Make the project anew with --map LABEL=TYPE."
        )
    return Merged(
        corpus=corpus,
        reading=reading,
        findings=(*reading.findings, *flat.findings),
        keys=frozenset(passages),
        n_sentences=len(flat.corpus.sentences),
        n_strange=sum(key not in parts for key in passages),
    )


def mark_parts(corpus: Corpus) -> Corpus:
    """Return a corpus whose sentences say for which part they are, as it is split now."""
    split = split_corpus(corpus)
    test = {id(sentence) for sentence in split.test}
    sentences = (
        replace(sentence, part="test" if id(sentence) in test else "train") for sentence in corpus.sentences
    )
    return replace(corpus, sentences=tuple(sentences))


def key_passage(passage: Passage) -> str:
    """Return what recognizes the text of a passage."""
    return build_key(passage.text if passage.tokens is None else "".join(passage.tokens))


def map_labels(reading: Reading, project: Project, start: Corpus | None) -> LabelMap:
    """Map the tool's labels to the types of the first corpus; without one as an upload's are."""
    extra: Mapping[str, str] = dict(project.label_map)
    if start is None:
        return propose_label_map(reading.labels, extra=extra)
    corpus_map = {**start.label_map, **{entity: entity for entity in start.types}, **extra}
    proposed = propose_label_map(reading.labels, extra=corpus_map).mapping
    mapping = {raw: entity for raw, entity in proposed.items() if entity in start.types}
    return LabelMap(mapping, tuple(sorted(reading.labels.keys() - mapping.keys())))


def _join(start: Corpus, added: Corpus) -> Corpus:
    return replace(
        start,
        sentences=(*mark_parts(start).sentences, *added.sentences),
        label_map={**start.label_map, **added.label_map},
        tokenizer_version=max(start.tokenizer_version, added.tokenizer_version),
        agreement_f1=start.agreement_f1 if added.agreement_f1 is None else added.agreement_f1,
    )
