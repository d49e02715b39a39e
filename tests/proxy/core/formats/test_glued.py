import base64

import pytest

from proxy.core.formats.base import Node
from proxy.core.formats.glued import hinted, leaves
from proxy.core.message import Action
from tests.proxy.core.gate import HKID, MASKING, RIC, entities, forwarded, inspected, message

CARD = "6228485319693749"


@pytest.mark.parametrize(
    ("path", "entity"),
    [
        ("/hk_phone/51234567", "HK_PHONE"),
        ("/u/hk_phone/51234567/view", "HK_PHONE"),
        ("/f/passport-E12345678.json", "CN_PASSPORT"),
        (f"/f/card_no_{CARD}.pdf", "PAYMENT_CARD"),
        ("/f/bank_card_6228480402564890018.pdf", "PAYMENT_CARD"),
        ("/f/uscc_91440101LXG0TEQY2G.pdf", "CN_USCC"),
    ],
)
def test_a_word_before_a_segment_says_what_it_is(path, entity):
    assert entities("", path=path.encode()) == [entity]
    assert entities("", headers=((b"Referer", f"https://example.com{path}".encode()),)) == [entity]


def test_a_segment_is_masked_where_it_stands():
    assert forwarded(message(path=f"/people/id_card_{RIC}/view".encode())).path.endswith(b"_440106********2170/view")


@pytest.mark.parametrize(
    "path",
    ["/api/v2/orders/20240115", "/order_no/51234567", "/a/b_12345678/c", "/build-20240115.1/x", "/20240115/51234567"],
)
def test_other_segments_are_left_alone(path):
    assert entities("", path=path.encode()) == []


def test_names_of_elements_and_files_are_read():
    assert entities(f"<r><card_no_{CARD}/></r>", "text/xml") == ["PAYMENT_CARD"]
    assert entities(f"<r><hkid_{HKID.replace('(', '.').replace(')', '')}/></r>", "text/xml") == ["HK_ID"]
    head = f'Content-Disposition: form-data; name="f"; filename="card_no_{CARD}.pdf"'
    body = f"--B\r\n{head}\r\n\r\nx\r\n--B--\r\n"
    assert entities(body, "multipart/form-data; boundary=B") == ["PAYMENT_CARD"]


@pytest.mark.parametrize("method", [f"PUT{RIC}", "11010519491231002X"], ids=["glued", "bare"])
def test_methods_that_nobody_knows_block(method):
    verdict = inspected(MASKING, message(method=method))
    assert verdict.action is Action.BLOCK
    assert {finding.part.partition("/")[0] for finding in verdict.findings} == {"method"}


@pytest.mark.parametrize(
    "code", [lambda text: text.hex(), lambda text: base64.b32encode(text).decode().rstrip("=").lower()]
)
def test_labels_of_a_name_to_be_looked_up_are_put_together(code):
    name = code(f"hkid {HKID}, id {RIC}".encode())
    host = ".".join(name[at : at + 40] for at in range(0, len(name), 40)) + ".t.example.com"
    assert set(entities("", host=host)) >= {"HK_ID", "CN_RESIDENT_ID"}


def test_ordinary_names_and_heads_give_no_hint():
    for text in (b"/api/v1/orders?page=2\nHost: api.example.com", b"Mozilla/5.0 AppleWebKit/537.36 Chrome/120.0.0.0"):
        assert not hinted(text)
        assert not list(leaves("x", Node(text)))
