import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from proxy.cli.equipment import Equipment
from proxy.cli.policy import app, compile_policy, read_policy
from proxy.policy.codes import document
from proxy.policy.errors import WARNINGS, Code, PolicyError
from proxy.policy.schema import schema_text
from proxy.policy.yamltree import MAX_BYTES

SHIPPED = Path(__file__).parents[3] / "policies"
BAD = sorted((Path(__file__).parents[2] / "policies" / "bad").glob("*.yaml"))
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\n"


def _counts(line):
    return Code(line.split(" ")[1]) not in WARNINGS


def check(*paths, stdin=None):
    return CliRunner().invoke(app, ["check", *map(str, paths)], input=stdin, catch_exceptions=False)


def test_a_good_policy_has_no_mistakes(tmp_path):
    result = check(SHIPPED / "default.yaml")
    assert result.exit_code == 0
    assert "default.yaml: ok, policy default@" in result.stderr
    quiet = tmp_path / "p.yaml"
    quiet.write_text(HEAD.replace("revision: 1", "revision: 1, owner: me") + "rules: []\n")
    assert check(quiet).stdout == ""


# which zones there are is written in the configuration of a gate, which this command does not read
@pytest.mark.parametrize(
    "path", [path for path in BAD if b" UNKNOWN_ZONE " not in path.read_bytes()], ids=lambda path: path.stem
)
def test_a_broken_file_exits_2_with_its_line(path):
    place, code, words = path.read_bytes().split(b"\n")[0].decode().removeprefix("# expect: ").split(" ", 2)
    result = check(path)
    assert result.exit_code == (0 if Code(code) in WARNINGS else 2)
    assert "Traceback" not in result.output
    (line,) = (line for line in result.stdout.splitlines() if line.split(" ")[1] == code or _counts(line))
    assert line.startswith(f"{path}:{place} {code} ")
    assert words in line


