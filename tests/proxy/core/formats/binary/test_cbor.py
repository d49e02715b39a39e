import cbor2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxy.core.formats.binary import cbor
from proxy.core.message import Cause
from tests.proxy.core.formats.binary.bodies import LEAVES, NEEDLE, as_json, nested, renamed, replaced, survives
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

TYPE = "application/cbor"
RAW = RIC.encode()
USERS = {"users": [{"name": "a", "idCard": RIC, "phones": [MOBILE]}, {"idCard": f"x {RIC}!", "mobile": 13800138000}]}
PLACES = [
    ("CN_RESIDENT_ID", "body/cbor:/users/0/idCard", RIC),
    ("CN_MOBILE", "body/cbor:/users/0/phones/0", MOBILE),
    ("CN_RESIDENT_ID", "body/cbor:/users/1/idCard", RIC),
    ("CN_MOBILE", "body/cbor:/users/1/mobile", MOBILE),
]


def text(value):
    return bytes([0x60 | len(value)]) + value if len(value) < 24 else b"\x78" + bytes([len(value)]) + value


ENDLESS = (
    b"\xbf" + text(b"id") + b"\x7f" + text(RAW[:5]) + text(b"") + text(RAW[5:]) + b"\xff" + text(b"n") + b"\x9f\xff\xff"
)


@pytest.mark.parametrize("declared", [TYPE, "application/cbor-seq", "application/senml+cbor", "", "text/plain"])
@pytest.mark.parametrize("front", [b"", b"\xd9\xd9\xf7"])
def test_finds_values_by_their_keys_whatever_the_type_says(front, declared):
    assert found(front + cbor2.dumps(USERS), declared) == PLACES


def test_writes_the_mask_and_leaves_every_other_value():
    more = [None, True, 1.5, -3, 2**70, b"\x00\xff", cbor2.CBORTag(9999, "x"), cbor2.CBORSimpleValue(3), 65504.0]
    body = forwarded(message(cbor2.dumps(USERS | {"more": more}), TYPE)).body
    users = [{"name": "a", "idCard": RIC_MASK, "phones": [MOBILE]}, {"idCard": f"x {RIC_MASK}!", "mobile": 13800138000}]
    assert cbor2.loads(body) == {"users": users, "more": more}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (ENDLESS, {"id": RIC_MASK, "n": []}),
        (b"\xa1\x01\x5f\x45" + RAW[:5] + b"\x4d" + RAW[5:] + b"\xff", {1: RIC_MASK.encode()}),
        (b"\xa1\x01\xc6" + text(RAW), {1: cbor2.CBORTag(6, RIC_MASK)}),
        (cbor2.dumps({1: cbor2.CBORTag(24, cbor2.dumps([RIC]))}), {1: cbor2.CBORTag(24, cbor2.dumps([RIC_MASK]))}),
        (b"\xa1\x01\xc2\x48" + int(RIC).to_bytes(8), {1: RIC_MASK}),
        (b"\xa1\x01\x1b" + int(RIC).to_bytes(8), {1: RIC_MASK}),
        (b"\xa1\x01\x3b" + (int(RIC) - 1).to_bytes(8), {1: f"-{RIC_MASK}"}),
        (cbor2.dumps({int(RIC): 1}), {RIC_MASK: 1}),
        (cbor2.dumps({("a", RIC): {2: (RIC,)}}), {("a", RIC_MASK): {2: [RIC_MASK]}}),
    ],
)
def test_every_form_of_value_is_found_and_masked(sent, expected):
    assert "CN_RESIDENT_ID" in entities(sent, TYPE)
    assert cbor2.loads(forwarded(message(sent, TYPE)).body) == expected


