import pytest

from proxy.policy.belonging import hint
from proxy.policy.model import Document

RULE = ("rules", 0)
WHEN = (*RULE, "when")


@pytest.mark.parametrize(
    ("loc", "words"),
    [
        ((*WHEN, "hosts"), "; hosts stands under from or to"),
        ((*WHEN, "any", 1, "not", "hosts"), "; hosts stands under from or to"),
        ((*WHEN, "host"), "; did you mean hosts? It stands under from or to"),
        ((*WHEN, "entities"), "; entities stands under data"),
        ((*WHEN, "to", "entities"), "; entities stands under data"),
        ((*WHEN, "with"), "; with stands under then.redact"),
        ((*RULE, "hosts"), "; hosts stands under when.from or when.to"),
        ((*RULE, "exceptions", 0, "hosts"), "; hosts stands under match.from or match.to"),
        (("severity",), "; severity stands under rules"),
        ((*WHEN, "metods"), "; did you mean methods?"),
        ((*WHEN, "at_least"), ""),
        ((*RULE, "then", "mask"), "; expected one of block, log, redact"),
        ((*WHEN, "no such thing", "at all"), ""),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_an_author_is_told_where_a_key_stands(loc, words):
    assert hint(Document, loc) == words
