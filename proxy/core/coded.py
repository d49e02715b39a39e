"""Stretches of a text that are something else written in letters: base64, base32, hex, rows of character codes.

Hyperscan finds where one could begin: not by length alone, for words and hashes are long too, but by what text, and the
first bytes of the usual files, look like in each coding. Then it is decoded, and believed when the whole of it makes
sense. Codings: RFC 4648.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from proxy.core import dumps, groups, registry, rows, sixbits
from proxy.core.errors import Unscannable
from proxy.core.formats.transfer import to_uu
from proxy.core.message import Cause
from proxy.core.sense import LEAST, is_wide, makes_sense, meaning, plain_head
from proxy.core.stretch import Stretch, refuse

_B64_ASCII = rb"[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
_B64_HAN = rb"[56][I-LYZabo-r4-7][CGKOSWaeimquy26+-][A-Za-z0-9+/_-]"
_B64_DIGITS = rb"[MNO][DTjz][AEIMQUYcgk][w-z0-5]"
_B64_WIDE = rb"[MNO][AQgw]A[w-z0-5]AD[AEIMQUYcgk]A"
_B64_FILES = rb"H4sI|UEsDB|JVBERi|iVBORw0KGgo|/9j/4|N3q8ryc|Qlpo[MNO]|/Td6WFo|KLUv/|eJ[wxyz]|eNo|0M8R4KGx|e1xydGY"
_HEX_FILES = rb"1f8b08|504b0304|25504446|89504e47|ffd8ff|377abcaf|425a68|fd377a58|28b52ffd|789c|d0cf11e0"
_B32_DIGITS = rb"[GHgh][AEIMQUYaeimquy4][YZyz234][DTdt][ACEGIKMOQSacegikmoqs][MNOmno][BJRZbjrz][Q-Zq-z]"
_HEX_HAN = rb"[eE][4-9][89abAB][0-9a-fA-F][89abAB][0-9a-fA-F]"

GATES = (
    rb"%b[MNO][CDSTijyz]|%b|(?:3[0-9]){6}|%b" % (_B64_DIGITS, _B64_WIDE, _B32_DIGITS),
    rb"3[0-9][ :,-]3[0-9][ :,-]3[0-9][ :,-]3",
    rb"0x3[0-9], ?0x3[0-9], ?0x3",
    rb"[45][0-9], ?[45][0-9], ?[45][0-9], ?[45][0-9], ?[45][0-9]",
    rb"0011[01]{4}[ \n]?0011[01]{4}[ \n]?0011",
    rb"%b[ \t\r\n][MNO][CDSTijyz]|[MNO] [DTjz] [AEIMQUYcgk] [w-z0-5] [MNO]" % _B64_DIGITS,
    rb"LS0t[ \r\n]LS1C|LS0tLS1C[ \t\r\n]|L S 0 t L S",
    rb"3[0-9]3[0-9] 3[0-9]3[0-9]",
    registry.GATE,
    dumps.GATES[1],
    rb"begin [0-7]{3,4} |2d2d2d2d2d42|2D2D2D2D2D42|2d[ :-]2d[ :-]2d[ :-]2d[ :-]2d[ :-]42",
)
"""Hyperscan expressions of what could be the beginning of a coded stretch: digits, which little else looks like. How
they are put decides what they cost: a class repeated behind a class is a hundred times a literal."""
SHORT_GATES = (
    rb"[45][0-9] [45][0-9] [45][0-9] [45][0-9] [45][0-9]",
    rb"[w-z0-5][AEIMQUYcgk][DTjz][MNO][w-z0-5][AEIMQUYcgk]",
    rb"3[0-9]003[0-9]003[0-9]|002[dD]002[dD]002[dD]|2d2d 2d2d 2d42|0x2[dD], ?0x2[dD], ?0x2[dD]",
    rb"0[45][0-9]0[45][0-9]0[45][0-9]0",
    groups.GATE,
    sixbits.GATE,
    dumps.GATES[0],
    rb"(?:[45][0-9][-./|_;#]){5}[45][0-9]|[$]3[0-9],? ?[$]3[0-9]|3[0-9][hH],? ?3[0-9][hH]",
    rb"06[0-7][ ,]06[0-7][ ,]06[0-7]|6[0-7][ ,]6[0-7][ ,]6[0-7]|[67][0-7][ ,][67][0-7][ ,][67][0-7][ ,][67][0-7]",
    *rows.GATES,
)
"""The same, dearer: looked for where values are not many."""
LONG = rb"[A-Za-z0-9]{20}"
"""Where so many letters stand in a row, there may be more; looking for it costs more than all the rest."""
LONG_GATES = (
    rb"[^A-Za-z0-9](?:(?:%b){2}|(?:%b){2}|(?:[2-7][0-9a-fA-F]){8})" % (_B64_ASCII, _B64_HAN),
    rb"[^A-Za-z0-9](?:%b|%b|%b)" % (_B64_FILES, _HEX_FILES, _HEX_FILES.upper()),
    rb"(?:%b){2}" % _HEX_HAN,
    rb"[A-Z2-7]{16}",
)
"""Text of other kinds, and files."""

_B64_RUN = re.compile(rb"[A-Za-z0-9+/_-]+(?:\r?\n[ \t]*(?!--)[A-Za-z0-9+/_-]+)*={0,2}")
_B64_LINE = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_B64_FRONT = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")
_HEX_RUN = re.compile(rb"[0-9A-Fa-f]{8,}(?:\r?\n[0-9A-Fa-f]{2,})*")
_B32_RUN = re.compile(rb"[A-Za-z2-7]{8,}={0,6}")
_B64_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
_HEX_LETTERS = frozenset(b"0123456789abcdefABCDEF")
_B32_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567")
_PADS = b"+/_-"
_BACK = 64
"""How far back a stretch may begin before the place where its beginning was seen: a word in front of it, at most."""
_FIGURES = re.compile(rb"[0-9]{6}")
_UU = re.compile(rb"begin [0-7]{3,4} [^\r\n]{1,200}\r?\n((?:[ -`]{2,61}\r?\n)+)")
_UU_BACK = 12
_TURNED = 1024
_TURNED_SHAPE = re.compile(rb"^(?:\}|\]|\r?\n|-----Y|[-0-9A-Z()]{6,24}$)| :")
_UNTURNED = re.compile(rb"[1-8][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx]|1[3-9][0-9]{9}")
_PLAIN = bytes(each in b"\t\n\r" or 0x20 <= each < 0x7F for each in range(256))


_TRIES = 12
_READ = 1 << 15
"""Beginnings that are tried in a run, and in one of several lines how many letters may be read for them."""
_HEAD = re.compile(rb"[A-Za-z_-]*\Z")
_FIGURE_SEEN = re.compile(rb"[0-9][A-Za-z0-9]{0,5}\Z")
_LETTERS_ALONE = re.compile(rb"[A-Za-z_-]+")
_PAIR = re.compile(rb"(?:%b){2}|%b" % (_B64_DIGITS, _B64_WIDE))


def _is_word(text: bytes, at: int) -> bool:
    """Whether the run around a position is made of letters alone, and could not be figures in base64."""
    if _FIGURE_SEEN.search(text, max(at - 6, 0), at):
        return False
    head = _HEAD.search(text, 0, at)
    word = _LETTERS_ALONE.match(text, head.start() if head else at)
    return word is not None and word.end() == len(text) and len(word[0]) >= 8 and not _PAIR.search(word[0])


_ONE_RUN = re.compile(rb"[A-Za-z0-9+/=_-]+(?:\r?\n[ \t]*+[A-Za-z0-9+/_-]{60,}+(?![^\r\n]))*+")
"""With the full lines behind it: what lines of base64 hold is read from its first line on."""


def stretches(  # noqa: C901 - one loop, each branch a way on
    text: bytes, ends: Sequence[int], guess: Callable[[], bool] = lambda: True
) -> Iterator[Stretch]:
    """The coded stretches of a text, given where Hyperscan saw one begin; none overlaps another. `guess` is asked
    before each attempt to read one."""
    reached = tries = run_end = most = 0
    listed, exported = rows.Rows(text, makes_sense), partial(registry.read, text)
    for end in ends:
        if end <= reached:
            continue
        if end > run_end:
            run = _ONE_RUN.match(text, end - 1)
            tries, run_end = 0, run.end() if run else end
            if _is_word(text[max(end - _BACK, reached) : run_end], end - max(end - _BACK, reached)):
                tries = _TRIES  # a name in a program, as most are
            most = max(_TRIES, _READ // len(run[0])) if run and b"\n" in run[0] else _TRIES
        tries += 1
        if tries > most:  # ATTACK: a megabyte of one letter could begin something at each
            continue
        if not guess():
            return
        for grouped in (exported, listed.dump, listed.codes, listed.groups):
            row = grouped(end, reached)
            if row is not None:
                reached = row[1]
                yield Stretch(*row)
                break
        else:
            for read in (_uuencoded, _base64, _hexadecimal, _base32, _backwards, _dressed):
                found = read(text, end, reached)
                if found is not None:
                    reached = found.end
                    yield found
                    turned = _turned(found.data)
                    if turned is not None:
                        yield Stretch(found.start, found.end, "turned", turned, refuse)
                    break


def _dressed(text: bytes, at: int, floor: int) -> Stretch | None:
    """Hex in uneven groups, six bits a sign in other alphabets."""
    found = groups.read(text, at, floor) or sixbits.read(text, at, floor)
    return found and Stretch(found[0], found[1], "dressed", found[2], refuse)


def _begins(text: bytes, at: int, floor: int, letters: frozenset[int], unit: int) -> list[int]:
    """Where a run may begin: at its first letter, behind a sign that parts words, or where whole units end at a
    position."""
    low = max(floor, at - _BACK)
    start = at
    while start > low and text[start - 1] in letters:
        start -= 1
    parted = [each + 1 for each in range(start, at - unit) if text[each] in _PADS] if letters is _B64_LETTERS else []
    fitting = start + (at - start) % unit
    return [*dict.fromkeys((start, *reversed(parted), fitting))]


def _turned(data: bytes) -> bytes | None:
    """A short text from its end, where it looks as if written so."""
    if len(data) > _TURNED or not _TURNED_SHAPE.search(data) or _UNTURNED.fullmatch(data):
        return None
    try:
        return data.decode()[::-1].encode()
    except UnicodeDecodeError:
        return None


def _base64(text: bytes, at: int, floor: int) -> Stretch | None:
    begins = _begins(text, at, floor, _B64_LETTERS, 4)
    for start in begins:
        run = _B64_RUN.match(text, start)
        if run is None:
            continue
        if text[start - 1 : start] == b"+" and run[0].endswith(b"-"):  # RFC 2152
            data = _from_base64(run[0].rstrip(b"-"))
            if is_wide(data):
                return Stretch(start - 1, run.end(), "utf-7", data, refuse)
        data = _from_base64(run[0])
        meant = meaning(data)
        if meant is None and b"\n" in run[0]:  # what follows on the next line is something else
            run = _B64_LINE.match(text, start) or run
            data = _from_base64(run[0])
            meant = meaning(data)
        if meant is data:
            return Stretch(start, run.end(), "base64", data, lambda new, like=run[0]: _to_base64(new, like))  # type: ignore[misc]
        if meant is not None:
            return Stretch(start, run.end(), "base64", meant, refuse)
    # a word stands before it or behind it that is none of it, without a sign between
    other = begins[-1] + 2
    return _amidst(text, at, begins[-1]) or _amidst(text, at, other - 4 if other - 4 >= begins[0] else other)


def _amidst(text: bytes, at: int, begin: int) -> Stretch | None:
    """The whole units around a position that are plain text."""
    run = _B64_RUN.match(text, begin)
    if run is None or begin >= at:
        return None
    data = _from_base64(run[0])
    first = _clear(data, (at - begin) // 4 * 3, 3)
    data = data[first : first + plain_head(data[first:])]
    start = begin + first // 3 * 4
    if len(data) < LEAST + 3 or b"\n" in text[begin:start]:
        return None
    end = min(_behind(text, start, len(data) // 3 * 4), run.end())
    return Stretch(start, end, "base64", data[: len(data) // 3 * 3], _whole_groups)


def _clear(data: bytes, known: int, unit: int) -> int:
    """From which whole unit on all bytes before a known one are plain text."""
    first = known
    while first and _PLAIN[data[first - 1]]:
        first -= 1
    return first + -first % unit


def _behind(text: bytes, start: int, letters: int) -> int:
    """Where so many letters end, line breaks not counted."""
    while letters:
        letters -= text[start] in _B64_LETTERS
        start += 1
    return start


def _from_base64(run: bytes) -> bytes:
    letters = b"".join(run.strip(b"=").split()).translate(bytes.maketrans(b"-_", b"+/"))
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def _to_base64(data: bytes, like: bytes) -> bytes:
    """The data in the alphabet, the line length and the padding of a run."""
    coded = base64.urlsafe_b64encode(data) if b"-" in like or b"_" in like else base64.b64encode(data)
    lines = like.split(b"\n")
    if len(lines) > 1:
        width, line_end = len(lines[0].rstrip(b"\r")), b"\r\n" if lines[0].endswith(b"\r") else b"\n"
        coded = line_end.join(coded[at : at + width] for at in range(0, len(coded), width))
    padded = like.endswith(b"=") or sum(each in _B64_LETTERS for each in like) % 4 == 0
    return coded if padded else coded.rstrip(b"=")


def _whole_groups(data: bytes) -> bytes:
    if len(data) % 3:
        raise Unscannable(Cause.REWRITE)  # what follows would shift
    return base64.b64encode(data)


def _hexadecimal(text: bytes, at: int, floor: int) -> Stretch | None:
    begins = _begins(text, at, floor, _HEX_LETTERS, 2)
    run = _HEX_RUN.match(text, begins[-1])
    if run is None:
        return None
    letters = b"".join(run[0].split())
    data, start = bytes.fromhex(letters[: len(letters) & ~1].decode()), run.start()
    end = run.end() - (len(letters) & 1)
    meant = meaning(data)
    if meant is not None and meant is not data:
        return Stretch(start, end, "hex", meant, refuse)
    if meant is None:
        first = _clear(data, (at - start) // 2, 1)
        data = data[first : first + plain_head(data[first:])]
        start += 2 * first
        end = start + 2 * len(data)
        if len(data) < LEAST or b"\n" in run[0]:
            return None
    upper = letters.upper() == letters
    return Stretch(start, end, "hex", data, lambda new: new.hex().upper().encode() if upper else new.hex().encode())


def _base32(text: bytes, at: int, floor: int) -> Stretch | None:
    for start in _begins(text, at, floor, _B32_LETTERS, 8):
        run = _B32_RUN.match(text, start)
        if run is None:
            continue
        letters = run[0].rstrip(b"=")
        whole = letters + b"A" * (-len(letters) % 8)
        data = base64.b32decode(whole, casefold=True)[: len(letters) * 5 // 8]
        if not makes_sense(data):
            head = plain_head(data) // 5
            if head < 2:
                continue
            return Stretch(start, start + head * 8, "base32", data[: head * 5], refuse)
        return Stretch(start, run.end(), "base32", data, lambda new, like=run[0]: _to_base32(new, like))  # type: ignore[misc]
    return None


def _to_base32(data: bytes, like: bytes) -> bytes:
    coded = base64.b32encode(data)
    coded = coded if like.endswith(b"=") else coded.rstrip(b"=")
    return coded.lower() if like == like.lower() else coded


def _uuencoded(text: bytes, at: int, _: int) -> Stretch | None:
    # one place alone is tried: a search from every beginning to the end of the text would be quadratic
    begin = text.rfind(b"begin ", max(0, at - _UU_BACK), at)
    found = _UU.match(text, begin) if begin >= 0 else None
    if found is None:
        return None
    try:
        data = b"".join(map(binascii.a2b_uu, found[1].splitlines()))
    except binascii.Error:
        return None
    return Stretch(*found.span(1), "uu", data, partial(to_uu, like=found[1])) if makes_sense(data) else None


def _backwards(text: bytes, at: int, floor: int) -> Stretch | None:
    """Base64 written from its end."""
    behind = _B64_RUN.match(text, at - 1)
    front = _B64_FRONT.match(text[max(floor, at - 1 - _TURNED) : at - 1][::-1])
    if behind is None or front is None:
        return None
    start, end = at - 1 - front.end(), behind.end()
    data = _from_base64(text[start:end][::-1])
    if not _FIGURES.search(data) and not _TURNED_SHAPE.search(data[::-1]):
        return None
    return Stretch(start, end, "turned", data, refuse) if makes_sense(data) else None