@pytest.mark.parametrize("front", [b"\xd2", b"\xd8\x3d\xd2", b"\xd8\x62", b"\xd9\xd9\xf7\xd2"])
def test_what_is_signed_is_read_and_never_rewritten(front):
    sent = message(front + cbor2.dumps([b"", {}, cbor2.dumps({"id": RIC, "padding": "x" * 40}), b"s" * 64]), TYPE)
    assert "CN_RESIDENT_ID" in entities(sent.body, TYPE)
    assert Cause.REWRITE in causes(inspected(MASKING, sent))


def test_maps_one_behind_the_other_are_all_read():
    sent = cbor2.dumps({"id": RIC}) + cbor2.dumps([RIC])
    assert [part for _, part, _ in found(sent, TYPE)] == ["body/cbor:/0/id", "body/cbor:/1/0"]


@pytest.mark.parametrize("body", [RAW, b'{"id": "%b"}' % RAW, cbor2.dumps({"a": 1}) + b"id " + RAW])
def test_text_that_is_said_to_be_cbor_is_read_as_text(body):
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, message(body, TYPE)))
    assert "CN_RESIDENT_ID" in entities(body, TYPE)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"\x9b" + b"\xff" * 8, Cause.DECODE_ERROR),
        (b"\xbb" + b"\xff" * 8 + b"\x01" * 100, Cause.DECODE_ERROR),
        (b"\x7b" + b"\xff" * 8 + b"abc", Cause.DECODE_ERROR),
        (b"\x7f\x61a\x41b\xff", Cause.DECODE_ERROR),
        (b"\x7f\x61a\x7f\xff\xff", Cause.DECODE_ERROR),
        (b"\x7f\x61a", Cause.DECODE_ERROR),
        (b"\xbf\x61a\xff", Cause.DECODE_ERROR),
        (b"\x82\x01\xff", Cause.DECODE_ERROR),
        (b"\xff", Cause.DECODE_ERROR),
        (b"\x1c", Cause.DECODE_ERROR),
        (b"\x81\xc1", Cause.DECODE_ERROR),
        (b"\x9f\xc1\xff", Cause.DECODE_ERROR),
        (b"\xc1" * 100_000, Cause.DECODE_ERROR),
        (b"\x81" * 100_000 + b"\x01", Cause.DEPTH),
        (b"\x9f" * 100_000, Cause.DEPTH),
        (b"\xc1" * 100_000 + b"\x01", None),
        (b"\x7f" + b"\x60" * 10_000 + b"\xff", None),
        (b"\x7f" + b"\x60" * 100_000 + b"\xff", Cause.OVERSIZE),
        (b"\xc2\x58\xff" + b"\x01" * 255, None),
        (b"\xf9\x7e\x00", None),
        (b"\xf8\x20", None),
    ],
)
def test_lies_end_in_a_cause(body, cause):
    assert survives(cbor, body) is cause


@given(nested(LEAVES))
@example([2.4, -12289])  # a float of one byte over and over, that of a digit, and an integer of two other digits
def test_the_text_is_the_json_the_value_amounts_to(value):
    assert as_json(cbor, cbor2.dumps(value)) == value


@given(nested(LEAVES), st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_a_replacement_changes_nothing_else(value, new):
    body = replaced(cbor, cbor2.dumps([value, NEEDLE]), NEEDLE, new)
    assert cbor2.loads(body) == renamed([value, NEEDLE], NEEDLE, new)


@settings(max_examples=300)
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_read_or_refused(data):
    assert survives(cbor, data) in (None, Cause.DECODE_ERROR)


@given(nested(LEAVES), st.data())
def test_a_damaged_body_is_read_or_refused(value, data):
    body = bytearray(cbor2.dumps(value))
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert survives(cbor, bytes(body[: data.draw(st.integers(1, len(body)))])) in (None, Cause.DECODE_ERROR)


@given(st.text(min_size=1))
def test_text_is_not_taken_for_a_message(text):
    assert not cbor.plausible(text.encode("utf-8", "replace"))


@given(st.randoms(use_true_random=False), st.integers(16, 400))
def test_random_bytes_are_not_taken_for_a_message(random, size):
    assert not cbor.plausible(random.randbytes(size))
