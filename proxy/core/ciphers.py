"""Ciphers without a key: whoever tries the few there are reads the text, and so does this.

Worth a try is a word that values are called by, turned as the text is turned: `pneq`, `drac`, `xziw`. A resident ID
needs no such word: see `shuffled`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence

from proxy.core.stretch import Stretch, refuse

CODING = "turned"
JOINED = "joined"
"""The codings of a text turned back, and of a value that is no text of its own."""
_DIGITS, _LOWER, _UPPER = (each.encode() for each in (string.digits, string.ascii_lowercase, string.ascii_uppercase))
_LATIN = (
    *("name", "card", "hkid", "id_no", "mobile", "phone", "passport", "idcard", "id_card", "identity", "resident"),
    *("number", "account", "address", "customer", "macao", "macao_id", "birth", "birthday", "password", "private"),
    *("card_no", "bank_card", "surname", "full_name", "email", "telephone"),
)
_HAN = (
    *("身份证", "身份證", "手机", "手機", "电话", "電話", "护照", "護照", "银行卡", "銀行卡", "姓名", "号码", "號碼"),
    *("地址", "客户", "客戶", "证件", "證件", "卡号", "卡號", "账号", "帳號", "私钥", "私鑰"),
)
_WIDEST = 2048
_MOST = 4096
TRIED = 16
"""Readings of a text."""
_ENDS = 1024

Turn = Callable[[bytes], bytes]


def _letters(by: int, digits: int) -> Turn:
    """Letters and digits put back by so many places, each within its own alphabet."""
    table = bytearray(range(256))
    for alphabet, step in ((_LOWER, by), (_UPPER, by), (_DIGITS, digits)):
        for at, sign in enumerate(alphabet):
            table[sign] = alphabet[(at - step) % len(alphabet)]
    return lambda data: data.translate(table)


def _mirrored(*alphabets: bytes) -> Turn:
    table = bytes.maketrans(b"".join(alphabets), b"".join(alphabet[::-1] for alphabet in alphabets))
    return lambda data: data.translate(table)


_PRINTED = bytes(range(33, 127))
_ROT47_TABLE = bytes.maketrans(_PRINTED, _PRINTED[47:] + _PRINTED[:47])


def _rot47(data: bytes) -> bytes:
    return data.translate(_ROT47_TABLE)


def _backwards(data: bytes) -> bytes:
    try:
        return data.decode()[::-1].encode()
    except UnicodeDecodeError:
        return b""


def _lines_backwards(data: bytes) -> bytes:
    """Each line by itself; nothing where that is no other reading."""
    return b"\n".join(map(_backwards, data.split(b"\n"))) if b"\n" in data else b""


_BACKWARDS: tuple[Turn, ...] = (_backwards, _lines_backwards)
_CAESARS: dict[int, tuple[Turn, ...]] = {
    by: tuple(_letters(by, digits) for digits in dict.fromkeys((0, 5 if by == 13 else by % 10))) for by in range(1, 26)
}
_ATBASH: tuple[Turn, ...] = (_mirrored(_LOWER, _UPPER, _DIGITS), _mirrored(_LOWER, _UPPER))


def _turned_words() -> dict[bytes, tuple[Turn, ...]]:
    """How words look when they are turned, and how to turn them back. What two ciphers make is tried both ways."""
    made: dict[bytes, tuple[Turn, ...]] = {}
    plain = [word.encode() for word in _LATIN]

    def note(turned: bytes, ways: tuple[Turn, ...]) -> None:
        if turned not in plain:
            made[turned] = (*made.get(turned, ()), *ways)

    for word in plain:
        for by, ways in _CAESARS.items():
            if by == 13 or len(word) > 4:  # among the shortest are too many other words
                note(_letters(-by, 0)(word), ways)
        note(_ATBASH[1](word), _ATBASH)
        note(word[::-1], _BACKWARDS)
    for word in map(str.encode, _HAN):
        note(_backwards(word), _BACKWARDS)
    return made


_WORDS = _turned_words()
_PRINTED_WORDS = {
    _rot47(each): (_rot47,) for word in _LATIN if len(word) > 4 for each in (word.encode(), word.upper().encode())
}
_LENGTHS = sorted({len(word) for word in (*_WORDS, *_PRINTED_WORDS)})


def _either(words: Iterable[bytes]) -> bytes:
    return b"|".join(b"".join(b"\\x%02x" % byte for byte in word) for word in sorted(words))


_ROT47_CODED = (
    rb"(?:[_`a-h]{1,4}(?:\^|\.,|\\|\])){3}|(?:l[a-hp-u][_`a-hp-u]){4}|(?:T[a-hptu][_`a-hp-u]){4}|(?:UR[_`a-h]{2,5}j){3}"
    rb"|(?:-F[_`a-hp-u2-7]{4}){3}|(?:[_`a-h]{2,3} ){6}"
)
"""Figures with signs between them, and what characters are escaped with: `=E8`, `%E8`, `&#36523;`, `\\u8eab`, codes."""
WORD_GATES = (
    rb"(?i:%b)" % b"|".join(sorted(word for word in _WORDS if word.isascii())),
    _either([*_PRINTED_WORDS, *(word for word in _WORDS if not word.isascii())]),
    rb"[_`a-h]{6}|[)][0-9A][(][0-9]{6}|[_`a-h]{6}W[_`a-hp]X",
    _ROT47_CODED,
)
"""Hyperscan expressions of words turned, each ending where the word does."""


def stretches(text: bytes, ends: Sequence[int], field: Callable[[int], tuple[int, int]]) -> Iterator[Stretch]:
    """What a short text says when it is turned back, where a word in it looks turned: `ends` are those of such words,
    `field` tells where the value around a position begins and ends. Each is to be read as a text of its own."""
    known: set[tuple[int, int, Turn]] = set()
    for end in ends[:_ENDS]:
        bracketed = _BRACKETS_BACKWARDS.match(text, max(end - 9, 0))
        if bracketed:
            yield Stretch(*bracketed.span(), JOINED, bracketed[0][::-1], lambda new: new[::-1])
            continue
        ways = _ways(text, end)
        if not ways:
            continue
        first, last = field(end - 1)
        spans = [(first, min(last, len(text)))] if first < end <= last else []
        if len(text) <= _MOST:
            spans.append((0, len(text)))
        for start, stop in spans:
            for turn in ways:
                if (start, stop, turn) in known or stop - start > _WIDEST * 2 or len(known) >= TRIED:
                    continue
                known.add((start, stop, turn))
                data = turn(text[start:stop])
                if data:
                    yield Stretch(start, stop, CODING, data, refuse)


def _ways(text: bytes, end: int) -> tuple[Turn, ...]:
    """How to turn back what ends at a position; nothing where no word does."""
    behind = text[end : end + 1]
    for length in _LENGTHS:
        piece = text[max(end - length, 0) : end]
        printed = _PRINTED_WORDS.get(piece)
        if printed:
            return printed
        word = _WORDS.get(piece.lower())
        if word and (not piece.isascii() or not (behind.isalnum() or text[end - length - 1 : end - length].isalnum())):
            return word
    if _ROT47_BRACKETS.match(text, max(end - 9, 0)) or _ROT47_ENDS.search(text, max(end - _ROT47_WIDEST, 0), end):
        return (_rot47,)
    run = _ROT47_RUN.match(text, max(end - 6, 0))
    if run is None or text[end - 7 : end - 6].isalnum() or text[run.end() : run.end() + 1].isalnum():
        return (_rot47,) if _ROT47_PASSPORT.match(text, max(end - 7, 0)) else ()
    return (_rot47,) if len(run[0]) + len(_ROT47_DIGITS.findall(text, run.end(), run.end() + 12)) >= 7 else ()


_BRACKETS_BACKWARDS = re.compile(rb"(?<![0-9A-Za-z])[)][0-9A][(][0-9]{6}(?:[A-Z]{1,2}|[157])(?![0-9A-Za-z])")
_ROT47_BRACKETS = re.compile(rb"[_`a-h]{6}W[_`a-hp]X")
_ROT47_RUN = re.compile(rb"[_`a-h]{6,}")
_ROT47_PASSPORT = re.compile(rb"(?<![0-9A-Za-z])[p-z][_`a-h]{8}(?![0-9A-Za-z_`])")
_ROT47_WIDEST = 32
_ROT47_ENDS = re.compile(rb"(?:%b)\Z" % _ROT47_CODED)
_ROT47_DIGITS = re.compile(rb"[_`a-h]")
