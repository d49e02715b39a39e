import pytest

from tests.proxy.core.gate import HKID, entities, forwarded, message


@pytest.mark.parametrize(
    "said",
    [
        "my HKID is Alpha 1 2 3 4 5 6 3",
        "HKID: alfa, 123456, 3",
        "HKID number A as in Apple 123456(3)",
        "HKID: A for apple, 1 2 3 4 5 6, 3",
        "HKID A123456, bracket 3",
        "HKID A123456 check digit 3",
        "香港身份證 A123456 括號3",
        "香港身份证A123456，括号里3",
        "HKID A123456 dígito 3",
        "HKID A123456 entre parênteses 3",
    ],
)
def test_letters_and_brackets_that_are_said_are_read(said):
    assert "HK_ID" in entities(said)


@pytest.mark.parametrize("said", ["passport Echo 12345678", "passport no. E as in egg 1234 5678"])
def test_so_are_those_of_a_passport(said):
    assert entities(said) == ["CN_PASSPORT"]


@pytest.mark.parametrize(
    "said",
    [
        "Alpha 1 2 3 4 5 6 4 is my HKID",  # another check digit
        "delta 12 35 66 77 88",
        "build Echo 12345678 of the tool",
        "option A for users 123456 4",
        "HKID A123456, page 4",
        "call sign: November 1234567",
    ],
)
def test_other_numbers_behind_such_words_are_none(said):
    assert entities(said) == []


def test_what_is_said_leaves_masked():
    new = forwarded(message("HKID number A as in Apple 123456(3), thanks")).body
    assert b"123456" not in new
    assert new.endswith(b"(3), thanks")
    assert HKID.encode() not in new
