import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import EntityClass, Field, Hit, PatternDetector, Shape
from detectors.registry import DETECTORS
from detectors.scan import CONTRADICTED, Scanner, _near
from proxy.cli.cache import installed

ALL = Scanner(DETECTORS, cache=installed())


def detector(core, entity="A", alone=0.9, labelled=0.95, **options):
    shape = {key: options.pop(key) for key in ("before", "after", "trigger", "width") if key in options}
    return PatternDetector(
        entity, EntityClass.ATTRIBUTE, (Shape(core, alone, labelled, **shape),), "made up", **options
    )


def scan(scanner, text, name=b""):
    return scanner.scan(text, lambda starts: [Field(name, 0, len(text))] * len(starts), name)


def spans(scanner, text, name=b""):
    return [(hit.detector.entity, hit.start, hit.end) for hit in scan(scanner, text, name)]


def test_no_detectors_and_no_text_find_nothing():
    assert spans(Scanner(()), b"x") == []
    assert spans(ALL, b"") == []


def test_guards_decide_where_hyperscan_cannot():
    scanner = Scanner([detector("[0-9]{4}")])
    assert spans(scanner, b"1234 a1234 12345 1234b _1234 (1234)") == [("A", 0, 4), ("A", 30, 34)]


def test_a_value_is_checked_without_its_separators():
    scanner = Scanner([detector("[0-9]{2}[ -]?[0-9]{2}", check=lambda value: value == b"1234")])
    assert [hit.value for hit in scan(scanner, b"12-34 12 34 12-35 1234")] == [b"1234"] * 3


def test_every_reading_of_a_shape_is_reported():
    scanner = Scanner([detector("x{3}", "A"), detector("x{3}", "B"), detector("x{3}", "C", alone=0.1, labelled=0.2)])
    assert spans(scanner, b"xxx") == [("A", 0, 3), ("B", 0, 3)]


def test_the_wider_reading_explains_what_lies_in_it():
    wide, narrow = detector("[0-9]{4}-[0-9]{4}", "WIDE"), detector("[0-9]{4}", "NARROW")
    assert spans(Scanner([wide, narrow]), b"1234-5678") == [("WIDE", 0, 9)]
    weak = detector("[0-9]{4}-[0-9]{4}", "WIDE", alone=0.2)
    assert len(spans(Scanner([weak, narrow]), b"1234-5678")) == 3


def test_without_a_label_only_what_stands_alone_is_found():
    labelled = detector("[0-9]{11}", "CN_MOBILE", alone=0, labelled=0.8, labels="phone_cn")
    scanner = Scanner([labelled])
    assert spans(scanner, b"13800138000") == []
    assert spans(scanner, b"13800138000", b"phone") == [("CN_MOBILE", 0, 11)]
    assert spans(scanner, b"phone 13800138000") == [("CN_MOBILE", 6, 17)]
    assert spans(scanner, b"order 13800138000", b"phone") == []


def test_a_contradicted_value_stays_below_medium_if_its_check_holds():
    sure = detector("[0-9]{11}", alone=0.6, labelled=0.8, labels="phone_cn", check=lambda _: True)
    unsure = detector("[0-9]{11}", alone=0.6, labelled=0.8, labels="phone_cn")
    assert [hit.score for hit in scan(Scanner([sure]), b"13800138000", b"orderNo")] == [CONTRADICTED]
    assert scan(Scanner([unsure]), b"13800138000", b"orderNo") == []


def test_fields_are_asked_for_once_and_only_where_words_are_spoken():
    asked = []

    def locate(starts):
        asked.append(list(starts))
        return [Field(b"", 0, 40)] * len(starts)

    ALL.scan(b"13800138000 13800138001", locate)
    assert asked == []
    ALL.scan("手机 13800138000 13800138001".encode(), locate)
    assert asked == [[7, 19]]


def test_near_misses_do_not_hide_what_follows_them():
    label = "PRIVATE " + "KEY"
    begin = f"-----BEGIN {label}-----"
    key = f"{begin}\n{'MIIEvQIBADANBgkqhkiG9w0B' * 3}\n-----END {label}-----"
    text = (begin + "\n!") * 500 + key
    hits = [hit for hit in scan(ALL, text.encode()) if hit.detector.detail == "private_key"]
    assert [text[hit.start : hit.end] for hit in hits] == [key]
    for near in ("a@", "a@b.", "eyJaaaaaaaaaa.eyJ", "A123456("):
        assert [entity for entity, *_ in spans(ALL, (near * 300 + " a.b@example.cn A123456(3)").encode())] == [
            "EMAIL_ADDRESS",
            "HK_ID",
        ], near


WORDS = st.lists(
    st.sampled_from(
        [b"440106199003072170", b"A123456(3)", b"a@b.cn", b"a@b", b"12", b" ", b"-", b"@", b"x", b"(3)", b"A123456"]
    ),
    max_size=12,
).map(b"".join)


@settings(max_examples=150)
@given(WORDS)
def test_finds_what_its_own_expressions_find(text):
    """The Hyperscan pass and its windows miss nothing that reading the whole text with `re` finds."""
    hits = {(hit.detector.entity, hit.start, hit.end) for hit in scan(ALL, text)}
    for each in DETECTORS:
        if each.entity in ("CN_RESIDENT_ID", "HK_ID", "EMAIL_ADDRESS"):
            for shape in each.shapes:
                for match in re.finditer(f"{shape.before}(?:{shape.core}){shape.after}".encode(), text):
                    value = match[0].translate(None, each.strip)
                    if shape.alone >= 0.5 and (each.check is None or each.check(value)):
                        assert any(start <= match.start() and match.end() <= end for _, start, end in hits)


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_is_total_and_sorted(text):
    hits = scan(ALL, text, text[:20])
    assert [hit.start for hit in hits] == sorted(hit.start for hit in hits)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)


