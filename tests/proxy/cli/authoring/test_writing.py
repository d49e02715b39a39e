"""`egress policy new`, `fmt` and `rollback` as authors call them."""

# ruff: noqa: E501 - tables of cases read as rows
from __future__ import annotations

import pytest
from typer.testing import CliRunner

from detectors.api import Band
from detectors.registry import ENTITIES
from proxy.cli.authoring import app
from proxy.cli.authoring.bench import Workbench
from proxy.cli.authoring.samples import SAMPLES, values
from proxy.cli.policy import read_policy
from proxy.store.policies import PolicyStore, hash_of
from tests.detectors.sampling import SCANNER


def run(*words: object, stdin: str | None = None):
    return CliRunner().invoke(app, list(map(str, words)), input=stdin, catch_exceptions=False)


def ok(*words: object) -> str:
    done = run(*words)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def shop(tmp_path):
    ok("new", "policy", tmp_path / "shop.yaml")
    return tmp_path / "shop.yaml"


def test_a_new_policy_is_right_tested_and_in_form(shop, tmp_path):
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.test.yaml", "shop.yaml"]
    assert "1 of 1 cases passed; 1 of 1 rules reached" in ok("test", shop)
    assert ok("fmt", "--check", tmp_path) == ""
    assert run("check", shop).exit_code == 0


@pytest.mark.parametrize("entity", sorted(SAMPLES))
def test_there_is_an_example_of_every_entity(entity):
    assert values(SCANNER, entity, 1, Band.HIGH) or values(SCANNER, entity, 1, Band.MEDIUM)


def test_no_entity_is_without_example():
    assert set(SAMPLES) == set(ENTITIES)


def test_as_many_examples_as_asked_for():
    made = values(SCANNER, "CN_RESIDENT_ID", 120, Band.HIGH)
    assert len(set(made)) == 120


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--entity", "HK_ID", "--action", "block"], "{action: log, shadow: block, rules: [SHOP-0002], entities: [HK_ID]}"),
        (["--entity", "CREDENTIAL", "--mode", "enforce"], "{action: redact, rules: [SHOP-0002], entities: [CREDENTIAL]}"),
        (["--entity", "EMAIL_ADDRESS", "--action", "log", "--to", "*.example.org"], 'url: "https://www.example.org/"'),
        (["--id", "X.1", "--entity", "VIN", "--title", 'a "quoted" one: yes'], "X.1 at work"),
    ],
)  # fmt: skip
def test_a_new_rule_comes_with_a_case_that_passes(shop, more, expected):
    shop.write_text(shop.read_text().replace("rules:\n", "rules: # ours\n") + "\n# the end\n")
    ok("new", "rule", shop, *more)
    assert expected in shop.with_name("shop.test.yaml").read_text()
    assert "2 of 2 cases passed; 2 of 2 rules reached" in ok("test", shop)
    assert "# ours" in shop.read_text()
    assert "# the end" in shop.read_text()


def test_rules_are_numbered_on_and_go_into_the_list_wherever_it_is(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("apiVersion: egress/v1\nkind: Policy\nrules: []\nmetadata: {name: p, revision: 1}\n")
    for _ in range(2):
        ok("new", "rule", path)
    assert [rule.id for rule in Workbench(path).bench(path).policy.rules][-2:][0].startswith("UNINSPECTED")
    assert "RULE-0001" in path.read_text()
    assert "RULE-0002" in path.read_text()
    assert path.read_text().endswith("metadata: {name: p, revision: 1}\n")
    assert ok("fmt", "--check", tmp_path) == ""


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--entity", "HKID"], 'unknown entity "HKID"; did you mean HK_ID?'),
        (["--mode", "loud"], '"loud" is neither shadow nor enforce'),
        (["--id", "SHOP-0001"], "DUPLICATE_ID"),
        (["--id", "LAW-1"], "RESERVED_ID"),
        (["--to", "https://x"], "BAD_GLOB"),
    ],
)
def test_a_rule_that_would_be_wrong_is_not_written(shop, more, told):
    before = shop.read_text(), shop.with_name("shop.test.yaml").read_text()
    done = run("new", "rule", shop, *more)
    assert (done.exit_code, told in done.stderr) == (2, True), done.output
    assert (shop.read_text(), shop.with_name("shop.test.yaml").read_text()) == before


