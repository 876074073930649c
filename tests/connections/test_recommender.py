"""The protocol of INCEpTION's external recommenders, with documents as INCEpTION sends them.

The documents have the form of ``examples/requests`` in inception-external-recommender: XMI with a type
system, offsets in UTF-16 units; the texts are made up.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from xml.etree import ElementTree

import pytest

from bioner_core.connections.cas_xmi import NAMED_ENTITY, read_cas_text, serialize_cas
from bioner_core.connections.recommender import Recommender
from bioner_core.connections.recommender_server import open_server
from bioner_core.connections.tool import build_key
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Mention
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.rounds.project import SentTask
from bioner_core.rounds.recommending import TrainingPartPredictor
from bioner_core.rounds.term_predictor import TermPredictor

NER, CAS, XMI = (
    "http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore",
    "http:///uima/cas.ecore",
    "http://www.omg.org/XMI",
)
TEXT = "😀 Zinc helped. He took zinc."
METADATA = {
    "layer": NAMED_ENTITY,
    "feature": "value",
    "projectId": 134,
    "anchoringMode": "tokens",
    "crossSentence": False,
}
TYPE_SYSTEM = '<?xml version="1.0"?><typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier"/>'
CORPUS = Corpus(
    name="notes",
    sentences=(Sentence(("He", "took", "zinc"), (Span(2, 3, "Drug"),)),),
    types=("Drug",),
)


def build_xmi(text, entities=()):
    """Return a document as INCEpTION writes it: sentences, tokens, perhaps named entities."""
    rows = "".join(
        f'<type4:NamedEntity xmi:id="{100 + n}" sofa="12" begin="{start}" end="{end}" value="{value}"/>'
        for n, (start, end, value) in enumerate(entities)
    )
    members = " ".join(str(100 + n) for n in range(len(entities)))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<xmi:XMI xmlns:xmi="{XMI}" xmlns:cas="{CAS}" xmlns:type4="{NER}" '
        'xmlns:type5="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore" xmi:version="2.0">'
        '<cas:NULL xmi:id="0"/><type5:Sentence xmi:id="20" sofa="12" begin="0" end="15"/>'
        f'{rows}<cas:Sofa xmi:id="12" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString="{text}"/>'
        f'<cas:View sofa="12" members="20 {members}"/></xmi:XMI>'
    )


def build_prediction_request(text=TEXT):
    document = {"xmi": build_xmi(text), "documentId": 838, "userId": "anna"}
    return json.dumps({"metadata": METADATA, "document": document, "typeSystem": TYPE_SYSTEM}).encode()


def build_training_request(*documents):
    listed = [{"xmi": xmi, "documentId": n, "userId": "anna"} for n, xmi in enumerate(documents)]
    return json.dumps({"metadata": METADATA, "documents": listed, "typeSystem": TYPE_SYSTEM}).encode()


def find_predictions(answer):
    root = ElementTree.fromstring(json.loads(answer)["document"].encode())  # noqa: S314, our own output
    [view] = [element for element in root if element.tag == f"{{{CAS}}}View"]
    members = view.get("members").split()
    return [
        (int(element.get("begin")), int(element.get("end")), element.get("value"))
        for element in root
        if element.get("inception_internal_predicted") == "true" and element.get(f"{{{XMI}}}id") in members
    ], root


def test_predictions_are_added_to_the_document_in_utf_16_units():
    answer = Recommender(TermPredictor(CORPUS)).predict(build_prediction_request())
    predictions, root = find_predictions(answer)
    assert sorted(predictions) == [(3, 7, "Drug"), (24, 28, "Drug")]
    assert root.find(f"{{{CAS}}}Sofa").get("sofaString") == TEXT
    ids = [element.get(f"{{{XMI}}}id") for element in root if element.get(f"{{{XMI}}}id")]
    assert len(ids) == len(set(ids))
    assert all(element.get("sofa") == "12" for element in root if element.get("begin"))


def test_training_teaches_terms_of_other_documents():
    recommender = Recommender(TermPredictor(None))
    assert find_predictions(recommender.predict(build_prediction_request()))[0] == []
    document = build_xmi("He took zinc.", [(8, 12, "Drug")])
    assert recommender.train(build_training_request(document)) == 204
    assert len(find_predictions(recommender.predict(build_prediction_request()))[0]) == 2


def test_documents_without_annotations_teach_nothing_and_are_no_error():
    recommender = Recommender(TermPredictor(CORPUS))
    assert recommender.train(build_training_request(build_xmi("Nothing here."))) == 204
    assert recommender.train(build_training_request()) == 204
    assert len(find_predictions(recommender.predict(build_prediction_request()))[0]) == 2


def test_a_second_training_at_the_same_time_is_refused():
    begun, go_on = threading.Event(), threading.Event()

    class Slow(TermPredictor):
        def learn(self, reading):
            begun.set()
            go_on.wait(20)

    recommender = Recommender(Slow(None))
    request = build_training_request(build_xmi("He took zinc.", [(8, 12, "Drug")]))
    thread = threading.Thread(target=recommender.train, args=(request,))
    thread.start()
    assert begun.wait(20)
    assert recommender.train(request) == 429
    go_on.set()
    thread.join()
    assert recommender.train(request) == 204


def test_what_takes_long_is_learned_in_the_background_and_busy_is_said():
    begun, go_on, learned = threading.Event(), threading.Event(), threading.Event()

    class Slow(TermPredictor):
        def learn(self, reading):
            begun.set()
            go_on.wait(20)
            super().learn(reading)
            learned.set()

    recommender = Recommender(Slow(None), is_slow=True)
    request = build_training_request(build_xmi("He took zinc.", [(8, 12, "Drug")]))
    assert recommender.train(request) == 204  # at once: learning has only begun
    assert begun.wait(20)
    assert recommender.train(request) == 429
    assert find_predictions(recommender.predict(build_prediction_request()))[0] == []
    go_on.set()
    assert learned.wait(20)
    assert len(find_predictions(recommender.predict(build_prediction_request()))[0]) == 2
    wait_until(lambda: recommender.train(request) == 204)


def wait_until(is_so):
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError


def test_a_fault_in_the_background_is_logged_without_text_and_training_goes_on(caplog):
    class Faulty(TermPredictor):
        def learn(self, reading):
            raise ValueError(reading.passages[0].text)

    recommender = Recommender(Faulty(None), is_slow=True)
    request = build_training_request(build_xmi("He took zinc.", [(8, 12, "Drug")]))
    assert recommender.train(request) == 204
    wait_until(lambda: "ValueError" in caplog.text)
    assert "zinc" not in caplog.text
    wait_until(lambda: recommender.train(request) == 204)


def test_texts_to_test_on_are_neither_marked_nor_learned_from():
    sent = [SentTask(key=build_key(TEXT), part="test", at="2026-03-02T09:00:00+00:00")]
    recommender = Recommender(TrainingPartPredictor(TermPredictor(CORPUS), lambda: sent))
    assert find_predictions(recommender.predict(build_prediction_request()))[0] == []
    other = "Zinc and iron."
    assert len(find_predictions(recommender.predict(build_prediction_request(other)))[0]) == 1
    document = build_xmi(other, [(9, 13, "Drug")])
    sent.append(SentTask(key=build_key(other), part="test", at="2026-03-02T09:00:00+00:00"))
    assert recommender.train(build_training_request(document)) == 204
    assert find_predictions(recommender.predict(build_prediction_request("He took iron.")))[0] == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        json.dumps({"metadata": METADATA}).encode(),
        json.dumps({"metadata": METADATA, "document": {"xmi": "<a/>"}}).encode(),
        json.dumps(
            {"metadata": {"layer": "a b", "feature": "value"}, "document": {"xmi": build_xmi("x")}}
        ).encode(),
    ],
)
def test_other_requests_are_refused(body):
    with pytest.raises(BionerError, match="request"):
        Recommender(TermPredictor(CORPUS)).predict(body)


@pytest.fixture
def address():
    with open_server(Recommender(TermPredictor(CORPUS)), 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def post(address, body, **headers):
    request = urllib.request.Request(  # noqa: S310, of this machine
        address, body, {"Content-Type": "application/json", **headers}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_server_speaks_the_protocol(address):
    status, answer = post(f"{address}/predict", build_prediction_request())
    assert status == 200
    assert len(find_predictions(answer)[0]) == 2
    assert post(f"{address}/terms/train", build_training_request())[0] == 204
    assert post(f"{address}/other", b"{}")[0] == 404
    assert post(f"{address}/predict", b"the patient took zinc") == (400, b"")


def test_web_pages_cannot_reach_the_server(address):
    request = build_prediction_request()
    assert post(f"{address}/predict", request, **{"Content-Type": "text/plain"})[0] == 400
    assert post(f"{address}/predict", request, Host="evil.example.org")[0] == 400


def test_a_fault_of_the_predictor_is_answered_and_logged_without_text(address, monkeypatch, caplog):
    def fail(self, text):
        raise ValueError(text)

    monkeypatch.setattr(TermPredictor, "predict", fail)
    assert post(f"{address}/predict", build_prediction_request()) == (500, b"")
    assert "ValueError" in caplog.text
    assert "zinc" not in caplog.text


def test_a_port_in_use_is_named(address):
    port = int(address.rpartition(":")[2])
    with pytest.raises(BionerError, match=f"port {port}: cannot be used here"):
        open_server(Recommender(TermPredictor(CORPUS)), port)


def test_a_document_for_inception_is_read_as_it_was_written():
    text = "😀 No pain\tnow.\nNone & never <ache>"
    at = text.index("ache")
    mentions = (Mention("DI", ((5, 9),)), Mention("ADR", ((at, at + 4),)))
    xmi = serialize_cas(text, mentions)
    assert read_cas_text(xmi.decode(), where="x") == text
    [passage] = read_files({"a.xmi": xmi}, name="x").passages
    assert [(passage.mention_text(of), of.label) for of in passage.mentions] == [
        ("ache", "ADR"),
        ("pain", "DI"),
    ]
