import base64
import gzip
import json

import msgpack as library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.binary import msgpack, octets
from proxy.core.limits import Limits
from proxy.core.message import Cause
from tests.proxy.core.formats.binary.bodies import (
    LEAVES,
    NEEDLE,
    as_json,
    inner_data,
    nested,
    opened,
    renamed,
    replaced,
    survives,
)
from tests.proxy.core.gate import (
    HKID,
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

TYPE = "application/msgpack"
USERS = {"users": [{"name": "a", "idCard": RIC, "phones": [MOBILE]}, {"idCard": f"x {RIC}!", "mobile": 13800138000}]}
PLACES = [
    ("CN_RESIDENT_ID", "body/msgpack:/users/0/idCard", RIC),
    ("CN_MOBILE", "body/msgpack:/users/0/phones/0", MOBILE),
    ("CN_RESIDENT_ID", "body/msgpack:/users/1/idCard", RIC),
    ("CN_MOBILE", "body/msgpack:/users/1/mobile", MOBILE),
]


@pytest.mark.parametrize("declared", [TYPE, "application/x-msgpack", "application/vnd.x+msgpack", "", "text/plain"])
def test_finds_values_by_their_keys_whatever_the_type_says(declared):
    assert found(library.packb(USERS), declared) == PLACES


def test_headings_and_siblings_name_values_as_in_json():
    rows = {"columns": ["name", "phone"], "rows": [["a", MOBILE]], "x": [{"field": "mobile", "value": MOBILE}]}
    assert [part for _, part, _ in found(library.packb(rows), TYPE)] == [
        "body/msgpack:/rows/0/1",
        "body/msgpack:/x/0/value",
    ]


def test_writes_the_mask_and_leaves_every_other_value():
    sent = USERS | {"more": [None, True, 1.5, -3, 2**63, b"\x00\xff", library.ExtType(5, b"xyz"), library.Timestamp(5)]}
    body = forwarded(message(library.packb(sent), TYPE)).body
    assert library.unpackb(body) == renamed(sent, RIC, RIC_MASK)
    assert RIC.encode() not in body


@pytest.mark.parametrize(
    "value",
    [
        int(RIC),
        -int(RIC),
        {int(RIC): 1},
        {RIC: 1},
        RIC.encode(),
        {"a": RIC.encode()},
        [f"{RIC}" + "，" * 20],
        "x" * 300 + f" {RIC}",
        "汉" * 30000 + f" {RIC}",
        {(1, RIC): 2},
        {((RIC,),): {"b": [1]}},
        {"k": gzip.compress(RIC.encode())},
        {"k": library.packb({"id": RIC})},
        {"k": library.ExtType(7, RIC.encode() * 2 + b" " + RIC.encode())},
        {"k": f'{{"id": "{RIC}"}}'.encode() + b" " * 64},
        {"k": f"身份证号码是 {RIC}，请核对".encode("gb18030")},
        {'a\\"\n': f'"\\\n {RIC}'},
    ],
)
def test_every_kind_of_value_is_found_and_masked(value):
    sent = message(library.packb(value), TYPE)
    assert "CN_RESIDENT_ID" in entities(sent.body, TYPE)
    body = forwarded(sent).body
    library.unpackb(body, strict_map_key=False, use_list=False)
    assert not entities(body, TYPE)


def test_a_redacted_number_becomes_a_string():
    body = forwarded(message(library.packb({"a": [1, int(RIC), 2.5], int(RIC): 1}), TYPE)).body
    assert library.unpackb(body) == {"a": [1, RIC_MASK, 2.5], RIC_MASK: 1}


def test_a_string_that_is_no_utf_8_keeps_its_charset():
    sent = library.packb({"k": f"身份证号码是 {RIC}，请核对".encode("gb18030")}, use_bin_type=False)
    body = forwarded(message(sent, TYPE)).body
    assert library.unpackb(body, raw=True)[b"k"].decode("gb18030") == f"身份证号码是 {RIC_MASK}，请核对"


def test_what_strings_hold_in_their_turn_is_found_and_masked():
    inner = json.dumps({"x": {"idCard": RIC}})
    sent = library.packb({"a": {"s": inner, "b": base64.b64encode(inner.encode()).decode()}})
    assert {part for _, part, _ in found(sent, TYPE)} == {
        "body/msgpack:/a/s/json:/x/idCard",
        "body/msgpack:/a/b/base64/json:/x/idCard",
    }
    new = library.unpackb(forwarded(message(sent, TYPE)).body)["a"]
    assert new["s"] == base64.b64decode(new["b"]).decode() == inner.replace(RIC, RIC_MASK)


def test_bytes_that_are_no_text_are_read_and_not_rewritten():
    verdict = inspected(MASKING, message(library.packb({"k": b"\x00\xff" + RIC.encode()}), TYPE))
    assert Cause.REWRITE in causes(verdict)


def test_maps_one_behind_the_other_are_all_read():
    sent = library.packb({"id": RIC}) + library.packb([RIC])
    assert [part for _, part, _ in found(sent, TYPE)] == ["body/msgpack:/0/id", "body/msgpack:/1/0"]
    unpacker = library.Unpacker()
    unpacker.feed(forwarded(message(sent, TYPE)).body)
    assert list(unpacker) == [{"id": RIC_MASK}, [RIC_MASK]]


@pytest.mark.parametrize(
    "body",
    [
        RIC.encode(),
        b"\xdc\x00\x12" + RIC.encode(),  # an array of small numbers that spell it
        f'{{"id": "{RIC}"}}'.encode(),
        library.packb({"a": 1}) + b"id " + RIC.encode(),
    ],
)
def test_text_that_is_said_to_be_messagepack_is_read_as_text(body):
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, message(body, TYPE)))
    assert "CN_RESIDENT_ID" in entities(body, TYPE)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"\xdd\xff\xff\xff\xff", Cause.DECODE_ERROR),
        (b"\xdf\xff\xff\xff\xff" + b"\xa1a" * 100, Cause.DECODE_ERROR),
        (b"\xdb\xff\xff\xff\xffabc", Cause.DECODE_ERROR),
        (b"\xc6\xff\xff\xff\xffabc", Cause.DECODE_ERROR),
        (b"\x92\xcf44010619\xdc\x00\x0a9003072170", Cause.DECODE_ERROR),
        (b"\xc1", Cause.DECODE_ERROR),
        (b"\x81\xa1a", Cause.DECODE_ERROR),
        (b"\xcb\x00", Cause.DECODE_ERROR),
        (b"\xd9", Cause.DECODE_ERROR),
        (b"\xc7\x01", Cause.DECODE_ERROR),
        (b"\x91" * 100_000 + b"\xa1a", Cause.DEPTH),
        (b"\x81" * 100_000 + b"\xa1a", Cause.DEPTH),
        (b"\xdd\x00\x10\x00\x00" + b"\xc0" * (1 << 20), None),
    ],
)
def test_lies_end_in_a_cause(body, cause):
    assert survives(msgpack, body) is cause


