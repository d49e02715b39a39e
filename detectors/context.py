"""Evidence: does a field's name, or the words around a value, say what the value is?

Labels come in families (`detectors/data/labels/`). A family's words support a reading; the words in its
`against` list contradict it (an order number is not a phone). Names are read as people write them: `mobileNo`,
`mobile_no`, `MOBILE-NO` and `mobile no` are the same label. Of two words before a value the nearer one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import hyperscan

from detectors.api import Located
from detectors.compiled import Cache, database

BEFORE = 60
"""How many bytes before a value are searched for a label: twenty Han characters, or ten English words."""
AFTER = 24
"""How many bytes behind a value a label may reach; it must follow at once, as in `13800138000（手机）`."""
_REMEMBERED_NAMES = 8192
_SHORTEST = 4
_TAIL = "~"
_SPREAD = re.compile(rb"(?<=[\x80-\xbf]) (?=[\xe3-\xe9])")

_HUMP = re.compile(
    rb"(?<=[a-z])(?=[A-Z0-9\x80-\xff])|(?<=[A-Z])(?=[0-9\x80-\xff]|[A-Z][a-z])"
    rb"|(?<=[0-9\x80-\xff])(?=[A-Za-z])"  # 我的mobile是
)
_CAPITAL = re.compile(rb"\xc3[\x80-\x96\x98-\x9e]")
"""The capitals of Portuguese and its neighbours (Latin-1, in UTF-8), which `bytes.lower` leaves as they are."""
_GLUE = bytes(c if c >= 0x80 or chr(c).isalnum() else 0x20 for c in range(256)).replace(b"\n", b" ")
_NO_WORD = bytes(code for code in range(128) if not chr(code).isalnum())
_RUN = 20
_LETTERS = bytes(0x41 if c < 0x80 and (chr(c).isalnum() or c in b"+/") else 0x20 for c in range(256))
_OF_LETTERS = re.compile(rb"[0-9A-Za-z+/]{%d,}={0,2}" % _RUN)
# alternatives: a class of bytes would cut Han characters in two; nothing ends in `!!str 138…` or `"mobile";s:11:"138…"`
_STOP = re.compile("[?]|;(?![sid]:(?:[0-9]|\\Z))|!(?!!?[a-z])|。|；|！|？".encode())
_ASKED = re.compile("(?:[?](?=[ \\t\\n])|？)(?=[ \\t]{0,4}(?:\\r?\\n[^\\n]{0,40})?\\Z)".encode())
"""A question that the value answers, behind it or on the next line, where it may stand behind who says so and when."""
_IS = re.compile(
    "\\A(?:(?: is| was|'s| é| e)(?: an?| o| my| our| your| his| her| their| the| meu| seu)?(?= )"
    "|[ ]?(?:(?:就)?是|为|為|係|系)(?:他|她|我|您|你|客户|客戶)?(?:们|們)?(?:的|嘅)?)".encode()
)
"""What joins a value and the word behind it that says what it is."""
_BEHIND = re.compile("^[ ]?([(\\[]|（|【)[ ]?".encode())
_CLOSING = re.compile("[)\\]]|）|】".encode())
_NAMING = re.compile(rb"\n|[0-9A-Za-z_\x80-\xff]*[ \"']?(?:[=:]|\xef\xbc\x9a)")
_WORDLESS = b"0123456789 \t\r\n\"'()*+,-./:;<=>@[]{|}_#&%!?"


def words(name: bytes) -> bytes:
    """A name or a stretch of text as lower-case words between single spaces, humps and underscores apart. Han
    characters stand together: forms spread labels to one width (`姓　　名`)."""
    if name.isalpha() and name.islower():
        return b" " + name + b" "
    spaced = b" " + b" ".join(_HUMP.sub(b" ", name).translate(_GLUE).split()).lower() + b" "
    if spaced.isascii():
        return spaced
    return _SPREAD.sub(b"", _CAPITAL.sub(_small, spaced) if b"\xc3" in spaced else spaced)


def _small(capital: re.Match[bytes]) -> bytes:
    return capital[0].decode().lower().encode()


def _expression(labels: Iterable[str], against: Iterable[str]) -> re.Pattern[bytes]:
    """One expression for both lists: Latin labels as whole words, glued or spaced, Han ones anywhere, longest first.
    One of `against` ends in a group, so that `lastindex` tells the lists apart. `~lxdh` may end a longer Latin word:
    names are glued without humps (`sqrlxdh`, `custmobile`).

    Grouped by their first byte: a text of nothing but candidates must not try hundreds of labels at every byte.
    """
    sides = {**dict.fromkeys(labels, b""), **dict.fromkeys(against, b"()")}
    groups: dict[bytes, list[bytes]] = {}
    for label in sorted(sides, key=len, reverse=True):
        if label.startswith(_TAIL):
            continue
        parts = [re.escape(word) for word in words(label.encode()).split()]
        latin = label[0].isascii()  # `qq账号` begins where `qq` does, and is the longer of the two
        whole = (b" " if latin else b"") + b" ?".join(parts) + (b"s?(?= )" if label.isascii() else b"")
        head = 2 if latin else 1
        groups.setdefault(whole[:head], []).append(whole[head:] + sides[label])
    branches = [head + b"(?:" + b"|".join(tails) + b")" for head, tails in groups.items()]
    for mark in (b"", b"()"):
        tails = [label[1:].encode() for label in sides if label.startswith(_TAIL) and sides[label] == mark]
        if tails:
            branches.append(b" [a-z]{0,12}?(?:%b)s?(?= )%b" % (b"|".join(map(re.escape, tails)), mark))
    return re.compile(b"|".join(branches) or b"(?!)")


def _alone(word: bytes) -> bytes:
    """The expression of a word of ASCII letters that must not be taken out of a longer one: `xm` is part of every other
    identifier."""
    head, tail = word[:1], b"".join(b"[%b%b]" % (bytes([c]), bytes([c]).upper()) for c in word[1:])
    return b"(?:(?:^|[^0-9A-Za-z]|[0-9])%b|%b)%b[sS]?(?:[^a-z]|$)" % (head, head.upper(), tail)


def _literal(word: bytes) -> bytes:
    return b"".join(b"\\x%02x" % code for code in word)


class _Presence:
    """Which families have one of their words anywhere in a text.

    Single words of ASCII are looked for as they stand, the shortest with their boundaries. All others are looked for in
    the letters and digits alone, so that any glue is the same, and forms may spread Han words as they like. Both are
    passes over thousands of plain strings: expressions for glue and case take four times as long.
    """

    __slots__ = ("_alone", "_families", "_glued", "_single")

    def __init__(self, families: Mapping[str, Iterable[str]], cache: Cache | None = None) -> None:
        alone, single, glued = (dict[bytes, set[str]]() for _ in range(3))
        for family, listed in families.items():
            for label in listed:
                parts = words(label.encode()).split()
                word = b"".join(parts)
                if len(parts) > 1 or not word.isascii():
                    glued.setdefault(word, set()).add(family)
                elif label.startswith(_TAIL) or len(word) > _SHORTEST or not word.isalpha():
                    single.setdefault(word, set()).add(family)
                else:
                    alone.setdefault(word, set()).add(family)
        self._families = tuple(map(frozenset, (*alone.values(), *single.values(), *glued.values())))
        last = len(alone) + len(single)
        self._alone = _compiled(map(_alone, alone), range(len(alone)), cache)
        self._single = _compiled(map(_literal, single), range(len(alone), last), cache)
        self._glued = _compiled(map(_literal, glued), range(last, last + len(glued)), cache)

    def of(self, text: bytes) -> frozenset[str]:
        """The families."""
        found: list[int] = []

        def note(number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            found.append(number)

        if self._alone is not None:
            self._alone.scan(text, match_event_handler=note)
        small = text.lower()
        if self._single is not None:
            self._single.scan(small, match_event_handler=note)
        if self._glued is not None:
            small = _CAPITAL.sub(_small, small) if b"\xc3" in small else small
            self._glued.scan(small.translate(None, _NO_WORD), match_event_handler=note)
        return frozenset().union(*[self._families[number] for number in found])


def _compiled(expressions: Iterable[bytes], ids: range, cache: Cache | None) -> Any:  # noqa: ANN401 - untyped
    return database(list(expressions), hyperscan.HS_FLAG_SINGLEMATCH, cache, ids) if ids else None


def _window(text: bytes, least: int, start: int) -> int:
    """Where the bytes before a value begin that are searched for a label: not in the middle of a Latin word."""
    at = start - BEFORE
    if at <= least:
        return least
    while at < start and text[at - 1 : at].isalnum() and text[at : at + 1].isalnum():
        at += 1
    return at


def _without_noise(text: bytes, begin: int, least: int, start: int) -> bytes:
    """The bytes before a value; blanks for runs of letters that are no words, as base64 is: every other has a `wx`."""
    first = max(least, begin - _RUN)
    wide = text[first:start]
    if b"A" * _RUN in wide.translate(_LETTERS):
        wide = _OF_LETTERS.sub(_blank_noise, wide)
    return wide[begin - first :]


def _blank_noise(run: re.Match[bytes]) -> bytes:
    written = run[0]
    mixed = not written.islower() and not written.isupper() and not written.isalpha()
    return b" " * len(written) if mixed and len(written) < 3 * len(words(written).split()) else written


class Around:
    """The words around a value, worked out when they are first asked for."""

    __slots__ = ("_before", "_behind", "_end", "_field", "_start", "_text")

    def __init__(self, text: bytes, field: Located, start: int, end: int) -> None:
        self._text = text
        self._field = field
        self._start = start
        self._end = end
        self._before: bytes | None = None
        self._behind: tuple[bytes, bool] | None = None

    @property
    def before(self) -> bytes:
        """What is said before the value since the last full stop, as words."""
        if self._before is None:
            self._before = b""
            least = self._field.start
            if self._start > least:
                window = _without_noise(self._text, _window(self._text, least, self._start), least, self._start)
                if window.strip(_WORDLESS):
                    asked = _ASKED.search(window)
                    if asked is not None:
                        window = b"%b %b" % (window[: asked.start()], window[asked.end() :])
                    self._before = words(_STOP.split(window)[-1])
        return self._before

    @property
    def behind(self) -> tuple[bytes, bool]:
        """What is said right behind it, as words, and whether in brackets: `138…（手机）`, `138… mobile`; nothing of
        `138…, phone: 139…`, where the word is what the next value is called."""
        if self._behind is None:
            rest = (
                self._text[self._end : min(self._field.end, self._end + AFTER)] if self._end < self._field.end else b""
            )
            opened = _BEHIND.match(rest)
            if opened is not None:
                rest = _CLOSING.split(rest[opened.end() :], maxsplit=1)[0]
            else:
                joined = _IS.match(rest)
                rest = rest if joined is None else rest[joined.end() :]
                named = _NAMING.search(rest)
                if named is not None:
                    rest = rest[: named.start()]
            self._behind = (words(rest) if rest.strip(_WORDLESS) else b"", opened is not None)
        return self._behind


class Evidence:
    """The compiled label families. Stateless but for a bounded memory of field names already judged."""

    __slots__ = ("_denied", "_lists", "_names", "_near", "_spoken")

    def __init__(
        self,
        families: Mapping[str, Iterable[str]],
        against: Mapping[str, Iterable[str]],
        cache: Cache | None = None,
    ) -> None:
        self._lists = {family: (labels, against.get(family, ())) for family, labels in families.items()}
        self._near: dict[str, re.Pattern[bytes]] = {}
        self._names: dict[str, dict[bytes, int]] = {family: {} for family in families}
        self._spoken = _Presence(families, cache)
        self._denied = _Presence({family: against.get(family, ()) for family in families}, cache)

    def ready(self) -> Iterator[None]:
        """Make the expressions of all families, one at a step: a second or two, for who will be forked from."""
        for family in self._lists:
            self._words_of(family)
            yield

    def spoken(self, text: bytes) -> frozenset[str]:
        """The families of which a supporting word may stand anywhere in the text."""
        return self._spoken.of(text)

    def denied(self, text: bytes) -> frozenset[str]:
        """The families of which a contradicting word may stand anywhere in the text."""
        return self._denied.of(text)

    def of(self, family: str, text: bytes, field: Located, start: int, end: int) -> int:
        """1 if the field's name or a word near by supports the family, -1 if it contradicts it, 0 if neither.

        `start` and `end` bound the value in `text`; words outside the field are not looked at.
        """
        return self.judge(family, field, Around(text, field, start, end))

    def judge(self, family: str, field: Located, around: Around) -> int:
        """The same, for a value that several families are asked about."""
        before = around.before
        if before:
            near = self._last(family, before)
            if near:
                return near
        name = field.name
        if name:
            named = self._names[family].get(name)
            if named is None:
                named = self._learn(family, name)
            if named:
                return named
        behind, enclosed = around.behind
        if not behind:
            return 0
        if enclosed:
            return 1 if self._last(family, behind) > 0 else 0
        found = self._words_of(family).search(behind)
        return 1 if found is not None and found.lastindex is None and found.start() <= 1 else 0

    def _learn(self, family: str, name: bytes) -> int:
        """Judge a field's name by itself and remember the answer."""
        known = self._names[family]
        if len(known) >= _REMEMBERED_NAMES:  # names come from payloads: an attacker may send new ones for ever
            known.clear()
        judged = known[name] = self._last(family, words(name))
        return judged

    def _words_of(self, family: str) -> re.Pattern[bytes]:
        """The expression of a family, made when it is first asked for."""
        made = self._near.get(family)
        if made is None:
            made = self._near[family] = _expression(*self._lists[family])
        return made

    def _last(self, family: str, text: bytes) -> int:
        last = 0
        for match in self._words_of(family).finditer(text):
            last = 1 if match.lastindex is None else -1
        return last
