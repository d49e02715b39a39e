"""Any bytes, under any name, in any coding: a verdict, and never the engine's own error."""

from __future__ import annotations

import gzip
import json
import zlib

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.core import formats
from proxy.core.budget import Budget
from proxy.core.formats.base import Leaf, Node, Source
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Verdict
from tests.proxy.core.gate import HKID, LOGGING, MASKING, RIC, causes, inspected, message

TYPES = (
    "",
    "application/json",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=B",
    "multipart/mixed",
    "text/html; charset=big5",
    "application/xml",
    "text/csv; charset=utf-16",
    "text/tab-separated-values",
    "text/plain; charset=gb18030",
    "text/plain; charset=utf-7",
    "text/plain; charset=none-such",
    "application/octet-stream",
    "\xff; boundary=\xff; charset=\xff",
)
CODERS = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "compress": lambda data: data,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
}
PIECES = st.sampled_from(
    [
        RIC, HKID, "440106", "19900307", "2170", "13800138000", "手机", "phone", "id", "身份证：", "a@b.cn",
        "绝密", "★",
        '"', "'", "\\", "\\u0034", "\\ud83d", "{", "}", "[", "]", ",", ":", "<", ">", "</", "<!--", "-->",
        "<![CDATA[", "]]>",
        "&", "&#52;", "&lt;", "%", "%34", "%E8%BA%AB", "+", "=", ";", "\n", "\r\n", "\t", " ", "--B",
        "\r\n--B\r\n", "--B--",
        "Content-Type: application/json\r\n", "Content-Disposition: form-data; name=x\r\n", "\r\n\r\n", "\0",
        "\ufeff", "\u200b",
        "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n", "=34",
        "NDQwMTA2", "４４", "四四〇",
        "-----BEGIN ", "eyJ", "A123456(", "+86 ", "-",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=25).map("".join)
CHARSETS = st.sampled_from(["utf-8", "gb18030", "big5hkscs", "utf-16", "utf-16-be", "utf-8-sig", "utf-32"])
BODIES = st.one_of(
    st.binary(max_size=200),
    st.tuples(TEXTS, CHARSETS).map(lambda pair: pair[0].encode(pair[1], "ignore")),
    st.tuples(TEXTS, st.binary(max_size=5), TEXTS).map(lambda parts: parts[0].encode() + parts[1] + parts[2].encode()),
)
FIELD = st.tuples(st.sampled_from([b"X-A", b"Cookie", b"Content-Type", b"phone", RIC.encode()]), BODIES)
THOROUGH = settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])


def checked(sent):
    """What must hold of every verdict."""
    logged, masked = inspected(LOGGING, sent), inspected(MASKING, sent)
    assert isinstance(masked, Verdict)
    assert (
        0
        <= masked.inspected
        <= len(sent.path)
        + len(sent.body)
        + sum(len(name) + len(value) for name, value in (*sent.headers, *sent.trailers))
    )
    assert masked.complete == (not masked.uninspected)
    assert (masked.rewrite is not None) == (masked.action is Action.REDACT)
    assert all(0 <= f.start < f.end for f in logged.findings)
    assert [(f.part, f.start) for f in logged.findings] == [(f.part, f.start) for f in masked.findings]
    if masked.rewrite:
        again = message(masked.rewrite.body, headers=masked.rewrite.headers)
        for gate in (LOGGING, MASKING):
            assert Cause.ENGINE_ERROR not in causes(gate.inspect(again))
    return masked


@THOROUGH
@given(BODIES, st.sampled_from(TYPES), st.sampled_from(sorted(CODERS)))
def test_any_body_gives_a_verdict(body, content_type, coding):
    headers = ((b"Content-Encoding", coding.encode()),) if coding else ()
    typed = ((b"Content-Type", content_type.encode("latin-1")),)
    checked(message(CODERS[coding](body), headers=(*typed, *headers)))


@settings(THOROUGH, max_examples=100)
@given(BODIES, st.lists(FIELD, max_size=4), st.lists(FIELD, max_size=2))
def test_any_target_and_fields_give_a_verdict(path, headers, trailers):
    checked(message(path=b"/" + path, headers=tuple(headers), trailers=tuple(trailers)))


@settings(THOROUGH, max_examples=150)
@given(BODIES, st.sampled_from(TYPES))
def test_no_edit_changes_no_byte_and_every_leaf_lies_in_the_body(body, content_type):
    root = Node(body)
    for item in formats.leaves("body", root, Source(content_type.encode("latin-1")), Budget(len(root.data), Limits())):
        if isinstance(item, Leaf):
            node = item.node
            while node.parent is not None:
                node.lift()
                assert 0 <= node.start <= node.end <= len(node.parent.data)
                node = node.parent
            assert node is root
    assert root.spliced() == body


@settings(THOROUGH, max_examples=100)
@given(TEXTS, TEXTS, st.sampled_from([RIC, HKID]), st.sampled_from(TYPES[:11]))
def test_a_plant_between_spaces_is_never_logged_away(before, after, plant, content_type):
    """Whatever surrounds it: masked, or blocked, or found and named; not passed in silence."""
    body = f"{before} {plant} {after}".encode()
    verdict = checked(message(body, content_type))
    entity = "CN_RESIDENT_ID" if plant == RIC else "HK_ID"
    assert entity in {f.entity for f in verdict.findings} or not verdict.complete


BOMBS = [
    "[" * 20_000, "{" * 20_000, '{"a":' * 10_000, "]" * 20_000, '"' * 20_001, "\\" * 20_001, '"\\' * 10_000,
    "," * 20_000,
    "<!--" * 10_000, "<![CDATA[" * 5_000, "<a" * 10_000, "<a>" * 10_000, "</a>" * 10_000, '<a "' * 8_000, "&" * 20_000,
    "&#" * 10_000, "%" * 20_000, "%3" * 10_000, "+" * 20_000, "=" * 20_000, "a=1&" * 8_000, "--B" * 10_000,
    "\r\n--B\r\n" * 4_000, "1" * 20_000, "1-" * 10_000, "@" * 20_000, "a@" * 3_000, "a@b." * 3_000, " " * 20_000,
    "\n" * 20_000, "A123456(" * 3_000, "13800138000 " * 2_000, "四" * 10_000, "\u200b" * 10_000,
    "eyJaaaaaaaaa.eyJ" * 1_500,
    ("-----BEGIN PRIVATE " + "KEY-----") * 800, "密级:" * 3_000, "机密★" * 800, "手机13800138000，" * 800,
    f"{RIC}," * 500,
    "4111-" * 4_000, "(852) " * 3_000, "\ufeff" * 9_000, "\x1a" * 9_000,
]  # fmt: skip


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/html", "text/csv", TYPES[4], TYPES[3], "text/plain"]
)
@pytest.mark.parametrize("number", range(len(BOMBS)))
def test_what_is_made_to_take_long_gives_a_verdict(number, content_type):
    inspected(LOGGING, message(BOMBS[number], content_type))


@given(
    st.recursive(
        st.just(RIC), lambda inner: st.lists(inner, min_size=1, max_size=3) | st.fixed_dictionaries({"a": inner})
    )
)
@settings(THOROUGH, max_examples=60)
def test_json_in_json_in_json_is_read(value):
    body = json.dumps({"log": json.dumps({"data": value})})
    assert RIC not in json.dumps(json.loads(checked(message(body, "application/json")).rewrite.body))
