import itertools

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from proxy.core import charsets
from proxy.core.errors import Unscannable
from proxy.core.message import Cause
from tests.proxy.core.charset_names import BOMS, CHARSETS


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


@example("shift_jis", 2998, b"\x81")
@given(st.sampled_from(["gb18030", "utf-16-be", "shift_jis"]), st.integers(0, 3000), st.binary(max_size=4))
def test_a_damaged_block_does_not_move_the_others(charset, at, junk):
    whole = "身份a证éя" * 600
    whole = whole.encode(charset, "ignore")
    body = whole[:at] + junk + whole[at:] + "440106".encode(charset)
    result = charsets.read(body, charset)
    start = result.text.rfind(b"440106")
    assume(start >= 0)
    assert result.to_source(start, start + 6) == (len(body) - len("440106".encode(charset)), len(body))


def test_a_non_canonical_spelling_is_still_mapped():
    # euc_jp reads both spellings of a character that its encoder writes in one way
    result = charsets.read(b"a\x8f\xa2\xb7b", "euc_jp")
    assert result.to_source(len(result.text) - 1, len(result.text)) == (4, 5)
