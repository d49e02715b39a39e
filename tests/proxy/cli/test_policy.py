from pathlib import Path

import pytest
from typer.testing import CliRunner

from proxy.cli.policy import app, open_policy, read_policy
from proxy.policy.errors import PolicyError
from proxy.policy.yamltree import MAX_BYTES

SHIPPED = Path(__file__).parents[3] / "policies"
BAD = sorted((Path(__file__).parents[2] / "policies" / "bad").glob("*.yaml"))
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\n"


def check(*paths, stdin=None):
    return CliRunner().invoke(app, ["check", *map(str, paths)], input=stdin, catch_exceptions=False)


def test_a_good_policy_says_nothing_on_stdout():
    result = check(SHIPPED / "default.yaml", SHIPPED)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "default.yaml: ok, policy default@" in result.stderr


# which zones there are is written in the configuration of a gate, which this command does not read
@pytest.mark.parametrize(
    "path", [path for path in BAD if b" UNKNOWN_ZONE " not in path.read_bytes()], ids=lambda path: path.stem
)
def test_a_broken_file_exits_2_with_its_line(path):
    place, code, words = path.read_bytes().split(b"\n")[0].decode().removeprefix("# expect: ").split(" ", 2)
    result = check(path)
    assert result.exit_code == (0 if code == "EXPIRED_EXCEPTION" else 2)
    (line,) = result.stdout.splitlines()
    assert line.startswith(f"{path}:{place} {code} ")
    assert words in line


def test_every_path_is_checked_even_after_a_broken_one(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("")
    result = check(bad, SHIPPED / "default.yaml", tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert result.stdout.splitlines() == [
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
    assert open_policy(tmp_path).name == "t+t"


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
    assert open_policy(str(policy)).name == "t"
    with pytest.raises(PolicyError, match="UNKNOWN_ZONE"):
        open_policy(policy, zones=["mainland"])