@pytest.mark.parametrize("text", ["440106199003072170", "A123456(3)"])
def test_a_hit_does_not_print_its_value(text):
    (hit,) = scan(ALL, text.encode())
    assert isinstance(hit, Hit)
    assert text not in repr(hit)
    assert text not in f"{hit} {hit!s}"


def whole(text, name=b""):
    return lambda starts: [Field(name, 0, len(text))] * len(starts)


@given(
    st.integers(0, 9000), st.sampled_from(["護照 K12345678", "phone: 51234567", "姓名：陈大文", "name: CHAN Tai Man"])
)
@settings(max_examples=60)
def test_a_value_beside_its_label_is_found_wherever_in_a_long_text_it_stands(at, labelled):
    filler = ("x = compute(y)  # nothing to see here\n" * 400).encode()
    text = filler[:at] + b"\n" + labelled.encode() + b"\n" + filler
    near = ALL.scan(text, whole(text), tables=())
    assert [(hit.detector.entity, hit.start) for hit in near] == [
        (hit.detector.entity, hit.start) for hit in ALL.scan(text, whole(text))
    ]
    assert near


def test_in_text_whose_names_are_near_a_label_far_away_is_none():
    text = b"passport holders only\n" + b"lorem ipsum dolor\n" * 2000 + b"K12345678\n"
    assert not ALL.scan(text, whole(text), tables=())
    assert not ALL.scan(text, whole(text, b""), tables=None)
    assert ALL.scan(text, whole(text, b"passport"), b"passport", tables=())


def test_a_label_at_the_head_of_a_table_counts_in_every_row_and_not_behind_it():
    filler, row = b"lorem ipsum dolor\n" * 1000, b"K12345678\n"
    table = b"passport\n" + row * 3000
    text = filler + table + filler + row
    tables = [(len(filler), len(filler) + len(table))]
    column = whole(text, b"passport")
    assert len(ALL.scan(text, column, tables=tables)) == 3000
    assert len(ALL.scan(text, column, tables=())) < 3000
    assert len(ALL.scan(text, column)) == 3001


@given(st.integers(0, 60_000), st.lists(st.integers(0, 60_000), max_size=8, unique=True))
def test_pieces_lie_side_by_side_and_cut_no_table(size, bounds):
    bounds = sorted(min(bound, size) for bound in bounds)
    tables = list(zip(bounds[::2], bounds[1::2], strict=False))
    pieces = list(_near(size, tables))
    assert [start for start, _ in pieces] == [0, *(stop for _, stop in pieces)][: len(pieces)]
    assert not size or pieces[-1][1] == size
    heads = [(start, stop) for begin, end in tables if begin < end for start, stop in pieces if start <= begin < stop]
    behind = [end for begin, end in tables if begin < end]
    for (start, stop), end in zip(heads, behind, strict=True):  # all of a table is in the piece of its head or the next
        assert start < end <= stop or any(first == stop and end <= last for first, last in pieces)


def test_what_the_whole_text_is_called_counts_in_every_piece():
    text = b"lorem ipsum\n" * 2000 + b"51234567\n"
    assert ALL.scan(text, whole(text, b"mobile"), b"mobile", tables=())


def test_a_shape_with_an_opening_is_read_from_there():
    shape = Shape(
        "[A-Z][a-z]{2,8} [A-Z][a-z]{2,8}", 0.6, 0.6, trigger="[a-z] [A-Z][a-z]", width=20, lead=12, opening="[A-Z]"
    )
    scanner = Scanner([PatternDetector("PAIR", EntityClass.ATTRIBUTE, (shape,), "test")])
    text = b"see Mary Jones and Peter Chan Siu, not mary Jones"
    found = [text[hit.start : hit.end] for hit in scanner.scan(text, whole(text))]
    assert found == [b"Mary Jones", b"Peter Chan"]


def test_a_value_that_proves_itself_is_not_read_again_for_what_only_a_label_would_make_it():
    plain = Shape(r"\b[0-9]{4}\b", 0, 0.7, width=4)
    strong = Shape(r"\b[0-9]{8}\b", 0.9, 0.95, width=8)
    twice = Shape(r"[0-9]{4}", 0, 0.7, "", "", width=4)
    detectors = [
        PatternDetector("STRONG", EntityClass.ATTRIBUTE, (strong,), "test", "phone_cn", lambda _: True),
        PatternDetector("WEAK", EntityClass.ATTRIBUTE, (plain, twice), "test", "phone_cn"),
    ]
    text = b"phone 12345678 and 1234"
    found = [(hit.detector.entity, text[hit.start : hit.end]) for hit in Scanner(detectors).scan(text, whole(text))]
    assert found == [("STRONG", b"12345678"), ("WEAK", b"1234")]


def test_words_of_families_that_nothing_asks_for_change_nothing():
    wanted = [each for each in DETECTORS if each.entity in {"CN_MOBILE", "CN_BANK_ACCOUNT"}]
    some, any_label = Scanner(wanted, cache=installed()), Scanner(wanted, cache=installed(), any_label=True)
    text = "手机 13800138000 病历号 123456, bank account 6222020365824405, 护照 E12345678, 姓名：张伟民".encode()
    assert spans(any_label, text) == spans(some, text) != []
    assert spans(any_label, b"6222020365824405", b"bankAccount") == spans(some, b"6222020365824405", b"bankAccount")
