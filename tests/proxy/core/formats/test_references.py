"""Names that stand for pieces of a number, and what joins them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.formats.references import references

PARTS = b"440106", b"19900307", b"2170"


def read(text):
    source = text.encode()
    ends = [found.end() for found in re.finditer(rb"[0-9]{4,}", source)]
    read, at = b"", 0
    for mark in sorted(references(source, ends)):
        if mark.start >= at:
            read, at = read + source[at : mark.start] + mark.text, mark.end
    return (read + source[at:]).decode()


@pytest.mark.parametrize(
    "use", ["$A$B$C", "${A}${B}${C}", "a = A + B + C", "{A}{B}{C}", "join(A, B, C)", "%A%%B%%C%", "[*A, *B, *C]"]
)
def test_names_are_read_as_what_they_were_given(use):
    given = "A='440106'\nB='19900307'\nC='2170'\n"
    assert "440106199003072170" in re.sub(r"\$|[{}\[\]*%, ]|join\(", "", read(given + use).removeprefix(given))


@pytest.mark.parametrize("use", ["A; B; C;", "A is B or C", "f(A), g(B), h(C)", "AA + BB"])
def test_names_that_nothing_joins_are_left(use):
    given = "A='440106'\nB='19900307'\nC='2170'\n"
    assert read(given + use) == given + use


def test_what_is_given_later_is_not_known_yet():
    assert read("echo $A$B\nA='440106'\nB='19900307'\n").startswith("echo $A$B")


@given(st.text("AB=$+'12 \n{}", max_size=60))
def test_any_text_is_read(text):
    source = text.encode()
    for mark in references(source, list(range(1, len(source)))):
        assert 0 <= mark.start <= mark.end <= len(source)
        assert mark.home is None or source[mark.home : mark.home + len(mark.text)] == mark.text
