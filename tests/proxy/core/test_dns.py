"""DNS messages: what is asked anew, what is answered by us, and what is taken out of answers."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import dns
from proxy.core.errors import Unscannable

WWW = b"\3wWw\7example\3com\0"
QUESTION = WWW + b"\0\1\0\1"
OPT = b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000, 4) + b"\0\x0a\0\0"


def head(flags: int = 0x0120, *counts: int) -> bytes:
    return struct.pack("!6H", 7, flags, *(counts or (1, 0, 0, 0)))


def record(kind: int, data: bytes, name: bytes = b"\xc0\x0c") -> bytes:
    return name + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def test_a_query_is_asked_anew_without_its_options():
    asked = dns.query(head(0x0170, 1, 0, 0, 1) + QUESTION + OPT)
    assert (asked.name, asked.kind, asked.room, asked.secure) == ("www.example.com", 1, 1232, True)
    # number and reserved bit are ours, the letters' case and the flags are theirs
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000, 0)
    assert asked.wire(9) == struct.pack("!6H", 9, 0x0130, 1, 0, 0, 1) + QUESTION + opt
    assert dns.query(head() + QUESTION).wire(9) == struct.pack("!6H", 9, 0x0120, 1, 0, 0, 0) + QUESTION


def test_an_answer_of_ours_gives_the_reason_to_those_who_understand_it():
    plain = dns.query(head() + QUESTION).answer(dns.REFUSED, "incident E-1")
    assert plain == struct.pack("!6H", 7, 0x8185 & ~0x20, 1, 0, 0, 0) + QUESTION
    told = dns.query(head(0x0120, 1, 0, 0, 1) + QUESTION + OPT).answer(dns.REFUSED, "incident E-1")
    assert told.endswith(b"\0\x29\4\xd0\0\0\x80\0\0\x12\0\x0f\0\x0e\0\x0fincident E-1")


@pytest.mark.parametrize(
    "data",
    [b"", head(), head(0x8120) + QUESTION, head(0x2800) + QUESTION, head(0, 2, 0, 0, 0) + QUESTION * 2,
     head(0, 1, 1, 0, 0) + QUESTION + record(1, b"abcd"), head() + QUESTION + b"more", head() + b"\xc0\x0c\0\1\0\1",
     head() + b"\x40" + b"a" * 64 + b"\0\0\1\0\1", head() + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1",
     head(0, 1, 0, 0, 1) + QUESTION + record(16, b"\1a", b"\0"), head(0, 1, 0, 0, 2) + QUESTION + OPT * 2],
    ids=["empty", "head", "answer", "update", "two", "answers", "more", "pointer", "label", "long", "text", "twice"],
)  # fmt: skip
def test_what_is_no_plain_query_is_none(data):
    with pytest.raises(Unscannable):
        dns.query(data)


def answered(*records: bytes, question: bytes = QUESTION) -> bytes:
    return head(0x8180, 1, len(records), 0, 0) + question + b"".join(records)


ASKED = dns.query(struct.pack("!6H", 99, 0x0100, 1, 0, 0, 0) + QUESTION)


def test_bindings_are_blanked_in_place_and_nothing_else_changes():
    service = b"\0\1\0\0\1\0\6\2h3\2h2\0\5\0\4ECH!"
    address, text = record(1, b"\xc0\0\2\1"), record(16, b"\4some\5 text")
    told = dns.answer(answered(address, record(65, service), record(64, service), text), ASKED)
    blank = record(65280, bytes(len(service)))
    assert told.data == b"\0\x63" + answered(address, blank, blank, text)[2:]
    assert told.text == b"www.example.com\nwww.example.com\nsome text"


def test_names_in_answers_are_read_through_pointers():
    told = dns.answer(answered(record(5, b"\5alias\xc0\x10"), record(15, b"\0\1\2mx\xc0\x10")), ASKED)
    assert b"alias.example.com" in told.text
    assert b"mx.example.com" in told.text


@pytest.mark.parametrize(
    "data",
    [answered(question=b"\2ww\7example\3com\0\0\1\0\1"), answered(question=WWW + b"\0\2\0\1"), head() + QUESTION,
     answered(record(1, b"abcd")) + b"more", answered(record(1, b"abcd"))[:-1], answered(record(1, b"x", b"\xc0\x21"))],
    ids=["name", "kind", "query", "more", "cut", "loop"],
)  # fmt: skip
def test_an_answer_to_something_else_is_none(data):
    with pytest.raises(Unscannable):
        dns.answer(data, ASKED)


@given(st.binary(max_size=80), st.integers(0, 4))
def test_any_bytes_are_messages_or_refused(data, count):
    with contextlib.suppress(Unscannable):
        asked = dns.query(data)
        assert dns.query(asked.wire(1)).raw == asked.raw
    with contextlib.suppress(Unscannable):
        assert len(dns.answer(head(0x8180, 1, count, 0, 0) + QUESTION + data, ASKED).data) == 12 + len(QUESTION + data)
