"""Write samples of corpora of shared tasks, as XML, tables and columns, by hand after their documentation.

The addresses are in ``tests/data/formats/README.md``.
"""

from xml.sax.saxutils import escape, quoteattr

from annotation_samples import clear_folder
from export_samples import list_contiguous, list_fragments
from table_samples import SENTENCES, TEXTS, write_texts


def _join(fragments, inner, outer):
    return outer.join(f"{start}{inner}{end}" for start, end in fragments)


def write_bionlp(folder):
    """Write the entities of a shared task, with an event and its trigger."""
    clear_folder(folder)
    write_texts(folder)
    for d in TEXTS:
        lines = [f"T{n}\t{k} {s} {e}\t{w}\n" for n, (k, s, e, w) in enumerate(list_contiguous(d), 1)]
        (folder / f"{d}.a1").write_text("".join(lines), encoding="utf-8")
    (folder / "d1.a2").write_text("T9\tIntake 0 4\tTook\nE1\tIntake:T9 Theme:T1\n", encoding="utf-8")


def write_biocreative(folder):
    """Write DrugProt's tables, and CHEMDNER's."""
    clear_folder(folder)
    title, body = "Zinc and aspirin", "Took zinc for pain; aspirin did not help."
    for name in ("drugprot", "chemdner"):
        (folder / name).mkdir()
        (folder / name / "abstracts.tsv").write_text(f"17\t{title}\t{body}\n", encoding="utf-8")
    text = f"{title}\t{body}"
    rows = [("CHEMICAL", 0, 4), ("CHEMICAL", 9, 16), ("CHEMICAL", 22, 26), ("DISEASE", 31, 35)]
    terms = [f"17\tT{n}\t{k}\t{s}\t{e}\t{text[s:e]}\n" for n, (k, s, e) in enumerate(rows, 1)]
    (folder / "drugprot/entities.tsv").write_text("".join(terms), encoding="utf-8")
    lines = [
        "17\tT\t0\t4\tZinc\tTRIVIAL\n",
        "17\tA\t5\t9\tzinc\tTRIVIAL\n",
        "17\tA\t20\t27\taspirin\tTRIVIAL\n",
    ]
    (folder / "chemdner/annotations.tsv").write_text("".join(lines), encoding="utf-8")


def write_ddi(folder):
    """Write a document of the DDI corpus for each text."""
    clear_folder(folder)
    for d in TEXTS:
        entities = "".join(
            f'<entity id="{d}.s0.e{n}" charOffset="{_join([(s, e - 1) for s, e in fragments], "-", ";")}" '
            f"type={quoteattr(k)} text={quoteattr(w)}/>"
            for n, (k, fragments, w) in enumerate(list_fragments(d))
        )
        text = quoteattr(TEXTS[d], {"\n": "&#10;"})
        sentence = f'<sentence id="{d}.s0" text={text}>{entities}</sentence>'
        head = '<?xml version="1.0" encoding="UTF-8"?>'
        (folder / f"{d}.xml").write_text(f'{head}<document id="{d}">{sentence}</document>', encoding="utf-8")


def write_mae(folder):
    """Write MedTator's XML for each text."""
    clear_folder(folder)
    for d in TEXTS:
        tags = "".join(
            f'<{k} spans="{_join(fragments, "~", ",")}" id="{k[0]}{n}" text={quoteattr(w)}/>\n'
            for n, (k, fragments, w) in enumerate(list_fragments(d))
        )
        head = '<?xml version="1.0" encoding="UTF-8" ?>\n'
        body = f"<TEXT><![CDATA[{TEXTS[d]}]]></TEXT>\n<TAGS>\n{tags}</TAGS>\n"
        (folder / f"{d}.txt.xml").write_text(f"{head}<SAMPLE>\n{body}</SAMPLE>", encoding="utf-8")


def write_i2b2_xml(folder):
    """Write i2b2's XML of 2014 for each text."""
    clear_folder(folder)
    for d in TEXTS:
        tags = "".join(
            f'<TAG id="P{n}" start="{s}" end="{e}" text={quoteattr(w)} TYPE={quoteattr(k)} comment=""/>\n'
            for n, (k, s, e, w) in enumerate(list_contiguous(d))
        )
        head = '<?xml version="1.0" encoding="UTF-8" ?>\n'
        body = f"<TEXT><![CDATA[{TEXTS[d]}]]></TEXT>\n<TAGS>\n{tags}</TAGS>\n"
        (folder / f"{d}.xml").write_text(f"{head}<deIdi2b2>\n{body}</deIdi2b2>", encoding="utf-8")


def write_ehost(folder):
    """Write eHOST's annotations beside its texts."""
    clear_folder(folder)
    write_texts(folder / "corpus")
    (folder / "saved").mkdir()
    for d in TEXTS:
        items = ""
        for n, (k, fragments, w) in enumerate(list_fragments(d)):
            spans = "".join(f'<span start="{s}" end="{e}"/>' for s, e in fragments)
            words = escape(w if len(fragments) == 1 else " ... ".join(TEXTS[d][s:e] for s, e in fragments))
            items += f'<annotation><mention id="m{n}"/><annotator id="A">anna</annotator>{spans}'
            items += f"<spannedText>{words}</spannedText></annotation>"
            items += (
                f'<classMention id="m{n}"><mentionClass id="{k}">{escape(w)}</mentionClass></classMention>'
            )
        head = '<?xml version="1.0" encoding="UTF-8"?>'
        content = f'{head}<annotations textSource="{d}.txt">{items}</annotations>'
        (folder / "saved" / f"{d}.txt.knowtator.xml").write_text(content, encoding="utf-8")


