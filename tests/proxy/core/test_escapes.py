"""Characters written as numbers, once or several times over, are read and masked in place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core import escapes
from proxy.core.signs import look
from tests.proxy.core.gate import RIC, entities, forwarded, message

TEXT = "text/plain"


def per(form):
    return lambda text: "".join(form(ord(c)) for c in text)


WAYS = {
    "percent": per("%{:02x}".format),
    "percent-twice": per("%25{:02X}".format),
    "percent-thrice": per("%2525{:02x}".format),
    "decimal-references": per("&#{};".format),
    "hex-references": per("&#x{:x};".format),
    "padded-references": per("&#{:07};".format),
    "references-twice": per("&amp;#{};".format),
    "u-escapes": per("\\u{:04x}".format),
    "u-braces": per("\\u{{{:x}}}".format),
    "U-escapes": per("\\U{:08x}".format),
    "x-escapes": per("\\x{:02x}".format),
    "octal": per("\\{:03o}".format),
    "quoted-printable": per("={:02X}".format),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_digit_escaped_is_read(way):
    assert entities("no. " + WAYS[way](RIC) + " of him", TEXT) == ["CN_RESIDENT_ID"]


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"quoted-printable", "octal", "percent-twice", "percent-thrice"}))
def test_one_digit_escaped_is_read(way):
    assert entities(RIC[:9] + WAYS[way](RIC[9]) + RIC[10:], TEXT) == ["CN_RESIDENT_ID"]


@pytest.mark.parametrize("way", WAYS)
def test_the_mask_takes_the_place_of_what_it_hides(way):
    written = WAYS[way](RIC)
    new = forwarded(message(f"no. {written} of him", TEXT)).body.decode()
    assert new.startswith("no. " + WAYS[way](RIC[:6]))
    assert new.endswith(WAYS[way](RIC[14:]) + " of him")


@pytest.mark.parametrize(
    "text",
    [
        f"https://example.com/?a={RIC}",  # a query's "=44" is no quoted-printable
        f"x={RIC}",
        f"rate 100%{RIC[:1]} {RIC}",
        f"LIKE '%{RIC}%'",
        f"C:\\{RIC}\\x",
        f"&copy; {RIC} &c",
    ],
)
def test_signs_that_escape_nothing_do_not_hide_what_stands_behind_them(text):
    assert "CN_RESIDENT_ID" in entities(text, TEXT)


@settings(max_examples=300)
@given(st.text(st.sampled_from("%&#;\\xuU=0123456789abcdefABCDEF{} \n25"), max_size=60))
def test_any_text_is_read_and_leads_back(text):
    source = text.encode()
    signs = look(source)
    at = source
    for layer in escapes.read(source, signs.escaped if signs else ()):
        for position in range(len(layer.text)):
            start, end = layer.to_source(position, position + 1)
            assert 0 <= start <= end <= len(at)
        at = layer.text


@pytest.mark.parametrize(
    "form", ["\\x{{{:x}}}", "^^{:02x}", "\\'{:02x}", "\\{:04x}", "\\{:03}", "\\{:o}"], ids=lambda form: form[:4]
)
@pytest.mark.parametrize("entity", ["CN_RESIDENT_ID", "CN_MOBILE"])
def test_escapes_of_other_languages_are_read(form, entity):
    value = RIC if entity == "CN_RESIDENT_ID" else "13800138000"
    assert entities(f"mobile = '{per(form.format)(value)}'", TEXT) == [entity]


def test_a_character_may_be_called_by_its_name():
    names = ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"]
    assert entities("no. " + "".join(f"\\N{{DIGIT {names[int(sign)]}}}" for sign in RIC), TEXT) == ["CN_RESIDENT_ID"]


@pytest.mark.parametrize(
    "text", ["(a\\050b\\051) ", "s/\\1\\2/\\12/", "\\N{NO SUCH SIGN}", "x^^2 + y^^2", "\\60 \\61 \\62"]
)
def test_what_looks_like_them_stays(text):
    assert entities(f"{text} {RIC}", TEXT) == ["CN_RESIDENT_ID"]


@pytest.mark.parametrize(
    ("url", "entity"),
    [
        ("https://example.com/?hkid=A123456%283%29", "HK_ID"),
        ("https://example.com/?next=%2Fx%3Fhkid%3DA123456%25283%2529", "HK_ID"),
        ("https://example.com/?phone=%2B85296640812", "HK_PHONE"),
        ("tel:%2B852%209664%200812", "HK_PHONE"),
    ],
)
def test_the_few_signs_of_a_value_that_urls_escape_are_read_in_json(url, entity):
    assert entities(f'{{"a": 1, "next": "{url}"}}', "application/json") == [entity]


@pytest.mark.parametrize("said", ["HKID: A123456(3)", "my mobile 13800138000 ok", "passport no. E12345678"])
def test_tags_are_ascii_that_nobody_sees(said):
    assert entities("Hello " + "".join(chr(0xE0000 + ord(sign)) for sign in said) + " there", TEXT)
