"""Where SQL begins: whether a text is SQL or may hold some, and which places are worth a look."""

from __future__ import annotations

import re

import hyperscan

from detectors.compiled import Declared

IDENTIFIER = rb'(?:`[^`\n]{1,128}`|"[^"\n]{1,128}"|\[[^\]\n]{1,128}\]|[\w#$@\x80-\xff]{1,128})'
TABLE = IDENTIFIER + rb"(?:\s{0,9}\.\s{0,9}" + IDENTIFIER + rb"){0,3}+"
_HINT = Declared(
    (0, rb"(?:into|INTO|insert|INSERT|Insert|copy|COPY|where|WHERE|Where)[ \n]", hyperscan.HS_FLAG_SINGLEMATCH)
)
_KEYWORDS = (b"insert", b"into", b"copy", b"create", b"comment")
_START = re.compile(
    rb"\A(?:[\s;\xef\xbb\xbf]++|--[^\n]*+\n|#[^\n]*+\n|/\*.*?\*/)*+"
    rb"(?:insert|replace|update|delete|select|with|create|drop|alter|set|use|begin|start|lock|copy|merge|truncate|go|if"
    rb"|pragma|comment|commit|exec|declare|\\connect)\b",
    re.IGNORECASE | re.DOTALL,
)
_STATEMENT = re.compile(
    rb"^[ \t\xef\xbb\xbf]*(?:(?:insert|replace)\b[^\n;]{0,60}\binto\s+"
    + TABLE
    + rb"\s*+(?:\(|values?\b|select\b|set\b)"
    rb"|insert\s+" + TABLE + rb"\s*+(?:\([^()\n]+\)\s*+)?values?\s*+\("
    rb"|update\s+" + TABLE + rb"(?:\s+(?:as\s+)?\w+)?\s+set\s+" + TABLE + rb"\s*="
    rb"|create\s+(?:\w+\s+){0,3}table\s[^\n;(]{1,200}\("
    rb"|copy\s+" + TABLE + rb"[^;]{0,4000}\bfrom\s+stdin"
    rb"|(?:select|delete|with)\b[^;]{0,2000}?\bwhere\s+\(?" + TABLE + rb"\s*+"
    rb"(?:[=<>!]|in\s*+\(|(?:not\s++)?like\s*+[N']|between\s++['0-9]|is\s++(?:not\s++)?null\b))",
    re.IGNORECASE | re.MULTILINE,
)


def hinted(source: bytes) -> bool:
    """Whether a text may hold a statement at all; cheap enough to ask of any."""
    return _HINT.fires(source)


def is_sql(start: bytes) -> bool:
    """Whether a text is SQL, by its first few kilobytes: its first word begins a statement, and a line of it is one."""
    return _START.match(start) is not None and _STATEMENT.search(start) is not None


def keywords(source: bytes) -> list[int]:
    """Where words stand that may begin a statement: plain strings, found at a hundredth of what an expression costs."""
    lower = source.lower()
    found: list[int] = []
    for keyword in _KEYWORDS:
        at = lower.find(keyword)
        while at >= 0:
            found.append(at)
            at = lower.find(keyword, at + 1)
    return sorted(found)
