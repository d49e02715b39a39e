"""MQTT packet by packet: what is judged, what is rewritten, and how a connection is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import mqtt
from proxy.core.dialect import CLIENT, SERVER
from proxy.core.errors import Unscannable
from proxy.core.message import Cause
from tests.proxy.core.dialects import Talk

MOST = 1_000_000


def text(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def packet(first: int, rest: bytes) -> bytes:
    size, length = len(rest), bytearray()
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes((first,)) + bytes(length) + rest


def connect(version: int = 4, flags: int = 2, rest: bytes = b"") -> bytes:
    properties = b"\0" if version == 5 else b""
    return packet(0x10, text(b"MQTT") + bytes((version, flags, 0, 60)) + properties + text(b"me") + rest)


def publish(topic: bytes, payload: bytes, version: int = 4, qos: int = 0, properties: bytes = b"") -> bytes:
    head = text(topic) + (b"\0\1" if qos else b"")
    if version == 5:
        head += bytes((len(properties),)) + properties
    return packet(0x30 | qos << 1, head + payload)


def talk(version: int = 4, **kwargs) -> Talk:
    return Talk(mqtt.Mqtt(MOST), **kwargs).hear(connect(version))


@pytest.mark.parametrize("step", [0, 1, 3])
@pytest.mark.parametrize("version", [4, 5])
def test_packets_pass_as_they_came_whatever_their_segments(version, step):
    stream = publish(b"a/b", b"x" * 300, version, 1) + packet(0xC0, b"") + packet(0xE0, b"")
    session = talk(version).hear(stream, step=step)
    assert session.sent[SERVER] == connect(version) + stream
    assert [(piece.method, piece.path, piece.body) for piece in session.pieces[1:]] == [
        ("PUBLISH", b"/a/b", b"x" * 300)
    ]


@pytest.mark.parametrize("side", [CLIENT, SERVER])
def test_a_rewritten_payload_has_its_length_put_right(side):
    session = talk(masked=b"secret")
    session.masked = b"secret"
    before = bytes(session.sent[not side])
    session.hear(publish(b"t", b"a secret" + b"." * 200, qos=1), side)
    assert session.sent[not side] == before + publish(b"t", b"a ******" + b"." * 200, qos=1)


def test_texts_of_a_packet_are_judged_with_it():
    properties = b"\x26" + text(b"idCard") + text(b"123") + b"\x03" + text(b"application/json") + b"\x23\0\1"
    session = talk(5).hear(publish(b"", b"{}", 5, properties=properties))
    assert session.pieces[-1].headers == ((b"idCard", b"123"), (b"Content-Type", b"application/json"))
    session.hear(packet(0x82, b"\0\1\0" + text(b"people/+") + b"\0"))
    assert session.pieces[-1].headers == ((b"Topic-Filter", b"people/+"),)


def test_who_a_client_is_and_its_will_are_judged_and_its_password_is_shown_as_such():
    will = text(b"gone") + text(b"last words") + text(b"user") + text(b"pass")
    session = Talk(mqtt.Mqtt(MOST)).hear(connect(4, 0b11000110, will))
    (piece,) = session.pieces
    assert piece.body == b"last words"
    assert piece.headers == (
        (b"Client-Id", b"me"),
        (b"Will-Topic", b"gone"),
        (b"User", b"user"),
        (b"Authorization", b"Bearer pass"),
    )


@pytest.mark.parametrize(
    ("version", "said"),
    [(4, b""), (5, b"\xe0\x14\x87\x12\x1f\0\x0fincident E-TEST")],
)
def test_a_refused_payload_ends_the_connection_with_a_reason_where_there_is_a_word_for_it(version, said):
    session = talk(version, refused=b"secret").hear(publish(b"t", b"secret", version))
    assert session.closed
    assert session.sent[CLIENT] == said
    assert b"secret" not in session.sent[SERVER]


@pytest.mark.parametrize(("version", "said"), [(4, b"\x20\2\0\5"), (5, b"\x20\x15\0\x87\x12\x1f\0\x0fincident E-TEST")])
def test_a_refused_client_hears_that_it_is_not_authorised(version, said):
    session = Talk(mqtt.Mqtt(MOST), refused=b"me").hear(connect(version))
    assert session.closed
    assert session.sent[CLIENT] == said


@pytest.mark.parametrize("passes", [True, False])
def test_a_packet_beyond_the_cap_passes_or_not_as_the_policy_says(passes):
    big = publish(b"t", b"x" * (MOST + 1))
    session = talk(uninspected=passes).hear(big, step=65_536).hear(publish(b"u", b"y"))
    assert session.closed is not passes
    assert bytes(session.sent[SERVER]) == connect() + (big + publish(b"u", b"y") if passes else b"")
    assert session.missed[0].cause is Cause.OVERSIZE
    assert session.dialect.held == 0 or not passes


@pytest.mark.parametrize(
    "said",
    [b"\x10\xff\xff\xff\xff\x01", publish(b"t", b"x"), packet(0x10, text(b"HTTP") + b"\4\2\0\0" + text(b"")),
     connect() + packet(0x30, b"\0\xffx"), connect() + packet(0x00, b"12345"),
     connect(5) + packet(0x30, b"\0\0\x02\x7f\x01"),
     packet(0x10, text(b"MQTT") + b"\x09\2\0\0" + text(b""))],
    ids=["length", "no connect", "name", "short", "type 0", "property", "version"],
)  # fmt: skip
def test_what_is_no_packet_is_refused(said):
    with pytest.raises(Unscannable):
        Talk(mqtt.Mqtt(MOST)).hear(said)


@pytest.mark.parametrize("size", range(len(connect())))
def test_a_connect_packet_is_told_as_early_as_can_be(size):
    assert mqtt.opens(connect()[:size]) is (None if size < 8 else True)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1", b"\x10\x0c\0\4HTTP", b"\x16\3\1\2", b"\x10\xff\xff\xff\xff\xff"])
def test_other_bytes_are_no_connect_packet(said):
    assert mqtt.opens(said) is False


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=10), st.sampled_from([4, 5]))
def test_any_bytes_are_packets_or_refused(chunks, version):
    session = talk(version)
    with contextlib.suppress(Unscannable):
        for by, data in chunks:
            session.hear(packet(data[0] if data else 0xC0, data[1:]), by)
            session.hear(data, by)
