import codecs
import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proxy.core import charsets
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

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
CHARSETS = [
    "utf-8",
    "gb18030",
    "big5hkscs",
    "utf-16-le",
    "utf-16-be",
    "utf-32-le",
    "utf-32-be",
    "cp1252",
    "latin-1",
    "shift_jis",
]
BOMS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "gb18030": b"\x841\x953",
}


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


def spelled(charset):
    """Text that a charset can say, with its offsets: characters one by one, so that segmentation is known."""
    every = st.characters(exclude_categories=["Cs"]) | st.sampled_from("身份证號碼深圳４·é€𠀀\U0002a6d6 a1:\r\n")
    return st.text(every.filter(lambda c: sayable(c, charset)), max_size=60)


def sayable(character, charset):
    try:
        return character.encode(charset).decode(charset) == character
    except UnicodeError:
        return False


@given(st.data(), st.sampled_from(CHARSETS), st.booleans(), st.integers(0, 5000))
def test_offsets_map_there_and_back_exactly(data, charset, mark, padding):
    text = "x" * padding + data.draw(spelled(charset))
    assume(not text.startswith("\ufeff"))
    head = BOMS.get(charset, b"") if mark else b""
    body = head + text.encode(charset)
    assume(
        len(text.encode(charset)) == sum(len(c.encode(charset)) for c in text)
    )  # HKSCS joins two characters into one
    result = charsets.read(body, charset)
    assert result.text.decode() == text
    assert not result.damaged
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    start, end = len(text[:first].encode()), len(text[:last].encode())
    expected = (len(head) + len(text[:first].encode(charset)), len(head) + len(text[:last].encode(charset)))
    assert result.to_source(start, end) == expected
    assert result.to_view(expected[0]) == start
    spliced = body[: expected[0]] + result.encode("*" * 4) + body[expected[1] :]
    assert charsets.read(spliced, charset).text.decode() == text[:first] + "****" + text[last:]


@given(st.binary(max_size=200), st.sampled_from(CHARSETS), st.integers(0, 2100), st.data())
def test_the_map_of_any_bytes_is_monotone_and_covers_the_body(junk, charset, padding, data):
    body = ("身a" * padding).encode(charset, "replace") + junk
    result = charsets.read(body, charset)
    result.text.decode()
    skip = result.to_source(0, 0)[0]
    assert result.to_source(0, len(result.text)) == (skip, len(body)) or not result.text
    points = sorted(data.draw(st.lists(st.integers(0, len(result.text)), max_size=8)))
    mapped = [result.to_source(point, len(result.text))[0] for point in points]
    assert mapped == sorted(mapped)
    for left, right in itertools.pairwise(points):
        start, end = result.to_source(left, right)
        assert skip <= start <= end <= len(body)
        again = charsets.read(BOMS.get(charset, b"")[:skip] + body[start:end], charset).text
        if left < right and not result.damaged and charset != "utf-8":
            assert result.text[left:right] in again


def test_a_position_inside_a_character_takes_the_whole_of_it():
    result = charsets.read("a身b".encode("gb18030"), "gb18030")
    assert result.to_source(2, 3) == (1, 3)
    assert result.to_view(2) == 1


def test_characters_joined_by_hkscs_are_taken_together():
    body = b"a\x88\x62b"
    result = charsets.read(body, "big5hkscs")
    assert result.text.decode() == "a\u00ca\u0304b"
    assert result.to_source(1, 3) == result.to_source(3, 5) == (1, 3)


def test_a_replacement_the_charset_cannot_say_is_refused():
    for charset, text in (("latin-1", "身"), ("utf-7", "x")):
        with pytest.raises(Unscannable) as caught:
            charsets.read(b"x", charset).encode(text)
        assert caught.value.cause is Cause.REWRITE
    assert charsets.read("身".encode("utf-16"), "utf-16-le").encode("*") == b"*\0"


def test_utf7_is_only_known_as_a_whole():
    body = "身份证".encode("utf-7")
    result = charsets.read(body, "utf-7")
    assert result.to_source(3, 6) == (0, len(body))
    assert result.to_view(3) == 0


def test_every_label_names_a_codec_that_keeps_ascii_or_is_utf():
    for codec in set(charsets._LABELS.values()):
        assert codec.startswith("utf") or bytes(range(128)).decode(codec) == bytes(range(128)).decode("ascii")


def test_nothing_prints_the_text():
    result = charsets.read(SIMPLIFIED.encode("gb18030"), "gb18030")
    assert "440106" not in repr(result) + str(result)
