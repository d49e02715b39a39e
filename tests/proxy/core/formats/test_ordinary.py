"""What is told to be ordinary text at one look is what it is when it is asked about."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.core import formats
from proxy.core.budget import Budget
from proxy.core.formats.base import Node, Source
from proxy.core.limits import Limits

TYPES = (
    *(b"", b"application/json", b"application/problem+json", b"text/plain", b"text/csv; charset=utf-8", b"image/png"),
    *(b"text/plain; charset=gbk", b"text/plain;charset=utf-16", b"text/html; charset=UTF8", b"application/pdf"),
    *(b"multipart/form-data; boundary=x", b"application/grpc", b"application/x-ndjson", b"text/plain; charset=utf-7"),
)
BEGINNINGS = (
    *('{"a": 1}', '{"a": "', "[1, 2]", "name,id\r\n", "a=1&b=2", "SELECT 1;", "# title\n", "身份证"),
    *("--x\r\n\r\n", "\r\n--x\r\na: b\r\n\r\nc", "<a>1</a>", "<?xml version='1.0' encoding='gbk'?>", "\ufeff{}"),
    *("From: a\r\nSubject: b\r\n\r\nc", "PK\x03\x04", "BZh9", "dl1:ae", "x\x9c", "%PDF-1.4\n"),
)


def as_asked(data: bytes, source: Source) -> tuple[list[object], set[str]]:
    budget = Budget(len(data), Limits())
    items = [describe(item) for item in formats._as_it_stands("body", Node(data), source, budget, known=False)]
    return items, budget.file_types


def describe(item):
    return (item.part, item.node.data, type(item.syntax), item.charset, item.name) if hasattr(item, "node") else item


@given(
    st.sampled_from(BEGINNINGS),
    st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode), st.sampled_from((b"\0", b"\x05", b"\x1b"))),
    st.sampled_from(TYPES),
    st.sampled_from(("", "a.csv", "a.pdf", "a.txt", "a")),
)
@example('{"a": 1}', "中国".encode("gbk"), b"application/json", "")
@example("[1, 2]", b"", b"text/plain; charset=gbk", "")
def test_ordinary_text_is_what_it_is_when_it_is_asked_about(start, rest, content_type, file):
    data, source = start.encode() + rest, Source(content_type, file=file)
    if formats._is_ordinary(data, source):
        budget = Budget(len(data), Limits())
        items = [describe(each) for each in formats._text("body", Node(data), source, budget, "utf-8", known=False)]
        assert (items, budget.file_types) == as_asked(data, source)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"order": 7}', b"application/json"),
        ('{"名": "李"}'.encode(), b"application/json; charset=utf-8"),
        (b"def f():\n    return 1\n", b"text/x-python"),
        (b"a,b\n1,2\n", b""),
    ],
)
def test_what_most_send_is_ordinary(data, content_type):
    assert formats._is_ordinary(data, Source(content_type))