def write_anafora(folder):
    """Write Anafora's annotations beside its texts."""
    clear_folder(folder)
    for d in TEXTS:
        (folder / d).mkdir()
        (folder / d / d).write_text(TEXTS[d], encoding="utf-8", newline="")
        items = "".join(
            f"<entity><id>{n}@e@{d}@gold</id><span>{_join(fragments, ',', ';')}</span>"
            f"<type>{k}</type><properties/></entity>"
            for n, (k, fragments, _) in enumerate(list_fragments(d))
        )
        head = '<?xml version="1.0" encoding="UTF-8"?><data><info/><schema/>'
        content = f"{head}<annotations>{items}</annotations></data>"
        (folder / d / f"{d}.Medical.gold.completed.xml").write_text(content, encoding="utf-8")


def write_tac_adr(folder):
    """Write a drug label with a section for each text."""
    sections, mentions = "", ""
    for number, d in enumerate(TEXTS, 1):
        sections += f'<Section id="S{number}" name="adverse reactions">{escape(TEXTS[d])}</Section>'
        for n, (k, fragments, w) in enumerate(list_fragments(d)):
            starts = ",".join(str(s) for s, _ in fragments)
            lengths = ",".join(str(e - s) for s, e in fragments)
            mentions += f'<Mention id="M{number}{n}" section="S{number}" type="{k}" start="{starts}" '
            mentions += f'len="{lengths}" str={quoteattr(w)}/>'
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    content = f'{head}<Label drug="SAMPLE" track="TAC2017_ADR"><Text>{sections}</Text>'
    content += f"<Mentions>{mentions}</Mentions><Relations/><Reactions/></Label>"
    (clear_folder(folder) / "SAMPLE.xml").write_text(content, encoding="utf-8")


def write_share_clef(folder):
    """Write ShARe/CLEF's pipes beside the texts."""
    clear_folder(folder)
    write_texts(folder / "texts")
    lines = [
        "||".join([f"{d}.txt", k, "C0000000", *(str(n) for place in fragments for n in place)])
        for d in TEXTS
        for k, fragments, _ in list_fragments(d)
    ]
    (folder / "all.pipe.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_conllu(folder):
    """Write CoNLL-U with tags in MISC, and with brackets as in GUM."""
    clear_folder(folder)
    tagged, bracketed = "# newdoc id = d1\n", "# newdoc id = d1\n"
    for number, sentence in enumerate(SENTENCES):
        for at, (word, tag) in enumerate(sentence, 1):
            row = f"{at}\t{word}\t_\tX\t_\t_\t0\troot\t_\t"
            tagged += f"{row}SpaceAfter=No|NER={tag}\n"
            following = sentence[at][1] if at < len(sentence) else "O"
            opening = f"(e{number}{at}-{tag[2:]}-new" if tag[0] == "B" else ""
            start = at if tag[0] == "B" else at - 1
            closing = ")" if tag != "O" and following[0] != "I" else ""
            value = opening + closing if opening else f"e{number}{start}{closing}" if closing else ""
            bracketed += f"{row}{f'Entity={value}' if value else '_'}\n"
        tagged, bracketed = tagged + "\n", bracketed + "\n"
    (folder / "tags.conllu").write_text(tagged, encoding="utf-8")
    (folder / "brackets.conllu").write_text(bracketed, encoding="utf-8")


def write_conll2012(folder):
    """Write CoNLL-2012's columns."""
    lines = "#begin document (bc/d1); part 000\n"
    for sentence in SENTENCES:
        for at, (word, tag) in enumerate(sentence):
            following = sentence[at + 1][1] if at + 1 < len(sentence) else "O"
            entity = f"({tag[2:]}" if tag[0] == "B" else "*"
            entity += ")" if tag != "O" and following[0] != "I" else "*" if tag[0] == "B" else ""
            lines += f"bc/d1   0   {at}   {word}   NN   *   -   -   -   -   {entity}   -\n"
        lines += "\n"
    (clear_folder(folder) / "d1.gold_conll").write_text(lines + "#end document\n", encoding="utf-8")


def write_hipe(folder):
    """Write HIPE's columns."""
    lines = "TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNE-FINE-LIT\tNE-NESTED\tNEL-LIT\tMISC\n"
    lines += "# document_id = d1\n"
    for sentence in SENTENCES:
        for at, (word, tag) in enumerate(sentence, 1):
            mark = "EndOfSentence" if at == len(sentence) else "_"
            lines += f"{word}\t{tag}\tO\t{tag.lower() if tag != 'O' else tag}\tO\t_\t{mark}\n"
    (clear_folder(folder) / "train.tsv").write_text(lines, encoding="utf-8")


def write_inline_tags(folder):
    """Write texts with tags around their entities."""
    clear_folder(folder)
    for d, text in TEXTS.items():
        marked = text
        for k, s, e, _ in sorted(list_contiguous(d), key=lambda span: -span[1]):
            marked = f"{marked[:s]}\0{k}\1{marked[s:e]}\0/{k}\1{marked[e:]}"
        marked = escape(marked).replace("\0", "<").replace("\1", ">")
        (folder / f"{d}.txt").write_text(marked, encoding="utf-8", newline="")


WRITERS = {
    "anafora": write_anafora,
    "biocreative": write_biocreative,
    "bionlp": write_bionlp,
    "conll2012": write_conll2012,
    "conllu": write_conllu,
    "ddi": write_ddi,
    "ehost": write_ehost,
    "hipe": write_hipe,
    "i2b2_xml": write_i2b2_xml,
    "inline_tags": write_inline_tags,
    "mae": write_mae,
    "share_clef": write_share_clef,
    "tac_adr": write_tac_adr,
}
