"""SMTP (RFC 5321, LMTP likewise) between a client and a server, one command at a time. Pure.

Every command line is judged, and each mail as a whole, before the server hears that there is one: the 354 that invites
it is ours, and the server's own DATA begins when the mail may leave. So a refused mail is never half delivered.
Extensions that would carry a mail another way (CHUNKING, BINARYMIME, BURL) are not offered; STARTTLS is carried out on
both sides.
"""

from __future__ import annotations

import re

from proxy.core.dialect import CLIENT, SERVER, Acts, Close, Piece, Ruling, Send, StartTls, ruled
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

LINE_BYTES = 12_288
"""The longest line there is, of an authentication exchange (RFC 4954, section 4)."""
_REPLY_BYTES = 64 * 1024
_WAITING_BYTES = 256 * 1024
"""What a client may send while the server has not answered its last command."""
_END = b"\r\n.\r\n"
# ATTACK (SMTP smuggling): servers that take these for the end of a mail too would see commands in what follows
_SMUGGLED = re.compile(rb"(?<!\r)\n\.\r?\n|\r\.\r(?!\n)|\r\n\.\n|\n\.\r(?!\n)")
_WITHHELD = frozenset((b"CHUNKING", b"BINARYMIME", b"BURL", b"PIPELINING"))
_MAIL = ((b"Content-Type", b"message/rfc822"),)
_GREETINGS = (b"EHLO", b"HELO", b"LHLO")
_LINE_END = re.compile(rb"\r?\n")


def opens(data: bytes) -> bool | None:
    """Whether the first bytes of a client are a greeting; None where more are needed to tell."""
    word, rest = data[:4].upper(), data[4:5]
    if len(data) <= 4:
        return None if any(greeting.startswith(word) for greeting in _GREETINGS) else False
    return word in _GREETINGS and rest in (b" ", b"\r", b"\n")


