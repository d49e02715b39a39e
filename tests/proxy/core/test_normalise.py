import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.normalise import _BETWEEN_HAS, _SINGLES, _SINGLES_ALONE, _decode, normalise
from tests.proxy.core.gate import HKID, RIC, entities, forwarded, message


def plain(text):
    view = normalise(text.encode())
    return (text.encode() if view is None else view.text).decode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("４４０１０６", "440106"),
        ("Ａ１２３４５６（３）", HKID),
        ("ａ＠ｂ．ｃｎ", "a@b.cn"),
        ("１３８\u3000００１３－８０００", "138 0013-8000"),
        ("1\u200b2\u2060\ufeff3\u00ad4", "1234"),
        ("\u202e12\u202c", "21"),
        ("\u202e(3)654321A\u202c x", "A123456(3) x"),
        ("\u202e)3(654321A", "A123456(3)"),
        ("1\u00a02\u20033", "1 2 3"),
        ("1\u20102\u20133\u22124", "1-2-3-4"),
        ("①②③", "123"),
        ("❶➁", "12"),
        ("⑴⒉", "12"),
        ("Ⓐ", "A"),
        ("¹²₃", "123"),
        ("𝟏𝟑𝟖", "138"),
        ("𝐀𝟙", "A1"),
        ("١٢٣", "123"),
        ("۴", "4"),
        ("०१", "01"),
        ("一三八零零一三八零零零", "13800138000"),
        ("壹叁捌〇〇壹叁捌〇〇〇", "13800138000"),
        ("幺三八洞", "幺三八洞"),
        ("三十一", "三十一"),
        ("一二三四五六", "一二三四五六"),
        ("〔3〕", "(3)"),
        ("★绝密", "★绝密"),
        ("plain ascii", "plain ascii"),
        ("汉字，标点。", "汉字，标点。"),
        ("é à ñ", "é à ñ"),
    ],
)
def test_reads_text_as_a_person_does(written, read):
    assert plain(written) == read


def test_text_without_look_alikes_needs_no_view():
    assert normalise(b"ascii 123") is None
    assert normalise("汉字，标点。é".encode()) is None


@pytest.mark.parametrize(
    "written",
    [
        "４４０１０６１９９００３０７２１７０",
        "\u200b".join(RIC),
        RIC[:6] + "\u2060\u200d" + RIC[6:],
        "440106\u00a019900307\u00a02170",
        "𝟜𝟜𝟘𝟙𝟘𝟞𝟙𝟡𝟡𝟘𝟘𝟛𝟘𝟟𝟚𝟙𝟟𝟘",
        "④④⓪①⓪⑥①⑨⑨⓪⓪③⓪⑦②①⑦⓪",
        "四四〇一〇六一九九〇〇三〇七二一七〇",
        "٤٤٠١٠٦١٩٩٠٠٣٠٧٢١٧٠",
    ],
)
@pytest.mark.parametrize("around", ["{}", "身份证：{}，", "({})", "{}\u200b"])
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_disguised_numbers_are_found_and_only_they_are_masked(written, around, charset):
    text = around.format(written)
    assert "CN_RESIDENT_ID" in entities(text.encode(charset), f"text/plain; charset={charset}")
    new = forwarded(message(text.encode(charset), f"text/plain; charset={charset}")).body.decode(charset)
    before, after = around.split("{}")
    assert new.startswith(before)
    assert new.endswith(after)
    assert "********" in plain(new)
    assert RIC[6:14] not in plain(new)


@given(st.text(max_size=40))
def test_is_total_and_maps_every_character(text):
    source = text.encode("utf-8", "replace")
    view = normalise(source)
    if view is None:
        return
    view.text.decode()
    for at in range(len(view.text)):
        start, end = view.to_source(at, at + 1)
        assert 0 <= start < end <= len(source)


@given(st.text(st.characters(min_codepoint=0x80, max_codepoint=0x1F200, exclude_categories=("Cs",)), max_size=8))
def test_what_it_makes_digits_is_digits(text):
    for character in text:
        read = plain(character)
        if read.isdigit() and read.isascii() and not character.isascii():
            assert unicodedata.numeric(character) == int(read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("一三八 零零一三 八零零零", "138 0013 8000"),
        ("壹叁捌-零零壹叁-捌零零零", "138-0013-8000"),
        ("1506015四四四二", "15060154442"),
        ("一三八零零一三8000", "13800138000"),
    ],
)
def test_numerals_in_groups_and_among_digits_are_read(written, read):
    assert normalise(written.encode()).text.decode() == read


@pytest.mark.parametrize("written", ["13800138000一直用", "二〇二六年一月", "一二三四五六", "第12345678一些"])
def test_numerals_that_are_words_or_dates_are_left_alone(written):
    view = normalise(written.encode())
    assert view is None or view.text.decode() == written


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1\U000e00412\U000e00413(\U000e00414)", "123(4)"),
        ("\U000e0041\U000e0031\U000e0032", "A12"),
        ("A12345\U0001f1e8\U0001f1f36(3)", "A123456(3)"),
        ("\U0001f1e6123456", "A123456"),
        ("A123456⑶", "A123456(3)"),
        ("⑴⑶⑻", "138"),
        ("Ϲ387926(5)", "C387926(5)"),
        ("1\0\0\x01" * 1000, "1" * 1000),
    ],
)
def test_what_stands_between_figures_is_left_out(written, read):
    assert normalise(written.encode()).text.decode() == read


@given(st.text(st.sampled_from("01A(\U000e0041\U000e0032\U0001f1e8⑶\0\x01 "), max_size=30))
def test_what_is_left_out_leads_back(text):
    source = text.encode()
    view = normalise(source)
    if view is not None:
        for at in range(len(view.text)):
            start, end = view.to_source(at, at + 1)
            assert 0 <= start < end <= len(source)


ALONE = "\0\t\x1f\x7faZ09( \n\u202e\u202c\u00ad\u200b\ufeff９Ａ\U0001d7ceé中\u2010\u0661"


@given(st.text(st.sampled_from(ALONE), max_size=40).map(str.encode))
def test_a_text_without_tags_flags_and_brackets_reads_the_same_in_one_step(written):
    assert _SINGLES_ALONE.sub(_decode, written) == _SINGLES.sub(_decode, written)


def test_every_character_reads_the_same_in_one_step():
    characters = "\n".join(chr(code) for code in range(0x1FC00) if not 0xD800 <= code < 0xE000).encode()
    for sign in _BETWEEN_HAS:
        characters = characters.replace(sign, b"")
    characters = characters.decode(errors="ignore").encode()
    assert not any(sign in characters for sign in _BETWEEN_HAS)
    assert _SINGLES_ALONE.sub(_decode, characters) == _SINGLES.sub(_decode, characters)
