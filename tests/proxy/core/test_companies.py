"""The codes of companies are found in pieces, and nothing else that begins like one."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core import companies
from proxy.core.message import Operator
from proxy.core.signs import look
from tests.proxy.core.gate import Redact, engine, entities, forwarded, message

CODE = "91440101MA5Y11FL21"
FIGURES = "911101085614897079"
GATE = engine(Redact({"CN_USCC": Operator.MASK}))
JSON, TEXT = "application/json", "text/plain"
ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
HAN = "零一二三四五六七八九"
A, B, C = CODE[:6], CODE[6:12], CODE[12:]


def said(words, between, code=CODE):
    return between.join(words[int(sign)] if sign.isdigit() else sign for sign in code)


@pytest.mark.parametrize("code", [CODE, FIGURES])
@pytest.mark.parametrize(
    ("write", "content_type"),
    [
        (" ".join, TEXT),
        (".".join, TEXT),
        ("😀".join, TEXT),
        ("\n".join, TEXT),
        ("</b><b>".join, "text/html"),
        (lambda code: "-".join((code[:4], code[4:8], code[8:12], code[12:])), TEXT),
        (lambda code: json.dumps({"a": code[:6], "b": code[6:12], "c": code[12:]}), JSON),
        (lambda code: json.dumps(list(code)), JSON),
        (lambda code: json.dumps([{"n": 2, "v": code[12:]}, {"n": 0, "v": code[:6]}, {"n": 1, "v": code[6:12]}]), JSON),
        (lambda code: f"a={code[:6]}&b={code[6:]}", "application/x-www-form-urlencoded"),
        (lambda code: f"<r><a>{code[:6]}</a><b>{code[6:]}</b></r>", "application/xml"),
        (lambda code: f'x = "{code[:6]}" + "{code[6:]}"', TEXT),
        (lambda code: said(ENGLISH, " ", code), TEXT),
        (lambda code: said(HAN, "、", code), TEXT),
    ],
)
def test_a_code_in_pieces_is_found(write, content_type, code):
    assert "CN_USCC" in entities(write(code), content_type)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(CODE[:-1] + "2"),  # another check character
        " ".join("91440101MA5Y11FM21"),  # another organisation
        " ".join("97440101MA5Y11FL21"),  # no such registrar
        '{"a":"914401","b":"01MA5Y","c":"11FL"}',  # not all of it
        " ".join("4" + FIGURES + "7"),  # a longer row
        "[9, 3, " + ", ".join(FIGURES) + ", 9]",
        "flight 9144 to SZX, gate 01, seat 11F, row 21",
    ],
)
def test_what_does_not_prove_itself_is_no_code(text):
    assert "CN_USCC" not in entities(text, TEXT)


def test_numbers_and_their_places_are_no_code_by_chance():
    """In a list of a PHP program there is a place before each figure: read together they are anything."""
    listed = ";".join(f'i:{at};s:1:"{sign}"' for at, sign in enumerate("440106199003072170"))
    assert "CN_USCC" not in entities(f"a:18:{{{listed};}}", TEXT)


@pytest.mark.parametrize(
    ("body", "content_type", "after"),
    [
        (f'{{"p1":"{A}","p2":"{B}","p3":"{C}"}}', JSON, '{"p1":"91****","p2":"******","p3":"**FL21"}'),
        ("no " + ".".join(CODE) + " ok", TEXT, "no 9.1." + "*." * 12 + "F.L.2.1 ok"),
        (f"<r><a>{A}</a><b>{B}{C}</b></r>", "application/xml", "<r><a>91****</a><b>********FL21</b></r>"),
    ],
)
def test_a_code_in_pieces_is_masked_piece_by_piece(body, content_type, after):
    assert forwarded(message(body, content_type), GATE).body.decode() == after


@settings(max_examples=200)
@given(st.text(st.sampled_from('01234 9.,"{}[]:=&<>/abMAYFLX-_'), max_size=120))
def test_any_text_is_searched_and_what_is_unchanged_is_written_back_the_same(text):
    source = (CODE[:4] + " " + text).encode()
    signs = look(source)
    for found in companies.stretches(source, [end for end, _ in signs.spread] if signs else ()):
        assert found.recode(found.data) == source[found.start : found.end]


@settings(max_examples=40)
@given(st.integers(4, 16), st.sampled_from(['","', '","x":"', '" + "', " ", "/", "\n"]))
def test_wherever_it_is_cut_in_two_it_is_found(cut, between):
    assert "CN_USCC" in entities(f'"{CODE[:cut]}{between}{CODE[cut:]}"', TEXT)


def test_a_megabyte_of_beginnings_is_given_up():
    assert list(companies.stretches(b" 9" * 10_000, range(2, 20_000, 2))) == []
