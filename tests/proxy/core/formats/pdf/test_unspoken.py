"""Names and comments with figures are read; what stands in strings is read, and masked, where it stands."""

import pytest
from pikepdf import Array, Dictionary, Name, String

from proxy.core.formats.pdf import unspoken
from proxy.core.message import Action
from tests.proxy.core.formats.pdf.made import RIC, document, saved
from tests.proxy.core.gate import LOGGING, MASKING, inspected, message

A, B, C = RIC[:6], RIC[6:12], RIC[12:]
WORDS = "BT /F1 12 Tf 50 500 Td (%s) Tj ET"


def with_root(**entries):
    made = document(WORDS % "Report")
    for key, value in entries.items():
        made.Root["/" + key] = value(made) if callable(value) else value
    return saved(made)


def destinations(*names):
    return lambda made: Dictionary({f"/{name}": Array([made.pages[0].obj, Name.Fit]) for name in names})


@pytest.mark.parametrize(
    "data",
    [
        with_root(Dests=destinations(A, B, C)),
        with_root(X=Name("/N" + RIC)),
        with_root(**{"N" + RIC: 1}),
        saved(document(f"% {RIC[:9]}\nBT ET\n% {RIC[9:]}\n")),
    ],
    ids=["destinations", "a_name", "a_key", "comments"],
)
def test_what_nobody_looks_at_is_found_and_blocks(data):
    sent = message(data, "application/pdf")
    assert "CN_RESIDENT_ID" in {each.entity for each in inspected(LOGGING, sent).findings}
    assert inspected(MASKING, sent).action is Action.BLOCK


@pytest.mark.parametrize(
    "data",
    [
        with_root(X=String(f"https://example.com/{RIC}")),
        saved(document(WORDS % f"100% of {RIC}")),
    ],
    ids=["link", "per_cent_in_a_text"],
)
def test_what_stands_in_a_string_is_masked(data):
    assert inspected(MASKING, message(data, "application/pdf")).action is Action.REDACT


def test_names_of_a_document_are_no_values():
    assert not list(unspoken.names(b"<< /F1 2 0 R /Im12 3 0 R /ABCDEF+Font2026 (/123456) /Date (D:20260101) >>"))
    assert list(unspoken.names(b"<< /#34401061 (x) >>")) == [b"4401061"]
    assert list(unspoken.comments(b"(a % 1234 (b) % 5678) Tj % 9012\n<25> % none")) == [b"9012"]