def test_every_path_is_checked_even_after_a_broken_one(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("")
    result = check(bad, SHIPPED / "default.yaml", tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert [line for line in result.stdout.splitlines() if _counts(line)] == [
        f"{bad}:1:1: EMPTY the file is empty; begin with apiVersion: egress/v1",
        f"{tmp_path / 'none.yaml'}:1:1: UNREADABLE No such file or directory; name a policy file or folder",
    ]
    assert result.stderr.startswith(f"{SHIPPED / 'default.yaml'}: ok")


def test_standard_input_is_a_policy():
    assert check("-", stdin=HEAD + "rules: []\n").exit_code == 0
    assert check("-", stdin="rules: [").stdout.startswith("-:1:9: SYNTAX the file ends in the middle")


def test_a_folder_is_one_policy_of_its_yaml_files(tmp_path):
    rule = "rules:\n  - {id: A, title: {en: x}, when: {}, then: log}\n"
    (tmp_path / "b.yaml").write_text(HEAD + rule)
    (tmp_path / "a.yaml").write_text(HEAD + "rules: []\n")
    for ignored in ("a.test.yaml", ".hidden.yaml", "notes.txt"):
        (tmp_path / ignored).write_text("not a policy: [")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.yaml").write_text("[")
    assert [Path(file.path).name for file in read_policy(tmp_path)] == ["a.yaml", "b.yaml"]
    assert compile_policy(read_policy(tmp_path)).name == "t+t"


def test_a_folder_without_policies_is_told(tmp_path):
    assert check(tmp_path).stdout == f"{tmp_path}:1:1: UNREADABLE this folder holds no policy; put a NAME.yaml there\n"


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path):
    (tmp_path / "x.yaml").mkdir()
    assert check(tmp_path).stdout.startswith(f"{tmp_path / 'x.yaml'}:1:1: UNREADABLE Is a directory")


def test_no_more_is_read_than_a_policy_may_hold(tmp_path):
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * (3 * MAX_BYTES))
    (file,) = read_policy(huge)
    assert len(file.text) == MAX_BYTES + 1
    assert check(huge).stdout == f"{huge}:1:1: TOO_LARGE a policy file holds at most {MAX_BYTES} bytes\n"


def test_zones_of_the_configuration_are_checked_where_they_are_known(tmp_path):
    policy = tmp_path / "p.yaml"
    policy.write_text(HEAD + "rules:\n  - {id: A, title: {en: x}, when: {to: {zones: [moon]}}, then: log}\n")
    assert compile_policy(read_policy(str(policy))).name == "t"
    with pytest.raises(PolicyError, match="UNKNOWN_ZONE"):
        compile_policy(read_policy(policy), zones=["mainland"])


FORMS = ["text", "json", "sarif", "github", "junit"]


def in_form(form, *paths):
    result = CliRunner().invoke(app, ["check", "--format", form, *map(str, paths)], catch_exceptions=False)
    return result.exit_code, result.stdout


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "a,b%.yaml"
    path.write_text(HEAD + "rules: []\nx<y: 1\nmetadat: {}\n")
    return path


def test_json_and_sarif_hold_every_mistake(broken):
    code, text = in_form("json", broken, SHIPPED / "default.yaml")
    first, second = json.loads(text)
    assert (code, first["passed"], first["policy"], second["passed"]) == (2, False, None, True)
    assert [(p["line"], p["col"], p["code"], p["level"]) for p in first["problems"]] == [
        (5, 1, "UNKNOWN_KEY", "error"),
        (6, 1, "UNKNOWN_KEY", "error"),
    ]
    run = json.loads(in_form("sarif", broken)[1])["runs"][0]
    assert [result["locations"][0]["physicalLocation"]["region"] for result in run["results"]] == [
        {"startLine": 5, "startColumn": 1},
        {"startLine": 6, "startColumn": 1},
    ]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["UNKNOWN_KEY"]


def test_github_and_junit_escape_what_means_something_to_them(broken):
    _, text = in_form("github", broken)
    first = text.splitlines()[0]
    assert first.startswith("::error file=")
    assert "a%2Cb%25.yaml,line=5,col=1,title=UNKNOWN_KEY::" in first
    suite = ET.fromstring(in_form("junit", broken)[1].encode())
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert 'unknown key "x<y"' in suite.find("testcase/failure").text


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_say_that_all_is_well(form, tmp_path):
    good = tmp_path / "p.yaml"
    good.write_text(HEAD.replace("revision: 1", "revision: 1, owner: me") + "rules: []\n")
    assert in_form(form, good)[0] == 0


def test_tests_beside_a_policy_are_seen(tmp_path):
    rule = "  - {{id: {}, title: {{en: x}}, owner: me, when: {{methods: [GET]}}, then: log}}\n"
    (tmp_path / "p.yaml").write_text(f"{HEAD}rules:\n{rule.format('A')}{rule.format('B')}")
    (tmp_path / "p.test.yaml").write_text("cases:\n  - {name: x, expect: {rules: [A]}}\n")
    assert [line.split(": ", 1)[1] for line in check(tmp_path / "p.yaml").stdout.splitlines()] == [
        "NO_TEST no test names B"
    ]


def library(folder, name, text="", include=""):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(f"apiVersion: egress/v1\nkind: Library\n{include}{text}")


def test_what_is_included_is_read_and_hashed(tmp_path):
    main = tmp_path / "p.yaml"
    main.write_text(
        HEAD + "include: [lists/hosts.yaml]\n"
        "rules: [{id: A, title: {en: x}, when: {use: uploads, to: {hosts: [$partners]}}, then: log}]\n"
    )
    library(tmp_path, "lists/hosts.yaml", "lists: {partners: [a.example]}\n", "include: [more.yaml]\n")
    library(tmp_path, "lists/more.yaml", "conditions: {uploads: {methods: [PUT]}}\n")
    assert [Path(file.path).name for file in read_policy(main)] == ["p.yaml", "hosts.yaml", "more.yaml"]
    before = compile_policy(read_policy(main)).hash
    library(tmp_path, "lists/more.yaml", "conditions: {uploads: {methods: [POST]}}\n")
    assert compile_policy(read_policy(main)).hash != before


def test_a_mistake_in_an_included_file_is_told_there(tmp_path):
    (tmp_path / "p.yaml").write_text(
        HEAD + "include: [l.yaml]\nrules: [{id: A, title: {en: x}, when: {to: {hosts: $h}}, then: log}]\n"
    )
    library(tmp_path, "l.yaml", 'lists: {h: [ok.example, "https://x"]}\n')
    (line,) = check(tmp_path / "p.yaml").stdout.splitlines()
    assert line.startswith(f"{tmp_path / 'l.yaml'}:3:25: BAD_GLOB ")


def test_nothing_outside_the_folder_is_read(tmp_path):
    library(tmp_path, "secret.yaml", "lists: {h: [x]}\n")
    inner = tmp_path / "policies"
    inner.mkdir()
    (inner / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    for path in ("../secret.yaml", "link.yaml", "sub/../../secret.yaml"):
        (inner / "p.yaml").write_text(HEAD + f"include: [{path}]\nrules: []\n")
        assert len(read_policy(inner / "p.yaml")) == 1
        assert " BAD_INCLUDE " in check(inner / "p.yaml").stdout


def test_a_circle_of_files_is_named(tmp_path):
    (tmp_path / "p.yaml").write_text(HEAD + "include: [a.yaml]\nrules: []\n")
    library(tmp_path, "a.yaml", include="include: [b.yaml]\n")
    library(tmp_path, "b.yaml", include="include: [a.yaml]\n")
    lines = check(tmp_path / "p.yaml").stdout.splitlines()
    assert any("CIRCULAR a circle: " in line and line.count("a.yaml") >= 2 for line in lines)


def test_the_checked_in_schema_and_pages_are_current():
    assert (SHIPPED / "schema.json").read_text("utf-8") == schema_text(Equipment().entities()), "egress policy schema"
    assert (SHIPPED / "codes.md").read_text("utf-8") == document(), "egress policy codes"


def test_a_page_is_printed_by_its_code():
    result = CliRunner().invoke(app, ["codes", "shadowed"])
    assert result.stdout.startswith("## SHADOWED\n")
    unknown = CliRunner().invoke(app, ["codes", "SHADOWD"])
    assert (unknown.exit_code, unknown.stderr) == (2, 'unknown code "SHADOWD"; did you mean SHADOWED?\n')
