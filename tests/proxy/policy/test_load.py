import json
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import EntityClass
from proxy.core.message import Action, Cause
from proxy.policy.errors import FAILURES, Code, Level, PolicyError, did_you_mean, nearest
from proxy.policy.lint import lint
from proxy.policy.load import Loaded, PolicyFile, load_policy
from proxy.policy.words import Known

BAD = sorted((Path(__file__).parents[2] / "policies" / "bad").glob("*.yaml"))
ENTITIES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
    "CREDENTIAL": EntityClass.CREDENTIAL,
}
TODAY = date(2026, 6, 15)
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\n"


def load(*files: PolicyFile, zones=("mainland", "hong_kong", "outside"), details=("private_key", "jwt")):
    return load_policy(files, ENTITIES, TODAY, zones=zones, details=details)


def lines(text: str | bytes) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load(PolicyFile("p.yaml", text if isinstance(text, bytes) else text.encode()))
    return [str(problem) for problem in caught.value.problems]


def problems_of(file: PolicyFile):
    """Mistakes and doubts."""
    zones = frozenset({"mainland", "hong_kong", "outside"})
    loaded = Loaded([file], ENTITIES, TODAY, Known(ENTITIES, frozenset({"private_key", "jwt"}), zones))
    try:
        return lint(loaded, loaded.policy(), None)
    except PolicyError as error:
        return error.problems


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_each_bad_file_gets_its_one_line(path):
    place, code, words = path.read_bytes().split(b"\n")[0].decode().removeprefix("# expect: ").split(" ", 2)
    found = problems_of(PolicyFile(path.name, path.read_bytes()))
    # doubts that the mistake is not about are beside the point
    problems = [p for p in found if p.code == code or p.level is not Level.WARNING]
    assert [str(problem).split(" ", 2)[:2] for problem in problems] == [[f"{path.name}:{place}", code]]
    assert words in problems[0].message


def test_every_code_has_a_bad_file():
    shown = {path.read_bytes().split(b"\n")[0].decode().split(" ")[3] for path in BAD}
    elsewhere = {Code.UNREADABLE, Code.TOO_LARGE}
    assert shown | elsewhere == set(Code)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    assert lines(
        HEAD
        + """\
rulez: []
rules:
  - id: A
    title: {en: 3}
    when: {to: {hosts: ["a b"]}, data: {entities: [HKID], band: hi}}
    then: {redact: {with: mesk}}
    mode: shaddow
  - id: A
    when: {}
    then: block
"""
    ) == [
        'p.yaml:4:1: UNKNOWN_KEY unknown key "rulez"; did you mean rules?',
        "p.yaml:7:17: WRONG_TYPE expected text, found 3; put it in quotes",
        'p.yaml:8:25: BAD_GLOB "a b": this is no host name: write "www.example.com" or "*.example.com"',
        'p.yaml:8:52: UNKNOWN_ENTITY unknown entity "HKID"; did you mean HK_ID?',
        'p.yaml:8:65: UNKNOWN_VALUE unknown value "hi"; did you mean high?',
        'p.yaml:9:27: UNKNOWN_VALUE unknown value "mesk"; did you mean mask?',
        'p.yaml:10:11: UNKNOWN_VALUE unknown value "shaddow"; did you mean shadow?',
        'p.yaml:11:5: MISSING_KEY the key "title" is missing here',
        'p.yaml:11:9: DUPLICATE_ID rule "A" is already defined at p.yaml:6',
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a: "\\UFFFFFFFF"', "p.yaml:1:1: SYNTAX what follows here is not YAML 1.2"),
        ("%YAML 1.21\n---\na: b", "p.yaml:1:1: SYNTAX what follows here is not YAML 1.2"),
        ("a: \x01", "p.yaml:1:4: SYNTAX the character U+0001 is not allowed"),
        ("{a: [b", "p.yaml:1:7: SYNTAX the file ends in the middle of a value; a bracket or brace is never closed"),
        ("a: b: c", 'p.yaml:1:5: SYNTAX a second ": " in one line; quote the value, or put it on a line of its own'),
        ("a: {b: [!c.d]}}", 'p.yaml:1:9: SYNTAX quote a value that begins with "!"'),
        ("# only this", "p.yaml:1:1: EMPTY the file says nothing; begin with apiVersion: egress/v1"),
        ("a: &a [*a]", 'p.yaml:1:8: SYNTAX there is no anchor "a"; quote a value that begins with "*"'),
    ],
)
def test_what_is_no_yaml_is_told_in_plain_words(text, line):
    assert lines(text) == [line]


def test_half_a_character_is_no_text():
    assert lines(HEAD + 'rules:\n  - {id: A, title: {en: "x\\uD800"}, when: {}, then: log, "\\uD801moode": 1}\n') == [
        r"p.yaml:5:25: SYNTAX half a character, from an escape \uD800 to \uDFFF; write it whole",
        r"p.yaml:5:58: SYNTAX half a character, from an escape \uD800 to \uDFFF; write it whole",
        'p.yaml:5:58: UNKNOWN_KEY unknown key "moode"; did you mean mode?',
    ]


@pytest.mark.parametrize("day", ["2026-W01-1", "20261231", "'2026-12-31T00:00'", "31.12.2026", "2026", "[]", "~"])
def test_a_day_has_one_form(day):
    exception = f"{{match: {{methods: [GET]}}, reason: r, approver: a, expires: {day}}}"
    rule = f"rules:\n  - {{id: A, title: {{en: x}}, when: {{}}, then: log, exceptions: [{exception}]}}\n"
    assert [line.split(" ")[1] for line in lines(HEAD + rule)] == ["BAD_DATE"]


