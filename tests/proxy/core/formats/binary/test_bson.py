import datetime as dt
import gzip

import bson as library
import pytest
from bson import binary, code, decimal128, int64, objectid, regex, timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.binary import bson
from proxy.core.message import Cause
from tests.proxy.core.formats.binary.bodies import NEEDLE, as_json, nested, renamed, replaced, survives
from tests.proxy.core.gate import (
    LOGGING,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    causes,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

TYPE = "application/bson"
USERS = {"users": [{"name": "a", "idCard": RIC, "phones": [MOBILE]}, {"mobile": int64.Int64(13800138000)}]}
KEYS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    st.just(NEEDLE),
)
DOCUMENTS = st.dictionaries(KEYS, nested(LEAVES, KEYS), max_size=4)


@pytest.mark.parametrize("declared", [TYPE, "", "application/octet-stream", "text/plain"])
def test_finds_values_by_their_keys_whatever_the_type_says(declared):
    assert found(library.encode(USERS), declared) == [
        ("CN_RESIDENT_ID", "body/bson:/users/0/idCard", RIC),
        ("CN_MOBILE", "body/bson:/users/0/phones/0", MOBILE),
        ("CN_MOBILE", "body/bson:/users/1/mobile", MOBILE),
    ]


def test_documents_one_behind_the_other_are_all_read():
    body = library.encode({"id": RIC}) + library.encode({"n": {"id": f"{RIC}."}})
    assert [part for _, part, _ in found(body, TYPE)] == ["body/bson:/0/id", "body/bson:/1/n/id"]
    new = forwarded(message(body, TYPE)).body
    assert library.decode_all(new) == [{"id": RIC_MASK}, {"n": {"id": f"{RIC_MASK}."}}]


def test_writes_the_mask_and_leaves_every_other_value():
    more = {
        "_id": objectid.ObjectId(),
        "at": dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        "re": regex.Regex("a.c", "i"),
        "ts": timestamp.Timestamp(4, 13),
        "d": decimal128.Decimal128("1.5"),
        "b": b"\x00\x01",
        "u": binary.Binary(b"0123456789abcdef", 4),
        "x": [None, True, 1.5, 7],
    }
    sent = more | {"a": {"b": [{"c": RIC}]}, "n": int64.Int64(RIC), RIC: 1, "f": gzip.compress(RIC.encode())}
    new = library.decode(forwarded(message(library.encode(sent), TYPE)).body)
    assert gzip.decompress(new.pop("f")) == RIC_MASK.encode()
    assert new == library.decode(library.encode(more)) | {"a": {"b": [{"c": RIC_MASK}]}, "n": RIC_MASK, RIC_MASK: 1}


def test_code_and_patterns_are_read():
    body = library.encode({"f": code.Code(f"return '{RIC}'"), "g": regex.Regex(f"{RIC}|x", "i")})
    assert entities(body, TYPE) == ["CN_RESIDENT_ID"] * 2
    new = library.decode(forwarded(message(body, TYPE)).body)
    assert new == {"f": code.Code(f"return '{RIC_MASK}'"), "g": regex.Regex(f"{RIC_MASK}|x", "i")}


def test_code_with_variables_is_read_and_not_rewritten():
    body = library.encode({"g": code.Code(f"f({RIC})", {"id": RIC})})
    assert entities(body, TYPE) == ["CN_RESIDENT_ID"] * 2
    assert Cause.REWRITE in causes(inspected(MASKING, message(body, TYPE)))


@pytest.mark.parametrize("body", [RIC.encode(), library.encode({"a": "b"}) + b" id: " + RIC.encode()])
def test_text_that_is_said_to_be_bson_is_read_as_text(body):
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, message(body, TYPE)))
    assert "CN_RESIDENT_ID" in entities(body, TYPE)


def _deep(levels):
    body = b"\x05\0\0\0\0"
    for _ in range(levels):
        body = (len(body) + 8).to_bytes(4, "little") + b"\x03a\0" + body + b"\0"
    return body


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"\x05\0\0\0\0", None),
        (b"\x04\0\0\0", Cause.DECODE_ERROR),
        (b"\xff\xff\xff\xff\0", Cause.DECODE_ERROR),
        (b"\xff\xff\xff\x7f\0", Cause.DECODE_ERROR),
        (b"\x0c\0\0\0\x02a\0\xff\xff\xff\x7f\0", Cause.DECODE_ERROR),
        (b"\x0c\0\0\0\x02a\0\xff\xff\xff\xff\0", Cause.DECODE_ERROR),
        (b"\x0c\0\0\0\x05a\0\xf0\xff\xff\xff\0", Cause.DECODE_ERROR),
        (b"\x0d\0\0\0\x05a\0\xff\xff\xff\xff\0\0", Cause.DECODE_ERROR),
        (b"\x08\0\0\0\x03a\0\0", Cause.DECODE_ERROR),
        (b"\x08\0\0\0\x30a\0\0", Cause.DECODE_ERROR),
        (b"\x08\0\0\0\x0aab\0", Cause.DECODE_ERROR),
        (_deep(2000), Cause.DEPTH),
    ],
)
def test_lies_end_in_a_cause(body, cause):
    assert survives(bson, body) is cause


@given(DOCUMENTS)
def test_the_text_is_the_json_the_document_amounts_to(document):
    assert as_json(bson, library.encode(document)) == document


@given(DOCUMENTS, st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=300))
def test_a_replacement_changes_nothing_else(document, new):
    document = document | {"x": [NEEDLE]}
    assert library.decode(replaced(bson, library.encode(document), NEEDLE, new)) == renamed(document, NEEDLE, new)


@settings(max_examples=300)
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_read_or_refused(data):
    assert survives(bson, data) in (None, Cause.DECODE_ERROR)


@given(DOCUMENTS, st.data())
def test_a_damaged_body_is_read_or_refused(document, data):
    body = bytearray(library.encode(document))
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert survives(bson, bytes(body[: data.draw(st.integers(1, len(body)))])) in (None, Cause.DECODE_ERROR)


@given(st.text(min_size=1))
def test_text_is_not_taken_for_a_document(text):
    assert not bson.plausible(text.encode("utf-8", "replace"))
