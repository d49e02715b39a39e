"""Values spread over fields, signs and words are put together, judged, and masked piece by piece."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core import joined
from proxy.core.message import Operator
from proxy.core.signs import look
from tests.proxy.core.gate import HKID, MOBILE, RIC, Redact, engine, entities, forwarded, message

GATE = engine(Redact({"CN_RESIDENT_ID": Operator.MASK, "CN_MOBILE": Operator.MASK}))
JSON = "application/json"
ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
PINYIN = ["ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"]
MORSE = ["-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----."]
HAN = "零一二三四五六七八九"
A, B, C = RIC[:6], RIC[6:14], RIC[14:]


@pytest.mark.parametrize(
    ("body", "content_type", "after"),
    [
        (f'{{"p1":"{A}","p2":"{B}","p3":"{C}"}}', JSON, f'{{"p1":"{A}","p2":"********","p3":"{C}"}}'),
        (f'["{A}", "{B}", "{C}"]', JSON, f'["{A}", "********", "{C}"]'),
        (f"a={A}&b={B}{C}", "application/x-www-form-urlencoded", f"a={A}&b=********{C}"),
        (f"<a><b>{A}</b><c>{B}{C}</c></a>", "text/xml", f"<a><b>{A}</b><c>********{C}</c></a>"),
        (f"a,b\n{A},{B}{C}\n", "text/csv", f"a,b\n{A},********{C}\n"),
        (f'x = "{A}" + "{B}{C}"', "text/plain", f'x = "{A}" + "********{C}"'),
        ("no " + ".".join(RIC) + " ok", "text/plain", "no " + ".".join(A + "********" + C) + " ok"),
        ("\n".join(RIC), "text/plain", "\n".join(A + "********" + C)),
        ("😀".join(RIC), "text/plain", "😀".join(A + "********" + C)),
        ("手机: " + "*".join(MOBILE), "text/plain", "手机: " + "*".join("138****8000")),
        ('{"mobile1":"1380","mobile2":"0138000"}', JSON, '{"mobile1":"138*","mobile2":"***8000"}'),
        ("no,v\n1," + "".join(f"[{c}]" for c in RIC) + ",x\n", "text/csv", None),
        ("440106--199003--072170", "text/plain", "440106--******--**2170"),
        ('<a b="440106" c="199003072170"/>', "text/xml", '<a b="440106" c="********2170"/>'),
        ("x = '440106' . '199003072170';", "text/plain", "x = '440106' . '********2170';"),
        ("abc" + RIC + "xyz", "text/plain", "abc440106********2170xyz"),
        (RIC.replace("0", "O"), "text/plain", None),
        (" ".join(MORSE[int(c)] for c in RIC), "text/plain", None),
        ("x".join(RIC), "text/plain", None),
        (" ".join(ENGLISH[int(c)] for c in RIC), "text/plain", None),
        ("".join(ENGLISH[int(c)] for c in RIC), "text/plain", None),
        (" ".join(PINYIN[int(c)] for c in RIC), "text/plain", None),
        ("-".join(HAN[int(c)] for c in RIC), "text/plain", None),
    ],
    ids=[
        "fields",
        "array",
        "form",
        "xml",
        "csv",
        "literals",
        "dots",
        "lines",
        "emoji",
        "stars",
        "mobile",
        "cells",
        "doubled",
        "attributes",
        "php",
        "glued",
        "letters",
        "morse",
        "between",
        "english",
        "together",
        "pinyin",
        "han",
    ],
)
def test_a_value_in_pieces_is_masked_piece_by_piece(body, content_type, after):
    new = forwarded(message(body, content_type), GATE).body.decode()
    assert after is None or new == after


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]",
        "2024-01-02 10:11:12, 2024-01-03 11:12:13, 2024-01-04 12:13:14",
        "one two three four five six seven eight nine",
        '{"width":"1024","height":"2048","depth":"4096"}',
        "10.0.0.1 192.168.100.200 172.16.254.254",
        "45320151,12830366\n62220212,34567890\n",
        "a,b\n123456,123456789012\n",  # no such region, no such day
        "345,861,817,999,831\n120,561,132,300,115\n",
        "x6222021234567895y 006222021234567890 userA123456(4)Id",  # no check digits
        "12:34:56:78:90:12:34:56 62.22.02.12.34.56.78.95",
    ],
)
def test_numbers_side_by_side_are_nobody(text):
    for content_type in ("text/plain", JSON):
        assert not {"CN_RESIDENT_ID", "CN_MOBILE", "HK_ID", "PAYMENT_CARD"} & set(entities(text, content_type))


@settings(max_examples=200)
@given(st.text(st.sampled_from('0123456789 .,"{}[]:=&<>/abcXx-_*一二三'), max_size=200))
def test_any_text_is_searched_and_what_is_unchanged_is_written_back_the_same(text):
    source = text.encode()
    signs = look(source)
    for found in joined.stretches(source, signs.spread if signs else ()):
        assert found.recode(found.data) == source[found.start : found.end]


@settings(max_examples=50)
@given(st.integers(1, 17), st.sampled_from(['","', '", "', '","x":"', '" + "', '"\n"']))
def test_wherever_it_is_cut_in_two_it_is_found(cut, between):
    first, second = RIC[:cut], RIC[cut:]
    if min(cut, 18 - cut) < 3:
        return  # a cut so near an edge is not looked for
    assert entities(json.dumps({"v": "x"})[:-1] + f',"a":"{first}{between}{second}"}}', "text/plain") == [
        "CN_RESIDENT_ID"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x 51.01.07.19.61.01.10.86.84",
        "5101:0719:6101:1086:84ff::",
        "v510.107.196.101.108.684",
        "#510107 #196101 #108684",
        "510,107,196,101,108,684.00",
        "IMG_510107_196101_108684.jpg",
    ],
)
def test_a_resident_id_may_be_dressed_as_something_else(text):
    assert "CN_RESIDENT_ID" in entities(text, "text/plain")


def test_a_long_row_of_figures_ends_beside_what_is_dressed():
    """It can be parted into groups in more ways than there is time for."""
    assert entities(b"9" * 119 + b" v440.106.19 ") == []


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ("HK_ID", "abcA123456(3)xyz"),
        ("HK_ID", "userA123456(3)Id"),
        ("PAYMENT_CARD", "scan_6222021234567894_final.pdf"),
        ("PAYMENT_CARD", "006222021234567894"),
        ("CN_MOBILE", "mobile: 13.80.01.38.00.0"),
        ("HK_ID", "id A12345\r\n6(3)"),
    ],
)
def test_numbers_are_cut_out_of_what_they_are_glued_to(entity, text):
    assert entity in entities(text, "text/plain")


@pytest.mark.parametrize(
    "text",
    [
        "my number is " + " ".join(ENGLISH[int(c)] for c in RIC),
        json.dumps([ENGLISH[int(c)] for c in RIC]),
        json.dumps([HAN[int(c)] for c in RIC], ensure_ascii=False),
        "\n".join(HAN[int(c)] for c in RIC),
        " ".join("0ⅠⅡⅢⅣⅤⅥⅦⅧⅨ"[int(c)] for c in RIC),
    ],
    ids=["word_before", "list_of_words", "list_of_han", "lines_of_han", "roman"],
)
def test_everyday_spellings_are_one_number(text):
    assert "CN_RESIDENT_ID" in entities(text, "text/plain")


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("手机: 1380013800〇", "CN_MOBILE"),
        ("手机: 1380013800零", "CN_MOBILE"),
        ("证件 44010619900307217〇", "CN_RESIDENT_ID"),
        ("l1010519491231002X", "CN_RESIDENT_ID"),
        ("id l1010519491231002X", "CN_RESIDENT_ID"),
    ],
)
def test_one_figure_at_an_end_may_be_written_otherwise(text, entity):
    assert entities(text, "text/plain") == [entity]


@pytest.mark.parametrize("text", ["1732320000一律", "订单 20241122 一共", "2024年零1", "No1234568, vol7654320"])
def test_numerals_and_letters_beside_a_number_are_no_figures_of_it(text):
    assert not entities(text, "text/plain")


@pytest.mark.parametrize(
    "text",
    ["11223344556677889900" * 2, "0" * 36, "ff00aa11" + "0" * 30, "22 33 44 55 66 77 88 99 11", "11" * 18],
    ids=["a_row", "zeros", "a_hash", "numbers", "ones"],
)
def test_figures_that_come_in_twos_are_nobody(text):
    assert not entities(text, "text/plain")


@pytest.mark.parametrize(
    "text",
    [
        f"{RIC[::2]} {RIC[1::2]}",
        " ".join(RIC[at : at + 6][::-1] for at in (0, 6, 12)),
        "-".join(RIC[at : at + 6][::-1] for at in (0, 6, 12)),
    ],
    ids=["every_other", "pieces_backwards", "with_dashes"],
)
def test_pieces_in_another_order_are_one_number(text):
    assert "CN_RESIDENT_ID" in entities(json.dumps({"data": text}), JSON)


@pytest.mark.parametrize(
    "text",
    ["400180093 416922290", "601044 309991 271070", "20240131 20240229 20", "100200 300400 500600"],
    ids=["two_numbers", "three_numbers", "days", "round_ones"],
)
def test_numbers_in_any_order_are_nobody(text):
    assert not entities(json.dumps({"data": text}), JSON)


ITALIAN = ("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove")
ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    "written",
    [
        " ".join(ITALIAN[int(sign)] for sign in MOBILE),
        ", ".join(f"digit {ENGLISH[int(sign)]}" for sign in MOBILE),
        " then ".join(ENGLISH[int(sign)] for sign in MOBILE),
        "然后".join("零一二三四五六七八九"[int(sign)] for sign in MOBILE),
        " ".join(ENGLISH[int(sign)] if at % 2 else sign for at, sign in enumerate(MOBILE)),
        "thirteen, eighty, zero, thirteen, eighty, zero zero",
        "/* no */".join(MOBILE),
        "${''}".join(MOBILE),
        " and ".join(MOBILE),
        "".join(f"「{sign}」" for sign in MOBILE),
    ],
)
def test_figures_are_read_as_they_are_told(written):
    assert "CN_MOBILE" in entities(f"the mobile number is {written}.", "text/plain")
    assert "CN_MOBILE" in entities(json.dumps({"note": f"the mobile number is {written}."}), "application/json")


@pytest.mark.parametrize(
    "text",
    [
        "Take one egg then two cups then three spoons, then four, five and six more; seven, eight, nine, ten mobile.",
        "mobile 1 apple, 2 pears, 3 plums, 4 figs, 5 dates, 6 nuts, 7 limes, 8 kiwis, 9 grapes, 1 melon, 2 peaches",
        "mobile: one 2 three, uno due tre; forty-two, seventeen, ninety",
    ],
)
def test_words_that_count_things_are_no_number(text):
    assert entities(text, "text/plain") == []


@pytest.mark.parametrize("sign", ["'", "\u2019", "_"])
def test_a_card_in_threes_is_one_by_the_signs_of_programs_and_of_swiss_books(sign):
    written = f"{6228485319693749:,}".replace(",", sign)
    assert entities(f"card no: {written}", "text/plain") == ["PAYMENT_CARD"]


@pytest.mark.parametrize("literal", ["{}L", "{}n", "{}u64", "{}ULL"])
def test_the_suffix_of_a_whole_number_is_none_of_it(literal):
    assert entities(f"x = {literal.format(RIC)};", "text/plain") == ["CN_RESIDENT_ID"]
    apart = literal.format("138_001_380_00")
    assert entities(f"long mobile = {apart};", "text/plain") == ["CN_MOBILE"]
    assert entities(f"long size = {apart};", "text/plain") == []


@pytest.mark.parametrize(("form", "joint"), [("Chr(&H{:x})", " & "), ("[char]0x{:x}", ","), ("#{:d}", "")])
def test_calls_for_characters_by_their_codes_are_read(form, joint):
    assert "CN_RESIDENT_ID" in entities(f"x = {joint.join(form.format(ord(sign)) for sign in RIC)}", "text/plain")
    wrong = joint.join(form.format(ord(sign)) for sign in RIC[:-1] + "1")
    assert "CN_RESIDENT_ID" not in entities(f"x = {wrong}", "text/plain")


def _drawn(first):
    return lambda number: "".join(chr(first + int(sign) - 1) if sign > "0" else "0" for sign in number)


@pytest.mark.parametrize("first", [0x1369, 0x1D360, 0x1F007, 0x33E0], ids=["Ethiopic", "rods", "tiles", "days"])
def test_signs_that_count_from_one_are_figures(first):
    assert entities(f"证件 {_drawn(first)(RIC)}", "text/plain") == ["CN_RESIDENT_ID"]


def test_small_capitals_are_capitals_before_a_number():
    assert entities("身份證 ᴀ123456(3)", "text/plain") == ["HK_ID"]


_MORSE = ["-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----."]
_TOLD = {
    "katakana": ["ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"],
    "Braille": list("⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"),
}


@pytest.mark.parametrize("words", _TOLD.values(), ids=_TOLD)
@pytest.mark.parametrize(("value", "entity"), [(RIC, "CN_RESIDENT_ID"), (HKID, "HK_ID")])
def test_words_without_blanks_and_letters_before_them_are_one_number(words, value, entity):
    written = "".join(words[int(sign)] if sign.isdigit() else sign for sign in value)
    assert entities(f"手机 身份证: {written}", "text/plain") == [entity]


@pytest.mark.parametrize(
    "words",
    [
        _MORSE,
        [code.replace(".", "·").replace("-", "\u2212") for code in _MORSE],
        ["0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"],
    ],
    ids=["Morse", "Morse, drawn", "Roman"],
)
@pytest.mark.parametrize(("value", "entity"), [(RIC, "CN_RESIDENT_ID"), (HKID, "HK_ID")])
def test_codes_behind_a_letter_and_in_brackets_are_one_number(words, value, entity):
    written = " ".join(words[int(sign)] if sign.isdigit() else sign for sign in value)
    assert entities(f"ID card: {written}. Thanks.", "text/plain") == [entity]


@pytest.mark.parametrize(
    "text",
    [
        "I. II. III. IV. V. VI. VII. VIII.",
        "----- ..... ----- .....",
        "I 0 I 0 I 0 I 0 I 0",
        "- - - - - - - - - -",
        "㏠㏡㏢㏣㏤㏥㏦",
    ],
)
def test_numerals_of_lists_are_nobody(text):
    assert entities(f"ID card\n{text}\n", "text/plain") == []
