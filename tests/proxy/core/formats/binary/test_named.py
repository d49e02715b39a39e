"""Numbers as numbers behind their names, in bytes of no known format."""

import pickle
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.budget import Budget
from proxy.core.formats.base import Node
from proxy.core.formats.binary import named
from proxy.core.limits import Limits
from proxy.core.message import Action
from tests.proxy.core.gate import MASKING, RIC, entities, inspected, message

STREAM = "application/octet-stream"
CARD, MOBILE = "6228485319693749", "13800138000"
FRONT, BEHIND = b"\x01\xfe\x00", b"\xff\x00\xfe"


def record(name, content):
    return FRONT + name.encode() + b"\0\0" + content + BEHIND


WRITTEN = {
    "int64": lambda n: struct.pack("<q", int(n)),
    "int64, big-endian": lambda n: struct.pack(">q", int(n)),
    "behind its size": lambda n: bytes((8,)) + int(n).to_bytes(8),
    "a byte a figure": lambda n: bytes(map(int, n)),
    "two bytes a figure": lambda n: struct.pack(f">{len(n)}H", *map(int, n)),
    "four bytes a figure": lambda n: struct.pack(f"<{len(n)}I", *map(int, n)),
    "doubles": lambda n: struct.pack(f"<{len(n)}d", *map(int, n)),
    "floats": lambda n: struct.pack(f">{len(n)}f", *map(int, n)),
}
NUMBERS = [("身份证号", RIC, "CN_RESIDENT_ID"), ("card_no", CARD, "PAYMENT_CARD"), ("手机号码", MOBILE, "CN_MOBILE")]


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize(("name", "number", "entity"), NUMBERS)
def test_a_number_behind_its_name_is_found(way, name, number, entity):
    assert entities(record(name, WRITTEN[way](number)), STREAM) == [entity]


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("number", [CARD, MOBILE])
def test_without_its_name_it_is_any_number(way, number):
    assert entities(record("total_bytes", WRITTEN[way](number)), STREAM) == []


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(("name", "number", "entity"), NUMBERS)
def test_integers_in_pickles_are_found_and_block_what_may_not_leave(protocol, name, number, entity):
    body = pickle.dumps({name: int(number)}, protocol)
    assert entities(body, STREAM) == [entity]
    if entity == "CN_RESIDENT_ID":
        assert inspected(MASKING, message(body, STREAM)).action is Action.BLOCK


def test_a_card_in_packed_decimal_is_found_under_its_name():
    assert entities(record("银行卡号", bytes.fromhex(CARD)), STREAM) == ["PAYMENT_CARD"]
    assert entities(record("checksum", bytes.fromhex(CARD)), STREAM) == []


def test_a_figure_a_byte_in_a_packed_field_is_found():
    body = b"".join(
        bytes((number << 3 | 2, len(value))) + value
        for number, value in enumerate(("身份证号".encode(), bytes(map(int, RIC))), 1)
    )
    assert "CN_RESIDENT_ID" in entities(body, "application/x-protobuf")


def test_noise_beside_names_is_nobody():
    noise = random.Random(4)
    names = b"mobile", b"id_card", b"card_no", b"phone", "手机号码".encode()
    for _ in range(60):
        body = FRONT + b"".join(name + b"\0" + noise.randbytes(40) for name in names)
        assert entities(body, STREAM) == []


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data):
    for leaf in named.reading("body", Node(data), Budget(len(data), Limits(), None)):
        assert leaf.doubtful