class Smtp:
    """The dialect."""

    name = "smtp"

    def __init__(self, most: int) -> None:
        """`most` bytes a mail may have."""
        self._most = most
        self._client = bytearray()
        self._server = bytearray()
        self._waiting = b""
        self._continued = False
        self._mail: bytearray | None = None
        self._searched = 0
        self._ready = b""

    @property
    def held(self) -> int:
        """Bytes of lines and mails that wait."""
        return len(self._client) + len(self._server) + len(self._ready) + len(self._mail or b"")

    def hear(self, data: bytes, by: bool) -> Acts:
        """Bytes of a side. Raises `Unscannable`: decode_error, oversize."""
        if by is CLIENT:
            self._client += data
            yield from self._read()
        else:
            self._server += data
            yield from self._replies()

    def end(self, by: bool) -> Acts:
        """A mail, a line or a reply that has not ended goes nowhere."""
        if by is CLIENT:
            self._client.clear()
            self._mail = None
        else:
            self._server.clear()
        yield from ()

    # -- the client ---------------------------------------------------------------------------------------------------

    def _read(self) -> Acts:
        """What the client has said, as far as it is its turn."""
        while self._client and not self._waiting:
            if self._mail is not None:
                if not self._take():
                    if len(self._mail) > self._most:
                        yield from self._too_long()
                    return
                yield from self._mailed()
                continue
            end = self._client.find(b"\n") + 1
            if not end:
                if len(self._client) > LINE_BYTES:
                    raise Unscannable(Cause.DECODE_ERROR)
                return
            line = bytes(self._client[:end])
            del self._client[:end]
            yield from self._command(line)
        if len(self._client) > _WAITING_BYTES:
            raise Unscannable(Cause.OVERSIZE)

    def _take(self) -> bool:
        """Move what is there into the mail; whether it has ended."""
        mail = self._mail
        if mail is None:
            return False
        mail += self._client
        self._client.clear()
        if mail.startswith(_END[2:]):
            end = 0
        else:
            end = mail.find(_END, max(0, self._searched - len(_END)))
            self._searched = len(mail)
            if end < 0:
                return False
            end += 2
        self._client += mail[end + 3 :]
        del mail[end:]
        return True

    def _command(self, line: bytes) -> Acts:
        if self._continued:
            yield from self._judge(Piece(CLIENT, "AUTH", b"", len(line), headers=(_shown(line),)))
            self._pass(b"AUTH")
            yield Send(SERVER, line)
            return
        verb, _, said = line.strip().partition(b" ")
        verb = verb.upper()
        if verb == b"AUTH":
            piece = Piece(CLIENT, "AUTH", b"", len(line), headers=(_shown(said),))
        else:
            piece = Piece(CLIENT, verb.decode("latin-1") if verb.isalpha() else "LINE", line, len(line))
        yield from self._judge(piece)
        if verb == b"DATA":
            self._mail, self._searched = bytearray(), 0
            yield Send(CLIENT, b"354 End data with <CR><LF>.<CR><LF>\r\n")
        elif verb in (b"BDAT", b"BURL"):
            yield Send(CLIENT, b"502 5.5.1 Not offered here, use DATA\r\n")
            yield Close()
        else:
            self._pass(verb)
            yield Send(SERVER, line)

    def _pass(self, verb: bytes) -> None:
        self._waiting, self._continued = verb or b"?", False

    def _judge(self, piece: Piece) -> Acts:
        ruling = ruled((yield piece))
        if not ruling.passes:
            yield from self._refuse(ruling, b"550")

    def _mailed(self) -> Acts:
        """A mail is whole."""
        raw, self._mail = bytes(self._mail or b""), None
        if _SMUGGLED.search(raw):
            raise Unscannable(Cause.DECODE_ERROR)
        body = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in raw.split(b"\r\n"))
        piece = Piece(CLIENT, "DATA", body, len(raw), headers=_MAIL, rewritable=True, told=True)
        ruling = ruled((yield piece))
        if not ruling.passes:
            yield from self._refuse(ruling, b"554")
        self._ready = (raw if ruling.body == body else _stuffed(ruling.body)) + _END[2:]
        self._waiting = b"DATA"
        yield Send(SERVER, b"DATA\r\n")

    def _too_long(self) -> Acts:
        """Whatever the policy says: the rest of it cannot be held, and the server has heard of none of it."""
        yield Send(CLIENT, b"552 5.3.4 Too large to be inspected, send it in smaller parts\r\n")
        raise Unscannable(Cause.OVERSIZE)

    def _refuse(self, ruling: Ruling, code: bytes) -> Acts:
        said = f"Blocked by the data export policy; incident {ruling.incident}"
        if ruling.rules:
            said += f"; rules {', '.join(ruling.rules)}"
        if ruling.again:
            code, said = b"451", f"The gate cannot inspect or record this now; incident {ruling.incident}"
        yield Send(CLIENT, code + b" " + code[:1] + b".7.1 " + said.encode() + b"\r\n")
        yield Close()

    # -- the server ---------------------------------------------------------------------------------------------------

    def _replies(self) -> Acts:
        """Whole replies: lines of `CODE-text`, and a last one of `CODE text`."""
        at = 0
        while end := self._server.find(b"\n", at) + 1:
            line = self._server[at:end]
            at = end
            if line[3:4] != b"-":
                reply = bytes(self._server[:end])
                del self._server[:end]
                at = 0
                yield from self._reply(reply)
        if len(self._server) > _REPLY_BYTES:
            raise Unscannable(Cause.DECODE_ERROR)

    def _reply(self, reply: bytes) -> Acts:
        asked, self._waiting = self._waiting, b""
        code = reply[:3]
        if asked == b"DATA" and code == b"354":
            ready, self._ready = self._ready, b""
            self._waiting = b"."
            yield Send(SERVER, ready)
            return
        self._ready = b""
        self._continued = asked == b"AUTH" and code == b"334"
        ruling = ruled((yield Piece(SERVER, "REPLY", reply, len(reply))))
        if not ruling.passes:
            yield Close()
        if asked in _GREETINGS and code == b"250":
            reply = self._offered(reply)
        yield Send(CLIENT, reply)
        if asked == b"STARTTLS" and code == b"220":
            if self._client or self._server:  # ATTACK: commands sent before TLS would count as sent within it
                raise Unscannable(Cause.DECODE_ERROR)
            yield StartTls()
            return
        yield from self._read()

    def _offered(self, reply: bytes) -> bytes:
        """The extensions of a server without those that go past us."""
        lines = [line for line in _LINE_END.split(reply) if line]
        kept = [line[4:] for line in lines[:1]]
        for line in lines[1:]:
            word, _, said = line[4:].partition(b" ")
            if word.upper() == b"SIZE" and (not said.isdigit() or not 0 < int(said) <= self._most):
                kept.append(b"SIZE %d" % self._most)
            elif word.upper() not in _WITHHELD:
                kept.append(line[4:])
        return b"".join(b"250%s%s\r\n" % (b"-" if at < len(kept) - 1 else b" ", line) for at, line in enumerate(kept))


def _shown(line: bytes) -> tuple[bytes, bytes]:
    """What a client shows to the server it signs in at, in the place where HTTP has it."""
    return b"Authorization", b"Basic " + line.strip()


def _stuffed(body: bytes) -> bytes:
    """A mail as DATA has it: lines that begin with a dot get one more, and the last line ends (RFC 5321, 4.5.2)."""
    lines = body.split(b"\r\n")
    if lines[-1]:
        lines.append(b"")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
