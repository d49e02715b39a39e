"""What a value of JSON is called when its own key does not say: by its siblings (`{"field": "mobile", "value": …}`), or
by the headings of its column (`{"columns": […], "rows": [[…]]}`, or a first row of headings).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from proxy.core.formats.tabular import heading_like, label_like

_GENERIC = re.compile(
    rb"(?:field|attr|attribute|param|prop|property|item|cell|meta|string|text|data|old|new|default|current|key)?"
    rb"[_-]?(?:values?|val)|[vt]|value(?:string|integer|decimal)|texts?|content|contents|data|answers?|number|numbers|num|no|input|raw|display|entry"
    rb"|old|new|from|to|before|after|previous|prev|original|current"
    + "|旧值|舊值|新值|原值|变更前|變更前|变更后|變更後|修改前|修改后|修改後|值"
    "|内容|內容|答案|号码|號碼|数据|數據".encode(),
    re.IGNORECASE,
)
"""Keys that say of a value only that it is one."""
_NAMING = re.compile(
    rb"(?:field|attr|attribute|param|prop|property|item|column|col|key|display|label|question|data|header|meta)?[_-]?"
    rb"(?:name|key|label|title|type|code|id|desc|description|text)|fields?|k|column|col|attribute|attr|property|prop"
    rb"|param|parameter|question|kind|system|category|header|tag|caption|comment|heading|dataindex"
    + "|字段|字段名|名称|名稱|标签|標籤|类型|類型|标题|標題|项目|項目|列名".encode(),
    re.IGNORECASE,
)
"""Keys whose text says what the object holds."""
_HEADINGS = re.compile(
    rb"(?:table|column|col|field)?[_-]?(?:columns?|cols|headers?|fields?|headings?|titles?|names|keys|schema|thead|labels)"
    + "|列|列名|表头|表頭|字段".encode(),
    re.IGNORECASE,
)
"""Keys of the headings that go with an array of rows."""
_KEY = rb'[{,]\s*+"((?:[^"\\]|\\.){1,60})"\s*+:\s*+'
_TEXT = rb'"((?:[^"\\\n]|\\.){1,300})"'
_MEMBER = re.compile(_KEY + _TEXT)
_LISTED = re.compile(_KEY + rb"(?=\[)")
_ELEMENT = re.compile(rb"[\[,]\s*+(?:" + _TEXT + rb"|(?=\{))")
_LINE = re.compile(rb"\s*+(?=\[)")
_ROW = re.compile(rb"\[\s*+(?=\[)")
_SIBLINGS = 24
_COLUMNS = 4096
_LEVELS = 3


class Index(Protocol):
    """What is asked of the index of a text."""

    def members(self, opener: int, most: int) -> Sequence[int]:
        """The opener and the first commas of the container it opens: before each stands a member or an element."""
        ...

    def around(self, opener: int) -> int:
        """What opens the container around a container; -1 outside of all."""
        ...

    def key(self, opener: int) -> bytes:
        """The key a container has, or the array around it."""
        ...


class Names:
    """The names that the text around values gives them; each container is read once."""

    __slots__ = ("_columns", "_generic", "_index", "_said", "_source", "_unescape")

    def __init__(self, source: bytes, index: Index, unescape: Callable[[bytes], bytes]) -> None:
        self._source = source
        self._index = index
        self._unescape = unescape
        self._said: dict[int, bytes] = {}
        self._columns: dict[int, tuple[bytes, ...]] = {}

    def by_siblings(self, opener: int) -> bytes:
        """What is said of the value in the object that opens at `opener`, or of the objects around it while their keys
        say nothing either."""
        for _ in range(_LEVELS):
            if opener < 0:
                break
            if words := self._siblings(opener):
                return words
            if not generic(self._index.key(opener)):
                break
            opener = self._index.around(opener)
        return b""

    def by_element_before(self, opener: int, index: int) -> bytes:
        """What the element before one of an array says: `["mobile", "13…"]`."""
        if not 0 < index < _SIBLINGS:
            return b""
        before = self._index.members(opener, index + 1)[index - 1]
        element = _ELEMENT.match(self._source, before)
        if element is None or element[1] is None:
            return b""
        words = self._unescape(element[1]).strip()
        return words if label_like(words) else b""

    def by_column(self, rows: int, column: int) -> bytes:
        """The heading of a column in the array of rows that opens at `rows`; -1: the rows are lines of their own."""
        known = self._columns.get(rows)
        if known is None:
            known = self._columns[rows] = self._headings(rows)
        return known[column] if column < len(known) else b""

    def _siblings(self, opener: int) -> bytes:
        said = self._said.get(opener)
        if said is None:
            found = []
            for start in self._index.members(opener, _SIBLINGS):
                member = _MEMBER.match(self._source, start)
                if member is not None and _NAMING.fullmatch(self._unescape(member[1])):
                    words = self._unescape(member[2]).strip()
                    if label_like(words):
                        found.append(words)
            said = self._said[opener] = b" ".join(found)
        return said

    def _headings(self, rows: int) -> tuple[bytes, ...]:
        if rows < 0:
            return self._first_row(_LINE.match(self._source))
        opener = self._index.around(rows)
        for _ in range(2):
            if opener < 0:
                break
            for start in self._index.members(opener, _SIBLINGS):
                listed = _LISTED.match(self._source, start)
                if listed is not None and listed.end() != rows and _HEADINGS.fullmatch(self._unescape(listed[1])):
                    return self._elements(listed.end())
            opener = self._index.around(opener)
        return self._first_row(_ROW.match(self._source, rows))

    def _first_row(self, opened: re.Match[bytes] | None) -> tuple[bytes, ...]:
        """The elements of the array that opens behind a match, if they may be headings."""
        elements = self._elements(opened.end()) if opened else ()
        return elements if heading_like(elements) else ()

    def _elements(self, opener: int) -> tuple[bytes, ...]:
        found = []
        for start in self._index.members(opener, _COLUMNS):
            element = _ELEMENT.match(self._source, start)
            if element is None:
                found.append(b"")
            elif element[1] is None:
                found.append(self._siblings(element.end()))
            else:
                found.append(self._unescape(element[1]))
        return tuple(found)


def generic(key: bytes) -> bool:
    """Whether a key says of its value only that it is one."""
    return _GENERIC.fullmatch(key) is not None
