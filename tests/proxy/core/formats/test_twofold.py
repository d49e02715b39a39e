import pytest

from proxy.core.message import Action
from tests.proxy.core.gate import MASKING, MOBILE, RIC, RIC_MASK, entities, forwarded, inspected, message

TABLE = f"no,mobile,city\r\n1,{MOBILE},Foshan\r\n"
JSON, CSV = "application/json", "text/csv"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"a": [1, 2' + TABLE + "}}}", JSON),
        ('{"a":1}\n' + TABLE, JSON),
        ("a,b\r\n1,2\r\n\r\n" + TABLE, CSV),
        (f"Dear all,\nplease see below.\nmobile: {MOBILE}\n", "application/json; charset="),
    ],
)
def test_the_second_document_has_its_own_headings(body, content_type):
    assert entities(body, content_type) == ["CN_MOBILE"]


def test_both_readings_mask_the_same():
    body = '{"a": [1, 2\nid,x\r\n%s,1\r\n}}}'
    assert forwarded(message(body % RIC, JSON)).body.decode() == body % RIC_MASK


def test_letters_under_the_mark_of_another_charset_are_read():
    body = b"\xff\xfe" + f"id: {RIC}; {RIC}\n".encode()
    assert inspected(MASKING, message(body, "text/plain")).action is not Action.LOG


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (f'{{"phone":"x","order":"{MOBILE}"}}', JSON),
        (f'{{"phone":"}}{{{{","order":"{MOBILE}"}}', JSON),
        (f'[{{"phone":"x"}}, {{"order":"{MOBILE}"}}]', JSON),
        (f"phone,order\r\n1,{MOBILE}\r\n", CSV),
    ],
)
def test_whole_texts_are_read_once(body, content_type):
    assert entities(body, content_type) == []
