"""Ciphers without a key: whoever tries the few there are reads the text, and so does this.

Two signs are worth a try. A word that values are called by, turned as the text is turned: `pneq`, `drac`, `xziw`. And
eighteen characters, for a resident ID proves itself in whatever order its digits come: region, day of birth and check
digit come out right for one number of some hundred thousand (GB 11643-1999). Nothing else proves that much.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from detectors.compiled import Declared
from proxy.core.coded import Stretch
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

CODING = "turned"
_JOINED = "joined"  # a value, and no text of its own
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
_TRIED = 16
_ENDS = 1024
_VALUE = 18

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


def _seven_bits(data: bytes) -> bytes:
    """UTF-7 (RFC 2152); nothing where it is none."""
    try:
        return data.decode("utf-7").encode()
    except UnicodeError:
        return b""


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


WORD_GATES = (
    rb"(?i:%b)" % b"|".join(sorted(word for word in _WORDS if word.isascii())),
    _either([*_PRINTED_WORDS, *(word for word in _WORDS if not word.isascii())]),
    rb"[_`a-h]{6}|[)][0-9A][(][0-9]{6}|[_`a-h]{6}W[_`a-hp]X|[+]A[A-H][0-9A-Za-z+/]",
)
VALUE_GATES = (
    rb"[0-9OoIiLlZzEASsGTBbgq|]{16}|[0-9]{8}[A-Za-z][0-9]{9}",
    rb"[a-jA-J]{17}|[qwertyuiopQWERTYUIOP]{17}|[!@#$%^&*()]{17}",
)
"""Hyperscan expressions of words turned, each ending where the word does, and of eighteen signs that may be digits."""


_WORD_DATABASE, _VALUE_DATABASE = (
    Declared(*((number, expression, 0) for number, expression in enumerate(gates)))
    for gates in (WORD_GATES, VALUE_GATES)
)


def _ends(database: Declared, text: bytes) -> list[int]:
    """Where expressions match, told from the rest of what is looked for in short texts."""
    ends: list[int] = []
    database.scan(text, match_event_handler=lambda _number, _start, end, *_: ends.append(end))
    return ends


def stretches(text: bytes, field: Callable[[int], tuple[int, int]]) -> Iterator[Stretch]:
    """What a short text says when it is turned back, where a word in it looks turned; `field` tells where the value
    around a position begins and ends. Each is to be read as a text of its own."""
    known: set[tuple[int, int, Turn]] = set()
    for end in _ends(_WORD_DATABASE, text)[:_ENDS]:
        bracketed = _BRACKETS_BACKWARDS.match(text, max(end - 9, 0))
        if bracketed:
            yield Stretch(*bracketed.span(), _JOINED, bracketed[0][::-1], lambda new: new[::-1])
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
                if (start, stop, turn) in known or stop - start > _WIDEST * 2 or len(known) >= _TRIED:
                    continue
                known.add((start, stop, turn))
                data = turn(text[start:stop])
                if data:
                    yield Stretch(start, stop, CODING, data, _refuse)


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
    if _UTF7.match(text, max(end - 4, 0)):
        return (_seven_bits,)
    if _ROT47_BRACKETS.match(text, max(end - 9, 0)):
        return (_rot47,)
    run = _ROT47_RUN.match(text, max(end - 6, 0))
    if run is None or text[end - 7 : end - 6].isalnum() or text[run.end() : run.end() + 1].isalnum():
        return ()
    return (_rot47,) if len(run[0]) + len(_ROT47_DIGITS.findall(text, run.end(), run.end() + 12)) >= 7 else ()


_BRACKETS_BACKWARDS = re.compile(rb"(?<![0-9A-Za-z])[)][0-9A][(][0-9]{6}(?:[A-Z]{1,2}|[157])(?![0-9A-Za-z])")
_UTF7 = re.compile(rb"[+]A[A-H][0-9A-Za-z+/]{1,200}-")
_ROT47_BRACKETS = re.compile(rb"[_`a-h]{6}W[_`a-hp]X")
_ROT47_RUN = re.compile(rb"[_`a-h]{6,}")
_ROT47_DIGITS = re.compile(rb"[_`a-h]")


class _Order(NamedTuple):
    """Where each character of a value is read from; `year` are the places of its seventh and eighth."""

    places: tuple[int, ...]
    year: tuple[int, int]


def _rails(height: int) -> list[int]:
    """The order in which a zigzag over so many lines is written down."""
    period = 2 * height - 2
    return sorted(range(_VALUE), key=lambda at: (min(at % period, period - at % period), at))


def _orders() -> tuple[_Order, ...]:
    """The orders in which people shuffle eighteen digits, and the ways back."""
    straight = list(range(_VALUE))
    shuffled = [straight[at:] + straight[:at] for at in range(1, _VALUE)]
    for size in (2, 3, 6, 9):
        blocks = [straight[at : at + size] for at in range(0, _VALUE, size)]
        shuffled += [
            [at for block in blocks for at in reversed(block)],
            [at for block in reversed(blocks) for at in block],
            [at for column in range(size) for at in straight[column::size]],
            [at for column in reversed(range(size)) for at in straight[column::size]],
        ]
    shuffled += map(_rails, (3, 4, 5))
    shuffled.append([at for pair in zip(straight[:9], reversed(straight[9:]), strict=True) for at in pair])
    region, birth, rest = straight[:6], straight[6:14], straight[14:]
    shuffled += [birth + region + rest, birth + rest + region, rest + region + birth, rest + birth + region]
    shuffled += [region + rest + birth, region + birth[6:] + birth[4:6] + birth[:4] + rest]
    shuffled.append(straight[::-1])
    both = [tuple(each) for each in shuffled]
    both += [tuple(sorted(straight, key=each.__getitem__)) for each in both]
    return tuple(_Order(each, (each[6], each[7])) for each in dict.fromkeys(both) if each != tuple(straight))


_ORDERS = _orders()
_STEPS = tuple(
    bytes.maketrans(_DIGITS, bytes(_DIGITS[(digit * times + by) % 10] for digit in range(10)))
    for times, by in (*((1, by) for by in range(1, 10)), (-1, 9), (-1, 0), (3, 0), (7, 0))
)
_RESIDENT = re.compile(
    rb"[1-9][0-9]{5}(?:19[3-9][0-9]|200[0-9]|201[0-2])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
)
_DATED = re.compile(rb"20[12][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
"""A day of these years: the number of an order or an event. One in a thousand of the IDs that are turned has one."""
_EIGHTEEN = re.compile(rb"[0-9]{0,17}[A-Za-z]?[0-9]{0,17}")
_RUN = re.compile(rb"[0-9A-Za-z|]*")
_ALL_RUN = re.compile(rb"[!@#$%^&*()]*")
_LETTER = re.compile(rb"[A-Za-z]")


def _table(signs: bytes, digits: bytes = _DIGITS) -> bytes:
    return bytes.maketrans(signs + signs.upper(), digits * 2)


_SPELLINGS = (
    _table(b"abcdefghij"),
    _table(b"abcdefghij", b"1234567890"),
    _table(b"qwertyuiop", b"1234567890"),
    _table(b"!@#$%^&*()", b"1234567890"),
)
_ALIKE_SIGNS = b"OoIiLl|ZzEASsGTBbgq"
_ALIKES = bytes.maketrans(_ALIKE_SIGNS, b"0011111223455678899")
_LONGEST = 19


def values(text: bytes, known: Callable[[int], bool]) -> Iterator[Stretch]:
    """The resident IDs, or what could be one, among the words of eighteen signs, read in every other order, with every
    other digit for each, and in letters; but for those at positions where it is known what stands there."""
    reached = tried = 0
    for end in _ends(_VALUE_DATABASE, text):
        if end <= reached or known(end):
            continue
        for run in (_RUN, _ALL_RUN):
            front = run.match(text[max(end - _LONGEST - 1, 0) : end][::-1])
            behind = run.match(text, end, end + _LONGEST + 1)
            start, stop = end - (front.end() if front else 0), behind.end() if behind else end
            if not 16 <= stop - start <= _LONGEST:
                continue
            reached, tried = stop, tried + 1
            written = text[start:stop]
            if b"g" in written and not written.translate(None, _DIGITS + _ALIKE_SIGNS):
                # where a small g is a six is told elsewhere
                yield Stretch(start, stop, _JOINED, written.translate(_ALIKES), _refuse)
            if stop - start == _VALUE:
                for value in dict.fromkeys(_read(written)):
                    yield Stretch(start, stop, CODING, value, _refuse, doubtful=True)
            break
        if tried >= _TRIED:
            return


def _read(value: bytes) -> Iterator[bytes]:
    """The other readings of eighteen signs that begin like a resident ID."""
    if not _EIGHTEEN.fullmatch(value):
        spelled = (value.translate(table) for table in _SPELLINGS)
        yield from filter(_RESIDENT.fullmatch, spelled)
    elif not _DATED.search(value):
        yield from _turned(value)


def _turned(value: bytes) -> Iterator[bytes]:
    value = _LETTER.sub(b"X", value)  # one letter is all there can be, whatever became of it
    for turned in (value, value[::-1]):
        for table in _STEPS:
            if turned[6:8].translate(table) in {b"19", b"20"} and _RESIDENT.fullmatch(found := turned.translate(table)):
                yield found
    for order, (seventh, eighth) in _ORDERS:
        if value[seventh] in b"12" and value[eighth] in b"90":
            found = bytes(value[at] for at in order)
            if _RESIDENT.fullmatch(found):
                yield found


def _refuse(_: bytes) -> bytes:
    raise Unscannable(Cause.REWRITE)
