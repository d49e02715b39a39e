from __future__ import annotations

import pytest

from detectors import data


def test_regions_keep_what_was_abolished_and_hold_nothing_else() -> None:
    regions = data.regions()
    assert len(regions) > 7000
    assert all(len(code) == 6 and code.isdigit() for code in regions)
    assert {b"440106", b"110103", b"440682", b"510201", b"429004", b"710000"} <= regions
    assert not {b"440001", b"810000", b"820000", b"830000", b"999999", b"440199"} & regions


@pytest.mark.parametrize(
    ("prefix", "lengths"),
    [
        (b"6217", {16, 17, 18, 19}),
        (b"8100", {16, 17, 18, 19}),
        (b"4111", {13, 16, 19}),
        (b"2221", {16}),
        (b"2720", {16}),
        (b"3782", {15}),
        (b"3589", {16}),
        (b"9558", {16, 19}),
        (b"601382", {19}),
        (b"690755", {15, 18}),
    ],
)
def test_issuers_spell_out_their_ranges(prefix: bytes, lengths: set[int]) -> None:
    mask = data.issuers()[prefix]
    assert {length for length in range(25) if mask >> length & 1} == lengths


@pytest.mark.parametrize("prefix", [b"2220", b"2721", b"3527", b"3590", b"0000", b"1111", b"7000"])
def test_what_lies_outside_a_range_has_no_issuer(prefix: bytes) -> None:
    assert prefix not in data.issuers()


def test_prefixes_are_spelt_out_to_the_size_asked() -> None:
    assert len(data.prefixes("hk_phone", 3)) == 9 * 10 + 6 * 100 + 9 * 10 + 9
    assert b"13800" in data.prefixes("cn_mobile", 5)
    assert b"17406" not in data.prefixes("cn_mobile", 5)


def test_labels_are_written_as_the_reader_of_names_expects() -> None:
    families, against = data.labels()
    assert set(families) == set(against)
    for words in (*families.values(), *against.values()):
        assert not [word for word in words if word.startswith("@") or word != " ".join(word.lower().split())]


@pytest.mark.parametrize("family", sorted(data.labels()[0]))
def test_no_label_both_supports_and_contradicts(family: str) -> None:
    families, against = data.labels()
    assert not set(families[family]) & set(against[family])
