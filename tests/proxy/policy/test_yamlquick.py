from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.policy import yamlquick
from proxy.policy.yamltree import slowly

ROOT = Path(__file__).parents[3]
FILES = sorted((*(ROOT / "policies").rglob("*.yaml"), *(ROOT / "tests" / "policies" / "bad").glob("*.yaml")))
PIECES = st.sampled_from(
    [
        "a: b\n", "- ", "  ", "\n", ": ", ", ", "[", "]", "{", "}", "#", " # c\n", "'", '"', "|\n", ">-\n", "|+\n",
        "  x\n", "a", "k:\n", "中文", "😀", "1", "~", "?", "? ", "*a", "&a ", "!t ", "%", "@", "`", "\t", "\r\n",
        "\x85", "\u2028", "\ufeff", "---\n", "...\n", "\\", "\\u4e2d", "\\ud800", "''", '""', "- a\n", "<<", "\x07",
    ]
)  # fmt: skip
PARTS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_read_alike(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    quick = yamlquick.tree(text)
    assert quick is None or slowly("p", text) == (quick, [])


@pytest.mark.parametrize("name", ["default.yaml", "pipl-outbound.test.yaml"])
def test_policies_and_their_cases_need_no_second_parser(name):
    assert yamlquick.tree((ROOT / "policies" / name).read_text(encoding="utf-8")) is not None


@given(PARTS)
def test_whatever_is_read_quickly_is_read_alike(text):
    quick = yamlquick.tree(text)
    assert quick is None or slowly("p", text) == (quick, [])


@given(PARTS, st.integers(0, 600))
def test_a_policy_with_something_put_in_is_read_alike(put, at):
    text = (ROOT / "tests" / "policies" / "bad" / "unknown_key_deep.yaml").read_text(encoding="utf-8")
    text = text[: at % len(text)] + put + text[at % len(text) :]
    quick = yamlquick.tree(text)
    assert quick is None or slowly("p", text) == (quick, [])


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1",
        "a: *x",
        "a: !t b",
        "a:",
        "a: 1\na: 2",
        "1: a",
        "a: [b",
        "[" * 30 + "]" * 30,
        "a: b\n---\nc: d",
        '"\\ud800"',
    ],
)
def test_what_an_author_must_be_told_of_is_left_to_the_other_parser(text):
    assert yamlquick.tree(text) is None
