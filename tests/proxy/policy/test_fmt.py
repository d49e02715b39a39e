"""The written form: the same twice, and nothing but white space changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.policy.errors import PolicyError
from proxy.policy.fmt import formatted
from proxy.policy.yamltree import PolicyFile, parse

POLICIES = Path(__file__).parents[3] / "policies"
SHIPPED = sorted(path for path in POLICIES.glob("*.yaml") if not path.name.endswith(".test.yaml"))


def fmt(text: str) -> str:
    return formatted(PolicyFile("p.yaml", text.encode())).decode()


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def plain(text: str) -> object:
    return parse(PolicyFile("p.yaml", text.encode()))[0].plain()


UGLY = """apiVersion: egress/v1
kind: Policy   # kind
metadata: {name: a,revision: 1}
# top
rules:
- id: A   # the first
  title: {en: x}
# about B
- {id: B, title: {en: "a  b"}, when: {methods: [GET,
   POST]}, then: log}


- id: C
  title:
        en: >-
           folded text

           here
  when:
     to:
       hosts:
       - "*.x.com" # one
       # two
       - 'b.org'
  exceptions:
  - {match: {methods: [PUT]}, expires: 2026-12-31, n: 0x1F, f: 1e3, z: 007, t: yes}
"""
NEAT = """apiVersion: egress/v1
kind: Policy # kind
metadata: {name: a, revision: 1}
# top
rules:
  - id: A # the first
    title: {en: x}

  # about B
  - {id: B, title: {en: "a  b"}, when: {methods: [GET, POST]}, then: log}

  - id: C
    title:
      en: >-
        folded text

        here
    when:
      to:
        hosts:
          - "*.x.com" # one
       # two
          - 'b.org'
    exceptions:
      - {match: {methods: [PUT]}, expires: 2026-12-31, n: 0x1F, f: 1e3, z: 007, t: yes}
"""


def test_the_written_form():
    assert [line.replace("   # kind", " # kind") for line in fmt(UGLY).splitlines()] == NEAT.splitlines()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_policies_keep_every_word(path):
    text = path.read_text()
    assert bare(fmt(text)) == bare(text)
    assert fmt(fmt(text)) == fmt(text)


def test_a_last_comma_goes_and_line_ends_are_those_of_unix():
    assert fmt("a: [b, c, ]\r\nd: {e: f,}\r\n") == "a: [b, c]\nd: {e: f}\n"


@pytest.mark.parametrize("text", ["a: [", "", "a: 1\na: 2\n", "!x a: b\n", "\tb: c"])
def test_what_is_no_yaml_is_told(text):
    with pytest.raises(PolicyError):
        fmt(text)


words = st.sampled_from(
    ["a", "b-c", "1", "01", "1e3", "0x1F", "2026-01-01", "yes", '"x: y"', "'it''s'", '"#"', "名单", "null", "~", ""]
)
keys = st.sampled_from(["id", "when", "to", "hosts", "then", "data", "rules", "cases", "title"])
flow = st.recursive(
    words.filter(bool),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(keys, inner, max_size=3).map(
            lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}"
        )
    ),
    max_leaves=6,
)
comments = st.sampled_from(["", "", " # note", "  #  two  words", " # 注"])


@st.composite
def blocks(draw, depth=0):
    """Lines of a block mapping or sequence, with comments and odd indents."""
    step = draw(st.integers(1, 4))
    lines = []
    mapping = draw(st.booleans()) or depth == 0
    for key in draw(st.lists(keys, min_size=1, max_size=3, unique=True)):
        if draw(st.integers(0, 4)) == 0:
            lines.append("# above" + draw(comments))
        if draw(st.integers(0, 4)) == 0:
            lines.append("")
        head = f"{key}:" if mapping else "-"
        if depth < 3 and draw(st.booleans()):
            lines.append(head + draw(comments))
            lines += [" " * step + line if line else "" for line in draw(blocks(depth + 1))]
        else:
            lines.append(f"{head} {draw(flow)}{draw(comments)}")
    return lines


@given(blocks())
def test_it_is_the_same_twice_and_says_the_same(lines):
    text = "\n".join(lines) + "\n"
    root, problems = parse(PolicyFile("p.yaml", text.encode()))
    if root is None or problems:
        return
    try:
        once = fmt(text)
    except PolicyError:
        return  # left as it is
    assert fmt(once) == once
    assert plain(once) == root.plain()
    assert bare(once) == bare(text)
    assert all(line == line.rstrip() for line in once.splitlines())
