"""Write samples of UIMA CAS, WebAnno TSV, BioC and GATE, by the tools' own libraries where PyPI has one.

Run by ``python tools/make_samples.py`` in an environment with ``dkpro-cassis==0.12.0 bioc==2.1
web-anno-tsv==0.0.1``.
"""

import json
import re
import shutil
import zipfile

from table_samples import MENTIONS, TEXTS, find_fragments

NER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
TOKEN = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"  # noqa: S105 - a type, no secret
SENTENCE = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
CUSTOM, RELATION = "webanno.custom.Finding", "webanno.custom.Cause"


def list_spans(document):
    """Return (label, start, end) of a text's mentions, from the first fragment to the last."""
    spans = []
    for label, words in MENTIONS[document]:
        fragments = find_fragments(document, words)
        spans.append((label, fragments[0][0], fragments[-1][1]))
    return spans


def count_utf16_units(text, offset):
    """Return an offset in UTF-16 units, as in Java and JavaScript."""
    return len(text[:offset].encode("utf-16-le")) // 2


def clear_folder(folder):
    """Delete the content of a folder, and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def format_json_lines(records):
    """Format records as JSON lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write_uima_xmi(folder):
    """Write CAS files by dkpro-cassis: a document as zip and JSON, a project of two, one custom layer."""
    clear_folder(folder)
    with zipfile.ZipFile(folder / "document.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in build_cas_files("d1").items():
            archive.writestr(name, content)
    project = {}
    for document, annotator in (
        ("d1", "anna"),
        ("d1", "boris"),
        ("d2", "boris"),
        ("d3", "anna"),
        ("d3", "INITIAL_CAS"),
    ):
        project |= build_cas_files(document, f"annotation/{document}.txt/{annotator}/", annotator=annotator)
    project |= build_cas_files("d1", "curation/d1.txt/CURATION_USER/")
    project |= build_cas_files("d4", "annotation/d4.txt/INITIAL_CAS/")
    project |= {f"source/{name}.txt": text for name, text in TEXTS.items()}
    with zipfile.ZipFile(folder / "project.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in project.items():
            archive.writestr(name, content)
    custom = build_cas_files("d3", layer=CUSTOM)
    (folder / "custom.xmi").write_text(custom["custom.xmi"], encoding="utf-8")
    as_json = build_cas_files("d1", is_json=True)
    (folder / "document.json").write_text(as_json["document.json"], encoding="utf-8")


def build_cas_files(document, prefix="", *, annotator="", layer=NER, is_json=False):
    """Return a CAS as XMI with its type system, or as JSON, by name."""
    from cassis import Cas, TypeSystem

    types = TypeSystem()
    for name in (TOKEN, SENTENCE, NER):
        types.create_type(name, "uima.tcas.Annotation")
    for feature in ("identifier", "value"):
        types.create_feature(types.get_type(NER), feature, "uima.cas.String")
    finding = types.create_type(CUSTOM, "uima.tcas.Annotation")
    for feature in ("certainty", "kind", "comment"):
        types.create_feature(finding, feature, "uima.cas.String")
    relation = types.create_type(RELATION, "uima.tcas.Annotation")
    for feature in ("Governor", "Dependent"):
        types.create_feature(relation, feature, finding)
    cas = Cas(types)
    cas.sofa_string, cas.sofa_mime = TEXTS[document], "text/plain"
    for start, end in ((m.start(), m.end()) for m in re.finditer(r"\S+", TEXTS[document])):
        cas.add(types.get_type(TOKEN)(begin=start, end=end))
    cas.add(types.get_type(SENTENCE)(begin=0, end=len(TEXTS[document])))
    added = []
    if annotator != "INITIAL_CAS":
        n_annotated = 2 if annotator == "boris" and document == "d1" else None
        for label, start, end in list_spans(document)[:n_annotated]:
            features = (
                {"value": label} if layer == NER else {"kind": label, "certainty": "sure", "comment": "x"}
            )
            added.append(types.get_type(layer)(begin=start, end=end, **features))
            cas.add(added[-1])
    if layer == CUSTOM:
        drug, other_drug = added[:2]
        place = {"begin": other_drug.begin, "end": other_drug.end}
        cas.add(types.get_type(RELATION)(**place, Governor=drug, Dependent=other_drug))
    stem = "custom" if layer == CUSTOM else annotator or "document"
    if is_json:
        return {f"{prefix}{stem}.json": cas.to_json(pretty_print=True, ensure_ascii=False)}
    return {f"{prefix}{stem}.xmi": cas.to_xmi(), f"{prefix}TypeSystem.xml": types.to_xml()}


def write_webanno_tsv(folder):
    """Write one file by web-anno-tsv (another group's library), one by hand after INCEpTION's user guide."""
    from web_anno_tsv import Annotation, open_web_anno_tsv
    from web_anno_tsv.web_anno_tsv import AnnotatedSentence, Span

    clear_folder(folder)
    with open_web_anno_tsv(str(folder / "library.tsv"), "w") as file:
        for document in ("d2", "d3"):
            text = TEXTS[document].strip()
            tokens = [Span(m[0], m.start(), m.end(), True) for m in re.finditer(r"\w+|[^\w\s]", text)]
            marked = [Annotation(label, text[s:e], s, e) for label, s, e in list_spans(document)]
            file.write(AnnotatedSentence(text, tokens, marked))
    (folder / "guide.tsv").write_text(re.sub(r"(?m)^(\d.*)$", r"\1\t", GUIDE), encoding="utf-8")


GUIDE = r"""#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue|coarseValue
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value
#T_SP=webanno.custom.Dose|ROLE_webanno.custom.Dose:of_webanno.custom.DoseOfLink|uima.tcas.Annotation|unit
#T_CH=webanno.custom.CorefLink|referenceRelation|referenceType
#T_RL=webanno.custom.Cause|kind|BT_de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity


#Text=Took 100 mg aspirin 😂 for a severe headache.
1-1	0-4	Took	VERB	VERB	_	_	_	_	_	_	_	_	_
1-2	5-8	100	NUM	NUM	_	_	_	_	mg[1]	_	_	_	_
1-3	9-11	mg	NOUN	NOUN	_	_	_	_	mg[1]	_	_	_	_
1-4	12-19	aspirin	NOUN	NOUN	http://example.org/a\_b	Drug	_	_	_	coref[1]	*->1-1	*	_
1-5	20-22	😂	SYM	SYM	_	_	_	_	_	_	_	_	_
1-6	23-26	for	ADP	ADP	_	_	_	_	_	_	_	_	_
1-7	27-28	a	DET	DET	_	_	_	_	_	_	_	_	_
1-8	29-35	severe	ADJ	ADJ	*[2]	ADR[2]	_	_	_	_	_	_	_
1-9	36-44	headache	NOUN	NOUN	*[2]|*[3]	ADR[2]|Symptom\|Sign[3]	_	_	_	_	_	treats	1-4
1-10	44-45	.	PUNCT	PUNCT	_	_	_	_	_	_	_	_	_

#Text=Antithrombotic therapy\tfailed.
2-1	46-60	Antithrombotic	ADJ	ADJ	_	_	_	_	_	_	_	_	_
2-1.1	50-60	thrombotic	_	_	*[4]	Disease[4]	_	_	_	_	_	_	_
2-2	61-68	therapy	NOUN	NOUN	_	_	_	_	_	_	_	_	_
2-3	69-75	failed	VERB	VERB	_	_	_	_	_	_	_	_	_
2-3.1	75-75		_	_	*	Disease	_	_	_	_	_	_	_
2-4	75-76	.	PUNCT	PUNCT	_	_	_	_	_	_	_	_	_
"""


def write_bioc(folder):
    """Write XML and JSON by bioc: passages with offsets, fragments as locations, a relation."""
    import bioc
    from bioc import biocjson, biocxml

    clear_folder(folder)
    collection = bioc.BioCCollection()
    collection.source, collection.date, collection.key = "made up", "2026-11-23", "sample.key"
    for name, text in TEXTS.items():
        document = bioc.BioCDocument()
        document.id = name
        collection.add_document(document)
        document.add_passage(title := bioc.BioCPassage())
        title.offset, title.text = 0, f"Report {name}"
        document.add_passage(passage := bioc.BioCPassage())
        passage.offset, passage.text = len(title.text) + 1, text
        for number, (label, words) in enumerate(MENTIONS[name]):
            passage.add_annotation(annotation := bioc.BioCAnnotation())
            annotation.id, annotation.infons["type"] = f"T{number}", label
            annotation.text = words.replace(" | ", " ")
            for start, end in find_fragments(name, words):
                annotation.add_location(bioc.BioCLocation(passage.offset + start, end - start))
        if name == "d1":
            passage.add_relation(relation := bioc.BioCRelation())
            relation.id, relation.infons["type"] = "R0", "treats"
            relation.add_node(bioc.BioCNode("T0", "drug"))
    with (folder / "collection.xml").open("w", encoding="utf-8") as file:
        biocxml.dump(collection, file)
    with (folder / "collection.json").open("w", encoding="utf-8") as file:
        biocjson.dump(collection, file, indent=1, ensure_ascii=False)
    lines = "".join(biocjson.dumps(document, ensure_ascii=False) + "\n" for document in collection.documents)
    (folder / "documents.jsonl").write_text(lines, encoding="utf-8")


def write_gate_xml(folder):
    """Write documents by hand after GATE's user guide; nodes count UTF-16 units, as Java does."""
    clear_folder(folder)
    for name, text in TEXTS.items():
        sets = {
            "": [("Token", m.start(), m.end()) for m in re.finditer(r"\S+", text)],
            "Key": list_spans(name),
        }
        sets["boris"] = [("Drug", 0, 4)] if name == "d1" else []
        (folder / f"{name}.xml").write_text(build_gate_document(text, sets), encoding="utf-8")


def build_gate_document(text, sets):
    """Return one document with its sets of annotations."""
    edges = sorted(
        {0, len(text)} | {edge for marked in sets.values() for _, *place in marked for edge in place}
    )
    pieces = [
        f'<Node id="{count_utf16_units(text, start)}"/>'
        + text[start:end].replace("&", "&amp;").replace("<", "&lt;")
        for start, end in zip(edges, [*edges[1:], len(text)], strict=True)
    ]
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<GateDocument version="3">', "<GateDocumentFeatures>"]
    lines += ["</GateDocumentFeatures>", f"<TextWithNodes>{''.join(pieces)}</TextWithNodes>"]
    number = 0
    for name, marked in sets.items():
        lines.append(f'<AnnotationSet Name="{name}">' if name else "<AnnotationSet>")
        for kind, start, end in marked:
            start, end = count_utf16_units(text, start), count_utf16_units(text, end)
            lines.append(f'<Annotation Id="{number}" Type="{kind}" StartNode="{start}" EndNode="{end}">')
            lines += ["<Feature>", '  <Name className="java.lang.String">length</Name>']
            lines += [
                f'  <Value className="java.lang.Long">{end - start}</Value>',
                "</Feature>",
                "</Annotation>",
            ]
            number += 1
        lines.append("</AnnotationSet>")
    return "\n".join([*lines, "</GateDocument>", ""])


WRITERS = {
    "uima_xmi": write_uima_xmi,
    "webanno_tsv": write_webanno_tsv,
    "bioc": write_bioc,
    "gate_xml": write_gate_xml,
}