def test_a_key_is_text():
    assert lines(HEAD + "rules: []\n1: x\n? [a]\n: b\n") == [
        "p.yaml:5:1: WRONG_TYPE a key must be text; put it in quotes",
        "p.yaml:6:3: WRONG_TYPE a key must be text; put it in quotes",
    ]


def test_numbers_are_bounded():
    assert lines("apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1000000001}\nrules: []\n") == [
        "p.yaml:3:31: OUT_OF_RANGE revision must be 1000000000 or less"
    ]


def test_a_file_beyond_the_cap_is_not_parsed():
    assert lines(b"[" * (1024 * 1024 + 1))[0].startswith("p.yaml:1:1: TOO_LARGE")


def test_yaml_1_2_keeps_no_and_on_as_text():
    rule = "rules:\n  - {id: A, title: {en: no}, owner: on, description: 2026-01-01, when: {}, then: log}\n"
    assert load(PolicyFile("p", (HEAD + rule).encode())).rules[0].title["en"] == "no"


def test_a_byte_order_mark_moves_no_column():
    assert lines(b"\xef\xbb\xbfab\xff")[0].startswith("p.yaml:1:3: NOT_UTF8")
    assert lines("\ufeff# 中文\nab: \t@".encode())[0].startswith("p.yaml:2:5: SYNTAX")


def test_a_byte_order_mark_and_an_honest_alias_are_welcome():
    text = "rules:\n  - {id: A, title: &t {en: x}, when: {}, then: log}\n  - {id: B, title: *t, when: {}, then: log}\n"
    policy = load(PolicyFile("p", b"\xef\xbb\xbf" + (HEAD + text).encode()))
    assert [info.title["en"] for info in policy.rules if info.id in "AB"] == ["x", "x"]


def test_words_not_known_here_are_not_checked():
    text = HEAD + "rules:\n  - {id: A, title: {en: x}, when: {to: {zones: [moon]}, data: {details: [x]}}, then: log}\n"
    assert load(PolicyFile("p", text.encode()), zones=None, details=None).name == "t"


def test_control_characters_of_the_file_do_not_reach_the_message():
    assert "\x1b" not in "".join(lines(HEAD + 'rules: []\n"\\e[31m": 1\n'))


def test_files_of_a_folder_are_one_policy():
    one = PolicyFile(
        "a.yaml", b"apiVersion: egress/v1\nkind: Policy\nmetadata: {name: a, revision: 2}\n"
        b"defaults: {uninspected: {unsupported: log, timeout: log}}\nrules: []\n",
    )  # fmt: skip
    two = PolicyFile(
        "b.yaml", b"apiVersion: egress/v1\nkind: Policy\nmetadata: {name: b, revision: 9}\n"
        b"defaults: {action: block, uninspected: {timeout: block}}\nrules: []\n",
    )  # fmt: skip
    policy = load(one, two)
    assert (policy.name, policy.revision, policy.defaults.action) == ("a+b", 9, Action.BLOCK)
    assert policy.defaults.uninspected[Cause.UNSUPPORTED] is Action.LOG, "a file that is silent has no say"
    assert policy.defaults.uninspected[Cause.TIMEOUT] is Action.BLOCK
    assert policy.defaults.uninspected == load(two, one).defaults.uninspected


def test_rule_ids_are_unique_over_files():
    rule = (HEAD + "rules:\n  - {id: A, title: {en: x}, when: {}, then: log}\n").encode()
    with pytest.raises(PolicyError) as caught:
        load(PolicyFile("a.yaml", rule), PolicyFile("b.yaml", rule))
    assert str(caught.value) == 'b.yaml:5:10: DUPLICATE_ID rule "A" is already defined at a.yaml:5'


def test_the_hash_is_of_the_bytes():
    one, two = (HEAD + "rules: []").encode(), (HEAD + "rules: [] # two").encode()
    assert load(PolicyFile("x", one), PolicyFile("y", two)).hash == sha256(one + two).hexdigest()[:12]


def test_an_unset_cause_blocks_but_for_what_no_rule_selects():
    policy = load(PolicyFile("p", (HEAD + "rules: []").encode()))
    assert {cause for cause, action in policy.defaults.uninspected.items() if action is Action.LOG} == {
        Cause.NOT_SELECTED,
        Cause.NAMES_SKIPPED,
        Cause.TYPE_MISMATCH,
        Cause.PASSTHROUGH,  # whoever runs the gate has listed the host, with a reason and an end
    }


def test_no_files_are_no_policy():
    with pytest.raises(PolicyError):
        load()


def test_suggestions():
    assert nearest("cn_resident", ENTITIES) == "CN_RESIDENT_ID"
    assert did_you_mean("zzz", ["b", "a"]) == "; expected one of a, b"
    assert did_you_mean("zzz", [f"word{i}" for i in range(40)]) == ""
    assert {Code.EXPIRED_EXCEPTION} == FAILURES


@settings(max_examples=150)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_policy_or_problems_with_a_place(text):
    for head in (b"", HEAD.encode()):
        for problem in problems_of(PolicyFile("p", head + text)):
            assert problem.line >= 1
            assert problem.col >= 1
            assert "\n" not in str(problem)


WORDS = st.sampled_from(["id", "A", "title", "en", "when", "then", "data", "redact", "block", "to", "hosts", "any"])
TREES = st.recursive(
    WORDS | st.integers() | st.booleans() | st.none() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(TREES)
def test_any_tree_gives_a_policy_or_problems(tree):
    assert all(p.code in set(Code) for p in problems_of(PolicyFile("p", f"{HEAD}rules: [{json.dumps(tree)}]".encode())))
