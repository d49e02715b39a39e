import random
import struct

import pytest

from proxy.core.formats.binary import runs
from proxy.core.message import Action
from tests.proxy.core.gate import HKID, MASKING, MOBILE, RIC, entities, forwarded, inspected, message

STREAM = "application/octet-stream"
NOISE = bytes((at * 73 + 129) & 255 for at in range(64))


def packed(number, swapped=False):
    pairs = [number[at : at + 2] for at in range(0, len(number), 2)]
    return bytes.fromhex("".join(pair[::-1] if swapped else pair for pair in pairs))


@pytest.mark.parametrize(
    ("body", "entity"),
    [
        (b"\xac\xed\0\5t\0\x10" + b"6228485319693749", "PAYMENT_CARD"),
        (NOISE + b"mobile\0\1\xf1" + MOBILE.encode() + NOISE, "CN_MOBILE"),
        (NOISE + f"hkid: {HKID}".encode("utf-16-le") + NOISE, "HK_ID"),
        (b"\1\2" + packed(RIC), "CN_RESIDENT_ID"),
        (b"\7\x91" + packed(RIC, swapped=True) + NOISE, "CN_RESIDENT_ID"),
        (NOISE + bytes.fromhex("f" + RIC + "f"), "CN_RESIDENT_ID"),
    ],
)
def test_texts_among_other_bytes_are_found_and_block(body, entity):
    assert entity in entities(body, STREAM)
    assert inspected(MASKING, message(body, STREAM)).action is (
        Action.LOG if entity in ("PAYMENT_CARD", "CN_MOBILE") else Action.BLOCK
    )


@pytest.mark.parametrize(
    "front",
    [b"\x88o", b"\x98\x11c", b"\xa4i\n", b"\xdc\0\x12\xa3"],
    ids=["cbor, cut late", "cbor, cut early", "cbor, a map", "msgpack"],
)
def test_bytes_in_front_do_not_cut_a_number_into_items(front):
    assert "CN_RESIDENT_ID" in entities(front + f"\n {RIC} \n".encode(), "")


@pytest.mark.parametrize(
    ("data", "texts", "expected"),
    [
        (b"x440106199003", [b"440106199003"], False),
        (b"2440106199003", [b"440106199003"], False),  # how long it is, in front
        (b"440106199003", [b"440106", b"199003"], True),
        (b"440106199003", [], True),
        (b"44010", [], False),
    ],
)
def test_figures_side_by_side_in_no_text_were_not_read(data, texts, expected):
    assert runs.unread(data, texts) is expected


def test_noise_holds_nobody():
    rng = random.Random(5)
    for size in (200, 3000, 60_000):
        for _ in range(10):
            assert not {"CN_RESIDENT_ID", "PAYMENT_CARD", "CN_MOBILE", "HK_ID"} & set(
                entities(rng.randbytes(size), STREAM)
            )


def test_bencode_is_masked_with_its_lengths():
    for body in (f"d2:id18:{RIC}e", f"d4:listl2:id18:{RIC}i7eed1:ai-3eee"):
        masked = body.replace(RIC, "440106********2170")
        assert forwarded(message(body, STREAM)).body.decode() == masked
    assert entities(f"d6:mobile11:{MOBILE}e", STREAM) == ["CN_MOBILE"]
    assert forwarded(message(f"d2:idi{RIC}ee", STREAM)).body == b"d2:id18:440106********2170e"


@pytest.mark.parametrize(
    "body", ["d2:id", "d2:id99:xe", "d" * 3000 + "e", "d1:ai1ei2ee", "l" * 5000 + "1:ae", "d3: see me"]
)
def test_what_only_begins_as_bencode_is_read_as_it_stands(body):
    assert inspected(MASKING, message(f"{body} {RIC} e", STREAM)).findings


def test_java_maps_call_values_by_their_keys():
    texts = b"".join(b"t" + struct.pack(">H", len(each)) + each for each in (b"mobile", MOBILE.encode()))
    assert "CN_MOBILE" in entities(b"\xac\xed\0\5sr\0\x11java.util.HashMap" + bytes(8) + texts + b"x", STREAM)
