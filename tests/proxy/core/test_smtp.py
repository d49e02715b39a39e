"""SMTP command by command: what reaches the server, and what the client is told."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import smtp
from proxy.core.dialect import CLIENT, SERVER
from proxy.core.errors import Unscannable
from proxy.core.message import Cause
from tests.proxy.core.dialects import Talk

MOST = 10_000


def talk(**kwargs) -> Talk:
    return Talk(smtp.Smtp(MOST), **kwargs)


def at_data(**kwargs) -> Talk:
    """A session in which the client has been invited to send its mail."""
    session = talk(**kwargs).hear(b"EHLO x\r\n").hear(b"250 hi\r\n", SERVER)
    return session.hear(b"DATA\r\n")


@pytest.mark.parametrize("step", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("content", [b"a\r\n..b\r\n\r\nc\r\n", b"", b"..\r\n", b"x\r\n"])
def test_a_mail_reaches_the_server_as_it_was_whatever_its_segments(content, step):
    session = at_data()
    assert session.sent[SERVER] == b"EHLO x\r\n"
    assert session.sent[CLIENT] == b"250 hi\r\n354 End data with <CR><LF>.<CR><LF>\r\n"
    session.hear(content + b".\r\nQUIT\r\n", step=step)
    assert session.sent[SERVER] == b"EHLO x\r\nDATA\r\n"
    session.hear(b"354 go\r\n", SERVER)
    assert session.sent[SERVER].endswith(b"DATA\r\n" + content + b".\r\n")
    session.hear(b"250 queued\r\n", SERVER)
    assert session.sent[SERVER].endswith(b".\r\nQUIT\r\n")
    assert session.sent[CLIENT].endswith(b"250 queued\r\n")


def test_dots_are_off_while_a_mail_is_judged_and_on_again_where_it_is_rewritten():
    session = at_data(masked=b".secret").hear(b"..secret\r\n...secret\r\nx\r\n.\r\n")
    (mail,) = (piece for piece in session.pieces if piece.method == "DATA" and piece.told)
    assert mail.body == b".secret\r\n..secret\r\nx\r\n"
    assert mail.headers == ((b"Content-Type", b"message/rfc822"),)
    session.hear(b"354 go\r\n", SERVER)
    assert session.sent[SERVER].endswith(b"DATA\r\n*******\r\n..*******\r\nx\r\n.\r\n")


def test_a_refused_mail_never_begins_at_the_server():
    session = at_data(refused=b"secret").hear(b"a secret\r\n.\r\n")
    assert session.closed
    assert session.sent[SERVER] == b"EHLO x\r\n"
    assert session.sent[CLIENT].endswith(b"554 5.7.1 Blocked by the data export policy; incident E-TEST; rules R-1\r\n")


def test_a_server_that_takes_no_mail_says_so_itself():
    session = at_data().hear(b"x\r\n.\r\n").hear(b"554 no valid recipients\r\n", SERVER)
    assert session.sent[SERVER].endswith(b"DATA\r\n")
    assert session.sent[CLIENT].endswith(b"554 no valid recipients\r\n")


@pytest.mark.parametrize(
    "mail",
    [b"a\n.\nMAIL FROM:<x>\r\n", b"a\n.\r\nMAIL FROM:<x>\r\n", b"a\r\n.\nMAIL FROM:<x>\r\n", b"a\r.\rMAIL\r\n"],
)
def test_an_end_that_only_some_servers_see_ends_the_connection(mail):
    with pytest.raises(Unscannable):
        at_data().hear(mail + b"\r\n.\r\n")


def test_commands_wait_for_their_answers():
    session = talk().hear(b"EHLO x\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\n")
    assert session.sent[SERVER] == b"EHLO x\r\n"
    session.hear(b"250-hi\r\n250 8BITMIME\r\n", SERVER)
    assert session.sent[SERVER] == b"EHLO x\r\nMAIL FROM:<a>\r\n"


def test_what_a_server_offers_past_the_gate_is_left_out():
    offer = b"250-hi\r\n250-PIPELINING\r\n250-SIZE 99999999\r\n250-STARTTLS\r\n250 CHUNKING\r\n"
    session = talk().hear(b"EHLO x\r\n").hear(offer, SERVER, step=5)
    assert session.sent[CLIENT] == b"250-hi\r\n250-SIZE 10000\r\n250 STARTTLS\r\n"


def test_a_chunk_that_was_not_offered_ends_the_connection_unread():
    session = talk().hear(b"BDAT 5 LAST\r\nhello")
    assert session.closed
    assert not session.sent[SERVER]


def test_what_a_client_shows_at_its_sign_in_is_no_message():
    session = talk().hear(b"AUTH LOGIN\r\n").hear(b"334 VXNlcg==\r\n", SERVER).hear(b"c2VjcmV0\r\n")
    assert [piece.headers for piece in session.pieces if piece.method == "AUTH"] == [
        ((b"Authorization", b"Basic LOGIN"),),
        ((b"Authorization", b"Basic c2VjcmV0"),),
    ]
    assert session.sent[SERVER] == b"AUTH LOGIN\r\nc2VjcmV0\r\n"


def test_tls_begins_when_the_server_is_ready_and_nothing_was_said_before():
    assert talk().hear(b"STARTTLS\r\n").hear(b"220 go\r\n", SERVER).tls
    with pytest.raises(Unscannable):
        talk().hear(b"STARTTLS\r\nMAIL FROM:<x>\r\n").hear(b"220 go\r\n", SERVER)


@pytest.mark.parametrize(
    ("said", "cause"),
    [(b"x" * 13_000, Cause.DECODE_ERROR), (b"EHLO x\r\n" + b"NOOP\r\n" * 50_000, Cause.OVERSIZE)],
    ids=["line", "queue"],
)
def test_nothing_grows_without_end(said, cause):
    with pytest.raises(Unscannable) as no:
        talk().hear(said)
    assert no.value.cause is cause


def test_a_mail_beyond_the_cap_is_refused():
    session = at_data()
    with pytest.raises(Unscannable) as no:
        session.hear(b"x" * (MOST + 1))
    assert no.value.cause is Cause.OVERSIZE
    assert session.sent[CLIENT].endswith(b"552 5.3.4 Too large to be inspected, send it in smaller parts\r\n")


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=20))
def test_any_bytes_are_a_session_or_refused(chunks):
    session = talk()
    with contextlib.suppress(Unscannable):
        for by, data in chunks:
            session.hear(data, by)
            session.hear(b"\r\n", by)