@pytest.mark.parametrize("name", ["shop.yaml", "shop.txt", "Shop.yaml", "no/such/folder.yaml"])
def test_a_new_policy_overwrites_nothing_and_needs_a_name(shop, tmp_path, name):
    done = run("new", "policy", tmp_path / name)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)


def test_fmt_changes_files_shows_and_checks(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("rules:\n- id: A # x\n")
    path.chmod(0o640)
    done = run("fmt", "--check", path)
    assert (done.exit_code, done.stdout, path.read_text()) == (1, f"{path}\n", "rules:\n- id: A # x\n")
    assert "+  - id: A # x" in ok("fmt", "--diff", path)
    assert ok("fmt", path) == f"{path}\n"
    assert path.read_text() == "rules:\n  - id: A # x\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert ok("fmt", path) == ""
    assert run("fmt", "-", stdin="rules:\n- a\n").stdout == "rules:\n  - a\n"


def test_what_holds_nothing_is_said_to_hold_nothing(tmp_path):
    done = run("fmt", tmp_path)
    assert (done.exit_code, "holds no NAME.yaml" in done.stderr) == (2, True)
    done = run("rollback", "--state-dir", tmp_path)
    assert (done.exit_code, done.stdout, "no policy is kept" in done.stderr) == (0, "", True)


def test_fmt_goes_on_after_a_broken_file(tmp_path):
    (tmp_path / "a.yaml").write_text("a: [")
    (tmp_path / "b.yaml").write_text("a:\n- b\n")
    done = run("fmt", tmp_path, tmp_path / "none")
    assert done.exit_code == 2
    assert "a.yaml:1:5: SYNTAX" in done.stderr
    done = run("fmt", tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "none.yaml")
    assert (done.exit_code, done.stdout) == (2, f"{tmp_path / 'b.yaml'}\n")
    assert (tmp_path / "b.yaml").read_text() == "a:\n  - b\n"


@pytest.fixture
def kept(shop, tmp_path):
    """A store with the policy as it was first; on disk is another."""
    store = PolicyStore(tmp_path / "state" / "policies")
    files = read_policy(shop)
    store.keep(hash_of(files), "shop", 1, files)
    first = shop.read_text()
    ok("new", "rule", shop, "--entity", "HK_ID")
    return hash_of(files), first, tmp_path / "state"


def test_rollback_puts_a_policy_back_and_can_be_undone(shop, kept):
    digest, first, state = kept
    second = shop.read_text()
    done = run("rollback", digest[:6], "--policy", shop, "--state-dir", state)
    assert (done.exit_code, shop.read_text()) == (0, first), done.output
    assert f"shop@{digest} (revision 1) again" in done.stderr
    listed = ok("rollback", "--policy", shop, "--state-dir", state).splitlines()
    assert [line.endswith("(on disk)") for line in listed] == [False, True]
    ok("rollback", listed[0].split()[0], "--policy", shop, "--state-dir", state)
    assert shop.read_text() == second


def test_rollback_of_what_nobody_knows_or_somebody_changed(shop, kept):
    digest, _, state = kept
    before = shop.read_text()
    done = run("rollback", "0123456789ab", "--policy", shop, "--state-dir", state)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert f"there are: {digest}" in done.stderr
    place = state / "policies" / f"{digest}.policy.json"
    place.write_text(place.read_text().replace("masked", "open"))
    done = run("rollback", digest, "--policy", shop, "--state-dir", state)
    assert (done.exit_code, done.stderr.count("\n")) == (3, 1)
    assert shop.read_text() == before


def test_rollback_of_a_folder_names_what_is_not_part_of_it(shop, tmp_path):
    folder = tmp_path / "f"
    folder.mkdir()
    shop.rename(folder / "shop.yaml")
    store = PolicyStore(tmp_path / "state" / "policies")
    files = read_policy(folder)
    store.keep(hash_of(files), "shop", 1, files)
    ok("new", "policy", folder / "more.yaml")
    done = run("rollback", hash_of(files), "--policy", folder, "--state-dir", tmp_path / "state")
    assert done.exit_code == 0
    assert "more.yaml: not part of that policy" in done.stderr
