import base64
import gzip
import json
import zlib

import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.binary import grpc
from proxy.core.limits import Limits
from proxy.core.message import Cause
from tests.proxy.core.formats.binary.bodies import survives
from tests.proxy.core.formats.binary.protos import Person
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

TYPE = "application/grpc"
ONE = Person(name="甲", note=RIC).SerializeToString()
TWO = Person(name="乙", notes=["x", f"{RIC} yes"]).SerializeToString()


def frame(content, flags=0):
    return bytes([flags]) + len(content).to_bytes(4) + content


def unframed(body):
    messages = []
    while body:
        size = int.from_bytes(body[1:5])
        messages.append((body[0], body[5 : 5 + size]))
        assert len(messages[-1][1]) == size
        body = body[5 + size :]
    return messages


@pytest.mark.parametrize("declared", [TYPE, "application/grpc+proto", "application/grpc-web+proto", "", "text/plain"])
def test_every_message_of_a_stream_is_read_whatever_the_type_says(declared):
    assert [part for _, part, _ in found(frame(ONE) + frame(b"") + frame(TWO), declared)] == [
        "body/grpc:1/protobuf:/2",
        "body/grpc:3/protobuf:/9[1]",
    ]


def test_writes_masks_and_lengths_and_leaves_the_other_messages():
    quiet = Person(name="nobody").SerializeToString()
    body = forwarded(message(frame(quiet) + frame(ONE) + frame(b"") + frame(TWO), TYPE)).body
    messages = [content for _, content in unframed(body)]
    assert messages[0] == quiet
    assert messages[2] == b""
    assert Person.FromString(messages[1]) == Person(name="甲", note=RIC_MASK)
    assert Person.FromString(messages[3]).notes == ["x", f"{RIC_MASK} yes"]


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, zstandard.compress])
def test_compressed_messages_are_read_and_compressed_again(pack):
    body = frame(pack(ONE), 1) + frame(ONE)
    assert [part for _, part, _ in found(body, TYPE)] == ["body/grpc:1/protobuf:/2", "body/grpc:2/protobuf:/2"]
    (flags, first), (_, second) = unframed(forwarded(message(body, TYPE)).body)
    undone = {gzip.compress: gzip.decompress, zlib.compress: zlib.decompress}.get(pack, zstandard.decompress)
    assert flags == 1
    assert undone(first) == second == ONE.replace(RIC.encode(), RIC_MASK.encode())


def test_a_message_of_an_unknown_compression_is_not_silently_passed():
    verdict = inspected(LOGGING, message(frame(b"\x01\x02snappy?" * 9, 1) + frame(ONE), TYPE))
    assert Cause.UNSUPPORTED in causes(verdict)
    assert len(verdict.findings) == 1


def test_a_compressed_message_that_says_it_is_not_is_read():
    assert "CN_RESIDENT_ID" in entities(frame(gzip.compress(ONE)), TYPE)


@pytest.mark.parametrize(
    ("declared", "flags"), [("application/grpc+json", 0), ("application/connect+json", 0), (TYPE, 2)]
)
def test_json_is_read_by_its_keys(declared, flags):
    body = frame(json.dumps({"user": {"phone": MOBILE, "idCard": RIC}}).encode(), flags)
    assert [part for _, part, _ in found(body, declared)] == [
        "body/grpc:1/json:/user/phone",
        "body/grpc:1/json:/user/idCard",
    ]
    ((_, new),) = unframed(forwarded(message(body, declared)).body)
    assert json.loads(new) == {"user": {"phone": MOBILE, "idCard": RIC_MASK}}


def test_other_codecs_are_recognised():
    assert [part for _, part, _ in found(frame(msgpack.packb({"idCard": RIC})), TYPE)] == [
        "body/grpc:1/msgpack:/idCard"
    ]


@pytest.mark.parametrize("flags", [0x80, 0x81])
def test_trailers_in_the_body_are_read(flags):
    fields = f"grpc-status: 2\r\ngrpc-message: no such user %E8%BA%AB {RIC}\r\n".encode()
    body = frame(b"") + frame(gzip.compress(fields) if flags & 1 else fields, flags)
    assert [entity for entity, *_ in found(body, "application/grpc-web")] == ["CN_RESIDENT_ID"]
    (_, (_, new)) = unframed(forwarded(message(body, "application/grpc-web")).body)
    assert (gzip.decompress(new) if flags & 1 else new) == fields.replace(RIC.encode(), RIC_MASK.encode())


def test_base64_in_pieces_is_read_and_written():
    pieces = frame(ONE), frame(b"grpc-status: 0\r\n", 0x80)
    body = b"".join(map(base64.b64encode, pieces))
    declared = "application/grpc-web-text+proto"
    assert [part for _, part, _ in found(body, declared)] == ["body/grpc:1/protobuf:/2"]
    (_, first), last = unframed(base64.b64decode(forwarded(message(body, declared)).body))
    assert Person.FromString(first).note == RIC_MASK
    assert last == (0x80, b"grpc-status: 0\r\n")


@pytest.mark.parametrize(
    "body",
    [
        b"\x00\xff\xff\xff\xff" + ONE,
        b"\x00\x00\x00\x00\x02" + ONE,
        frame(ONE) + b"\x00",
        frame(ONE, 0x40),
        b"\x00",
        RIC.encode(),
    ],
)
def test_broken_frames_are_said_to_be_broken(body):
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, message(body, TYPE)))


def test_a_bomb_is_stopped():
    bomb = frame(gzip.compress(b"\0" * 40_000_000), 1)
    assert survives(grpc, bomb * 20, Limits(decoded_bytes=10_000_000)) in (Cause.RATIO, Cause.OVERSIZE)


def test_a_redaction_that_would_break_bytes_blocks():
    body = frame(Person(raw=b"\x00\xff" + RIC.encode()).SerializeToString())
    assert Cause.REWRITE in causes(inspected(MASKING, message(body, TYPE)))


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=80) | st.lists(st.binary(max_size=30).map(frame), min_size=1).map(b"".join))
def test_any_bytes_are_read_or_refused(data):
    assert survives(grpc, data) in (None, Cause.DECODE_ERROR)
    assert survives(grpc, data) is not None or sum(5 + len(content) for _, content in unframed(data)) == len(data)


@given(st.text(min_size=1))
def test_text_is_not_taken_for_frames(text):
    assert not grpc.plausible(text.encode("utf-8", "replace"))