def test_a_text_larger_than_the_budget_is_oversize():
    assert survives(msgpack, library.packb(["a" * 900] * 90), Limits(decoded_bytes=10_000)) is Cause.OVERSIZE


@given(nested(LEAVES))
def test_the_text_is_the_json_the_value_amounts_to(value):
    assert as_json(msgpack, library.packb(value)) == value


@given(nested(LEAVES), st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_a_replacement_changes_nothing_else(value, new):
    body = replaced(msgpack, library.packb([value, NEEDLE]), NEEDLE, new)
    assert library.unpackb(body) == renamed([value, NEEDLE], NEEDLE, new)


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_no_byte_string_is_lost(values):
    _, items = opened(msgpack, library.packb(values))
    written = as_json(msgpack, library.packb(values))
    handed_out = inner_data(items)
    for value, text in zip(values, written, strict=True):
        assert value in handed_out or octets.spaced(text.encode()) == octets.spaced(value)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    assert survives(msgpack, data) in (None, Cause.DECODE_ERROR)


@given(nested(LEAVES), st.data())
def test_a_damaged_body_is_read_or_refused(value, data):
    body = bytearray(library.packb(value))
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(body)))
    assert survives(msgpack, bytes(body[:cut])) in (None, Cause.DECODE_ERROR)


@given(st.text(min_size=1).filter(lambda text: "\ud800" not in text))
def test_text_is_not_taken_for_a_message(text):
    assert not msgpack.plausible(text.encode("utf-8", "replace"))


@given(st.randoms(use_true_random=False), st.integers(16, 400))
def test_random_bytes_are_not_taken_for_a_message(random, size):
    assert not msgpack.plausible(random.randbytes(size))


def test_an_undeclared_message_is_guessed():
    assert msgpack.plausible(library.packb({"id": HKID}))
    assert [part for _, part, _ in found(library.packb({"idCard": RIC}), "application/octet-stream")] == [
        "body/msgpack:/idCard"
    ]
