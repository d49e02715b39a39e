"""Bodies that are nested too deep."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
from collections.abc import Callable, Mapping

from tests.fuzz import samples
from tests.fuzz.hostile.body import Body
from tests.fuzz.samples import RIC, TEXT, docx, tarred, zipped


def _repeated(piece: bytes, times: int) -> Callable[[], Body]:
    return lambda: Body(piece * times, "application/json")


def deep_base64(levels: int) -> bytes:
    data = TEXT.encode()
    for _ in range(levels):
        data = base64.b64encode(data)
    return json.dumps({"data": data.decode()}).encode()


def deep_json_strings(levels: int) -> bytes:
    text = json.dumps({"id": RIC})
    for _ in range(levels):
        text = json.dumps({"a": text})
    return text.encode()


def deep_mail(levels: int) -> bytes:
    text = TEXT.encode()
    for number in range(levels):
        text = (
            b"From: a@b.cn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n"
            b"--b%d\r\nContent-Type: message/rfc822\r\n\r\n%b\r\n--b%d--\r\n" % (number, number, text, number)
        )
    return text


def mail_of_boundaries(count: int) -> bytes:
    """A letter whose parts each declare a longer boundary, which looks like something coded."""
    marks = [b"a" * size for size in range(1, count + 1)]
    parts = (b"Content-Type: multipart/mixed; boundary=%b\n\n--%b\n--a\n" % (mark, mark) for mark in marks)
    return b"From: a@b.c\nContent-Type: multipart/mixed; boundary=a\n\n--a\n" + b"".join(parts)


def deep_everything(levels: int) -> bytes:
    data = TEXT.encode()
    for number in range(levels):
        wrap = (gzip.compress, lambda d: zipped({"a": d}), lambda d: tarred({"a": d}), bz2.compress, lzma.compress)
        data = wrap[number % len(wrap)](data)
    return data


def _deep_protobuf(levels: int) -> bytes:
    """Built from the inside out: a length of more bytes for every level."""
    pieces: list[bytes] = [b"\x08\x01"]
    size = 2
    for _ in range(levels):
        length, number = b"", size
        while number > 127:
            length += bytes((number & 127 | 128,))
            number >>= 7
        head = b"\x0a" + length + bytes((number,))
        pieces.append(head)
        size += len(head)
    return b"".join(reversed(pieces))


NESTED: Mapping[str, Callable[[], Body]] = {
    "json arrays, 100,000 deep": _repeated(b"[", 100_000),
    "json arrays, 100,000 deep and closed": lambda: Body(b"[" * 100_000 + b"]" * 100_000, "application/json"),
    "json objects, 100,000 deep": lambda: Body(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "application/json"),
    "json objects, a million deep": lambda: Body(b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000, "application/json"),
    "json strings in json strings": lambda: Body(deep_json_strings(17), "application/json"),
    "base64 in base64": lambda: Body(deep_base64(30), "application/json"),
    "xml, 200,000 deep": lambda: Body(b"<a>" * 200_000 + b"</a>" * 200_000, "application/xml"),
    "html, 200,000 deep": lambda: Body(b"<html>" + b"<div>" * 200_000, "text/html"),
    "docx, 100,000 deep": lambda: Body(docx("<w:p>" * 100_000 + "</w:p>" * 100_000), samples.SAMPLES["docx"][0]),
    "rtf, a million deep": lambda: Body(rb"{\rtf1" + b"{" * 1_000_000, "application/rtf"),
    "msgpack, a million deep": lambda: Body(b"\x91" * 1_000_000 + b"\xc0", "application/msgpack"),
    "msgpack of four billion elements": lambda: Body(b"\xdd\xff\xff\xff\xff\xc0" * 100, "application/msgpack"),
    "cbor, a million deep": lambda: Body(b"\xd9\xd9\xf7" + b"\x81" * 1_000_000 + b"\xf6", "application/cbor"),
    "cbor tags, a million deep": lambda: Body(b"\xd9\xd9\xf7" + b"\xc6" * 1_000_000 + b"\xf6", "application/cbor"),
    "protobuf, 10,000 deep": lambda: Body(_deep_protobuf(10_000), "application/x-protobuf"),
    "mail, 200 deep": lambda: Body(deep_mail(200), "message/rfc822"),
    "mail of 300 boundaries": lambda: Body(mail_of_boundaries(300), "message/rfc822"),
    "archives of five kinds, fifteen deep": lambda: Body(deep_everything(15)),
    "percent signs upon percent signs": lambda: Body(
        b"a=%" + b"25" * 1_000_000 + b"41", "application/x-www-form-urlencoded"
    ),
}
