import json

import pytest

from proxy.core.budget import Budget
from proxy.core.formats import leaves, media_type
from proxy.core.formats.base import Leaf, Node, Source
from proxy.core.limits import Limits
from proxy.core.message import Cause
from tests.proxy.core.gate import MASKING, MOBILE, RIC, RIC_MASK, causes, entities, forwarded, found, inspected, message

DECLARED = ["", "text/plain", "application/octet-stream", "application/json", "text/csv", "text/html", "text/css"]


def kinds(body, declared=""):
    return [
        item.part
        for item in leaves("body", Node(body), Source(declared.encode()), Budget(len(body), Limits()))
        if isinstance(item, Leaf)
    ]


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"a":1}', "json"),
        (b" \n\t[1,2]", "json"),
        (b"[-1]", "json"),
        (b"[2024, 1.5]", "json"),
        (b"[]", "json"),
        (b"{}", "json"),
        (b'\xef\xbb\xbf{"a":1}', "json"),
        ('{"a":"身"}'.encode("utf-16"), "json"),
        (b'{"a":1}\n{"a":2}\n', "ndjson"),
        (b"<a>x</a>", "xml"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"a=1&b=%34", "form"),
    ],
)
def test_a_body_is_what_it_looks_like(body, kind, declared):
    (part,) = kinds(body, declared)
    assert part == f"body/{kind}" or (kind == "xml" and part == "body/html")


@pytest.mark.parametrize(
    ("body", "declared", "kind"),
    [
        (b"1", "application/json", "json"),
        (b"oops {", "application/problem+json", "json"),
        (b"oops", "application/xml", "xml"),
        (b"oops", "image/svg+xml", "xml"),
        (b"a b", "application/x-www-form-urlencoded", "form"),
        (b"a,b", "text/csv", "csv"),
        (b"a,b\n1,2\n", "", "csv"),
        (b"Dear all,\nhello world\n", "", "text"),
        (b"a = b & c = d", "", "text"),
        (b"<3 you", "", "text"),
        (b"[info] started", "", "text"),
        (b"{not json}", "", "text"),
        (b"--\nsignature", "", "text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(128, 256)) + bytes(64), "image/png", "binary"),
    ],
)
def test_the_declared_type_decides_between_what_the_bytes_allow(body, declared, kind):
    assert kinds(body, declared) == [f"body/{kind}"]


@pytest.mark.parametrize("begin", ["[02/01/2024, 10:00:00]", "[2024-01-02 10:00]", "[10:00]", "[2.1.24 10:00]"])
def test_lines_of_a_chat_are_no_json(begin):
    (part,) = kinds(f"{begin} Chan: a, b\n{begin} Lee: c\n".encode(), "")
    assert part == "body/text"


def test_no_bytes_no_leaf():
    assert kinds(b"", "application/json") == []


def test_a_media_type_is_read_without_its_parameters():
    assert media_type(b" Text/HTML ; charset=x") == b"text/html"


@pytest.mark.parametrize(
    "declared", [*DECLARED, "application/x-www-form-urlencoded", "multipart/form-data; boundary=B", "x"]
)
@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"a": RIC, "b": 1}),
        f"<a><b>{RIC}</b></a>",
        f"name,id\nx,{RIC}\n",
        f"id={RIC}&b=1",
        f"--B\r\n\r\n{RIC}\r\n--B--\r\n",
        f"hello {RIC} world",
        f'{{"a":1}}\n{{"a":"{RIC}"}}\n',
    ],
)
def test_a_lying_label_hides_and_breaks_nothing(body, declared):
    assert forwarded(message(body, declared)).body.decode() == body.replace(RIC, RIC_MASK)


@pytest.mark.parametrize("declared", ["text/plain", "text/csv", "application/octet-stream", ""])
def test_escapes_are_resolved_under_a_lying_label(declared):
    assert entities('{"id":"\\u0034' + RIC[1:] + '"}', declared) == ["CN_RESIDENT_ID"]
    assert entities("<a>&#52;" + RIC[1:] + "</a>", declared) == ["CN_RESIDENT_ID"]
    assert entities('{"手机":"\\u0031' + MOBILE[1:] + '"}', declared) == ["CN_MOBILE"]


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "身份证：{}，完"),
        ("gb18030", "居民身份证号码：{}，完毕"),
        ("gb18030", "居民身份证号码：{}，完毕㐀𠀀"),
        ("big5hkscs", "香港身份證號碼：{}，完畢"),
        ("utf-16", "身份证：{}，完"),
        ("utf-16-le", "身份证：{}，完"),
        ("utf-16-be", "身份证：{}，完"),
        ("utf-16-be", "id {}"),
        ("utf-16-le", '{{"id":"{}"}}'),
        ("latin-1", "caf\u00e9 {}"),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_every_charset_is_masked_in_its_own_bytes(charset, text, told):
    content_type = f"text/plain; charset={charset}" if told else "text/plain"
    sent = message(text.format(RIC).encode(charset), content_type)
    assert forwarded(sent).body == text.format(RIC_MASK).encode(charset)


def test_offsets_are_characters_of_the_decoded_text():
    for charset in ("utf-8", "gb18030", "utf-16"):
        text = f"𠀀身份证：{RIC}，{MOBILE}是手机"
        verdict = inspected(MASKING, message(text.encode(charset), f"text/plain; charset={charset}"))
        assert [(f.entity, f.start, f.end) for f in verdict.findings] == [
            ("CN_RESIDENT_ID", 5, 23),
            ("CN_MOBILE", 0, 11),  # of a value by itself, which its name behind it makes one
        ]


def test_binary_is_reported_and_searched_for_what_proves_itself():
    body = bytes(range(128, 256)) + bytes(64) + RIC.encode() + b"\0\0A123456(3)" + bytes(range(9))
    assert found(body, "application/octet-stream") == [
        ("CN_RESIDENT_ID", "body/binary", RIC),
        ("HK_ID", "body/strings:@212", "A123456(3)"),
    ]
    verdict = inspected(MASKING, message(body))
    assert verdict.action.value == "block"
    assert causes(verdict) == {Cause.UNSUPPORTED, Cause.REWRITE}
