"""Protocols nobody knows: whole lines where there are lines, overlapping windows where there are none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.anybytes import LINE_BYTES, OVERLAP, AnyBytes
from proxy.core.dialect import CLIENT, SERVER
from tests.proxy.core.dialects import Talk


def talk(wanted: bool = True, **kwargs) -> Talk:
    return Talk(AnyBytes(lambda _by: wanted), **kwargs)


def test_a_line_is_judged_whole_however_it_comes():
    session = talk(refused=b"secret").hear(b"hello\n").hear(b"a secret\n", step=1)
    assert session.closed
    assert session.sent[SERVER] == b"hello\n"
    assert not session.missed


def test_the_last_line_need_not_end():
    session = talk().hear(b"a\n").hear(b"b")
    assert session.sent[SERVER] == b"a\n"
    assert session.end().sent[SERVER] == b"a\nb"


def test_windows_overlap_and_count_as_unread():
    session = talk(refused=b"secretword").hear(b"\0\1").hear(b"secret").hear(b"word")
    assert session.closed
    assert session.sent[SERVER] == b"\0\1secret"
    assert [each.size for each in session.missed] == [0]
    assert all(not piece.framed for piece in session.pieces)
    assert [piece.size for piece in session.pieces] == [2, 6, 4]


def test_the_first_window_is_read_as_the_file_it_may_be_and_the_next_for_what_is_legible():
    session = talk().hear(b"PK\x03\x04\0").hear(b"\xff\0insert 440106\0\1\2ab\0" + "身份证号码".encode() + b"\xfe")
    words = b"insert 440106\n" + "身份证号码".encode()
    assert [piece.body for piece in session.pieces] == [b"PK\x03\x04\0", words]
    session.hear("姓名：陈大文".encode() + b"\0")
    assert session.pieces[-1].body == words + b"\n" + "姓名：陈大文".encode()


def test_a_policy_that_lets_nothing_unread_pass_ends_it_before_the_first_byte():
    session = talk(uninspected=False).hear(b"\0\1")
    assert session.closed
    assert not session.sent[SERVER]
    session = talk(uninspected=False).hear(b"a\n").hear(b"x" * (LINE_BYTES + 1))
    assert session.closed
    assert session.sent[SERVER] == b"a\n"


def test_a_side_that_no_rule_looks_at_passes_as_it_comes():
    session = talk(wanted=False, uninspected=False).hear(b"login: ", SERVER)
    assert session.sent[CLIENT] == b"login: "


@given(st.lists(st.binary(min_size=1, max_size=3 * OVERLAP), min_size=1, max_size=8))
def test_every_byte_passes_once_and_little_is_kept(chunks):
    session = talk()
    for chunk in chunks:
        session.hear(chunk)
        assert session.dialect.held <= LINE_BYTES
        assert all(len(piece.body) <= len(chunk) + OVERLAP for piece in session.pieces[-1:] if not piece.framed)
    assert session.end().sent[SERVER] == b"".join(chunks)
