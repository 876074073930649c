"""Readers of corpus formats: one module per format; ``detect`` chooses the reader by content.

To add a format of texts with character offsets, write a module with ``NAME``, ``claim`` and ``read``:

>>> from bioner_core.corpus.reading.findings import Findings
>>> from bioner_core.corpus.reading.placement import RawMention
>>> from bioner_core.corpus.reading.texts import AnnotatedText, build_passages
>>> NAME = "my format"  # as users call it
>>> def claim(files):  # name → text; returns the names of the files in this format, by content
...     return {name for name, text in files.items() if text.startswith("#my-format")}
>>> def read(files, *, name, documents):  # the claimed files; returns one Reading
...     findings, passages = Findings(), []
...     for file, text in files.items():
...         _, body, label, start, end = text.split("|")  # your parser
...         mention = RawMention(label, ((int(start), int(end)),), where=file)
...         annotated = AnnotatedText(text=body, raw_mentions=[mention])
...         passages += build_passages([annotated], file=file, findings=findings)
...     return findings.build_reading(name=name, format_name=NAME, passages=passages)
>>> files = {"a.txt": "#my-format|Took aspirin|Drug|5|12"}
>>> claim(files), read(files, name="corpus", documents=None).labels
({'a.txt'}, Counter({'Drug': 1}))

Then append the module to ``formats.FORMATS``, before the general formats (tables, JSON lines, CoNLL), and a
sample to ``tests/data/formats/``. ``build_passages`` repairs offsets, leaves invalid mentions out and reports
both as findings. A format of words and tags builds its ``Passage`` objects itself, as ``conll`` does. Raise
``BionerError`` with file and line for a file that cannot be read.
"""
