import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import charsets
from tests.proxy.core.charset_names import BOMS, CHARSETS

SIMPLIFIED = '{"姓名": "陈大文", "身份证号码": "440106199003072170", "电话": "138 0013 8000"}'
TRADITIONAL = '{"姓名": "陳大文", "身分證號碼": "A123456(3)", "流動電話": "9123 4567"}'
LABELS = [
    None,
    "utf-8",
    "gbk",
    "GB2312",
    "gb18030",
    "big5",
    "Big5-HKSCS",
    "utf-16",
    "UTF-16LE",
    "utf-32",
    "iso-8859-1",
    "windows-1252",
    "koi8-r",
    "windows-1251",
    "shift_jis",
    "euc-jp",
    "utf-7",
    "hz-gb-2312",
    "iso-2022-jp",
    "cp037",
    "x-user-defined",
    "rot13",
    "../../etc",
    "\0",
    "",
    '"',
]


def read(body, declared=None):
    charset = charsets.detect(body, declared)
    assert charset is not None
    return charsets.read(body, charset)


@pytest.mark.parametrize("declared", LABELS)
@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (SIMPLIFIED, "utf-8"),
        (TRADITIONAL, "utf-8"),
        (SIMPLIFIED, "gb18030"),
        (TRADITIONAL, "big5hkscs"),
        (SIMPLIFIED, "utf-16-le"),
        (TRADITIONAL, "utf-16-be"),
        (SIMPLIFIED, "utf-32-le"),
        (TRADITIONAL, "utf-32-be"),
        ('{"idCard": "440106199003072170"}', "ascii"),
        ("+8613800138000, +86 138 0013 8000", "ascii"),
        ("~{440106199003072170~} \x1b$B440106199003072170\x1b(B", "ascii"),
    ],
)
def test_a_label_true_or_false_does_not_change_what_is_read(text, charset, declared):
    result = read(text.encode(charset), declared)
    assert result.text.decode() == text
    assert not result.damaged


@pytest.mark.parametrize(
    ("text", "charset", "declared", "expected"),
    [
        ("证件", "gb18030", None, "gb18030"),
        ("身份证：440106199003072170", "gb18030", None, "gb18030"),
        ("４４０１０６１９９００３０７２１７０", "gb18030", "utf-8", "gb18030"),
        ("身分證", "big5hkscs", None, "big5hkscs"),
        ("護照號碼 K12345678", "big5hkscs", "gbk", "big5hkscs"),
        ("护照号码 E12345678", "gb18030", "big5", "gb18030"),
        ("电话", "gb18030", "gbk", "gb18030"),
        ("一些", "gb18030", "gbk", "gb18030"),
        ("一些", "utf-8", "gbk", "utf-8"),
        ("café crème", "latin-1", "iso-8859-1", "latin-1"),
        ("smart ’quotes‘", "cp1252", "windows-1252", "cp1252"),
        ("имя и фамилия", "koi8_r", "koi8-r", "koi8_r"),
        ("имя и фамилия", "cp1251", "windows-1251", "cp1251"),
        ("имя и фамилия", "utf-8", "koi8-r", "utf-8"),
        ("東京都の電話番号", "shift_jis", "Shift_JIS", "shift_jis"),
        ("绝密", "utf-16-le", "utf-16", "utf-16-le"),
        ("身份证+abc", "utf-7", "utf-7", "utf-7"),
        ("身分證", "utf-7", "utf-7", "utf-7"),
    ],
)
def test_a_charset_is_told_by_label_and_by_what_is_everyday(text, charset, declared, expected):
    body = text.encode(charset)
    assert charsets.detect(body, declared) == expected
    assert charsets.read(body, expected).text.decode() == text


def test_utf7_made_of_ascii_alone_is_decoded():
    assert read(b"id +ADQANAAwADEAMAA2-", "utf-7").text == b"id 440106"


@pytest.mark.parametrize("charset", BOMS)
def test_a_mark_decides_and_is_not_text(charset):
    result = read(BOMS[charset] + SIMPLIFIED.encode(charset))
    assert result.text.decode() == SIMPLIFIED
    start = result.text.index(b"440106")
    assert result.to_source(start, start + 6)[0] == len(BOMS[charset]) + len(
        SIMPLIFIED[: SIMPLIFIED.index("440106")].encode(charset)
    )


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE])
@pytest.mark.parametrize("declared", [None, "utf-16"])
@pytest.mark.parametrize("tail", [b"", b"\xff", b"\0", b"\0\xff", b" "])
def test_ascii_behind_a_utf16_mark_or_label_is_read_as_ascii(mark, declared, tail):
    for body in (mark + b'{"idCard":"440106199003072170"}' + tail, b'{"idCard":"440106199003072170"}' + tail):
        charset = charsets.detect(body, declared)
        assert charset == "utf-8"
        assert b"440106199003072170" in charsets.read(body, charset).text


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (SIMPLIFIED.encode() + b"\xff", None),
        (b"\xfe" + SIMPLIFIED.encode() + b"\xe8\xba", "utf-8"),
        (b'{"idCard": "440106199003072170"}\x80', "gbk"),
        (b"caf\xe9 440106199003072170", None),
        (SIMPLIFIED.encode() + b"\xff", "iso-8859-1"),
        (SIMPLIFIED.encode() + b"\xff", "gbk"),
        (SIMPLIFIED.encode("gb18030") + b"\xff", "gbk"),
        (SIMPLIFIED.encode("gb18030") + b"\xff", None),
        (b"\xff" + TRADITIONAL.replace("A123456(3)", "440106199003072170").encode("big5hkscs"), None),
        (SIMPLIFIED.encode("utf-16-le") + b"\0", None),
    ],
)
def test_a_stray_byte_damages_but_does_not_blind(body, declared):
    result = read(body, declared)
    assert result.damaged
    at = result.text.index(b"440106199003072170")
    start, end = result.to_source(at, at + 18)
    assert body[start:end].replace(b"\0", b"") == b"440106199003072170"


def test_invalid_utf8_keeps_every_offset():
    body = "身".encode() + b"\xff\xed\xa0\x80\xc0\x80" + "证".encode()
    result = charsets.read(body, "utf-8")
    assert len(result.text) == len(body)
    assert result.text.decode().count(charsets.SUBSTITUTE) == 6


@pytest.mark.parametrize(
    "body",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + bytes(range(256)),
        bytes(range(256)) * 4,
    ],
)
def test_binary_is_not_text(body):
    for declared in (None, "utf-8", "gbk", "iso-8859-1"):
        assert charsets.detect(body, declared) is None


def test_an_empty_body_is_text():
    assert read(b"").text == b""
    for charset in CHARSETS:
        assert charsets.read(b"", charset).to_source(0, 0) == (0, 0)


@given(st.binary(max_size=300), st.sampled_from(LABELS) | st.text(max_size=12))
def test_any_bytes_are_text_or_not_but_never_an_error(body, declared):
    charset = charsets.detect(body, declared)
    if charset is not None:
        result = charsets.read(body, charset)
        result.text.decode()
        result.to_source(0, len(result.text))


def test_every_label_names_a_codec_that_keeps_ascii_or_is_utf():
    for codec in set(charsets._LABELS.values()):
        assert codec.startswith("utf") or bytes(range(128)).decode(codec) == bytes(range(128)).decode("ascii")


def test_nothing_prints_the_text():
    result = charsets.read(SIMPLIFIED.encode("gb18030"), "gb18030")
    assert "440106" not in repr(result) + str(result)
