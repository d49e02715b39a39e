"""The policies shipped, each against its own cases, by the code behind `egress policy check` and `test`."""

import re
from pathlib import Path

import pytest

from detectors.api import EntityClass
from proxy.cli.authoring.bench import Workbench
from proxy.cli.authoring.test import read_cases, run_tests
from proxy.cli.equipment import Equipment
from proxy.cli.policy import checked
from proxy.core.message import Action
from proxy.policy.fmt import formatted
from proxy.policy.load import PolicyFile
from proxy.policy.selection import SENSITIVE

FOLDER = Path(__file__).parents[2] / "policies"
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.yaml")) if not path.name.endswith(".test.yaml")}
PERSONAL = {
    EntityClass.GOVERNMENT_ID, EntityClass.CONTACT, EntityClass.FINANCIAL_ACCOUNT, EntityClass.HEALTH,
    EntityClass.BIOMETRIC, EntityClass.GENOMIC, EntityClass.LOCATION, EntityClass.ATTRIBUTE, EntityClass.VEHICLE,
    EntityClass.DEVICE,
}  # fmt: skip
PACKS = pytest.mark.parametrize("name", FILES)


class _OneScanner(Workbench):
    """All policies with the scanner of all entities: it finds no less, and is compiled once."""

    def scanner(self, entities):  # noqa: ARG002 - the signature of a workbench
        return super().scanner(None)


BENCH = _OneScanner(FOLDER)


def loaded(name):
    bench = BENCH.bench(FILES[name])
    return bench.policy, {voter.match.id: voter.rule for voter in bench.policy.voters if voter.rule is not None}


def test_the_packs_are_there():
    assert set(FILES) >= {
        "default", "shadow-first", "pipl-outbound", "gba-standard-contract", "pdpo", "finance", "health-genomics",
        "automotive", "credentials", "state-secrets",
    }  # fmt: skip


@PACKS
def test_check_has_nothing_to_say(name):
    assert [str(problem) for problem in checked(str(FILES[name])).problems] == []


@PACKS
def test_every_case_passes_and_every_rule_is_reached(name):
    (run,) = run_tests(FILES[name], BENCH)
    assert [(case.name, [failure.message for failure in case.failures]) for case in run.outcomes if case.failures] == []
    assert set(run.coverage.rules) == set(run.coverage.matched) & set(run.coverage.rules)


@PACKS
def test_every_rule_is_shown_to_hit_and_to_miss(name):
    cases = read_cases(FOLDER / f"{name}.test.yaml", BENCH).document.cases
    told = [set(case.expect.rules) for case in cases if case.expect.rules is not None]
    _, rules = loaded(name)
    assert [rule for rule in rules if not any(rule in names for names in told)] == []
    assert [rule for rule in rules if all(rule in names for names in told)] == []


@PACKS
def test_every_rule_says_who_why_and_what_in_three_scripts(name):
    policy, rules = loaded(name)
    text = FILES[name].read_text("utf-8")
    assert re.search(r"^metadata:.*(\n  .*)*owner: ", text, re.MULTILINE)
    assert [info.id for info in policy.rules if len(set(info.title.values())) != 3] == []
    assert [rule.id for rule in rules.values() if not rule.basis and rule.then.action is not Action.LOG] == []


@PACKS
def test_editors_find_the_schema(name):
    assert FILES[name].read_text("utf-8").startswith("# yaml-language-server: $schema=./schema.json\n")


def test_ids_are_unique_over_all_packs():
    ids = [rule for name in FILES for rule in loaded(name)[1]]
    assert sorted(ids) == sorted(set(ids))


def test_shadow_first_never_acts():
    policy, _ = loaded("shadow-first")
    acting = {info.id for info in policy.rules if info.mode == "enforce" and info.action is not Action.LOG}
    assert acting == {"LAW-STATE-SECRET", "UNINSPECTED-REWRITE", "UNINSPECTED-ENGINE_ERROR", "UNINSPECTED-AUDIT"}


def test_the_contract_knows_every_kind_of_personal_data():
    _, rules = loaded("gba-standard-contract")
    out = {*rules["GBASC-0003"].when.data.entities, *rules["GBASC-0005"].when.data.entities}
    annex = {"PERSON", "CN_MOBILE", "HK_PHONE", "HK_ID"}
    assert out | annex == {entity for entity, kind in Equipment().entities().items() if kind in PERSONAL}
    assert out.isdisjoint(annex)


def test_sensitive_data_needs_a_route():
    """PIPL-0002 is about all of it but positions, which PIPL-0006 makes coarse."""
    _, rules = loaded("pipl-outbound")
    kinds = set(rules["PIPL-0002"].when.data.classes)
    entities = Equipment().entities()
    assert {entity for entity in SENSITIVE if entities[entity] not in kinds} == {"GEO_COORDINATE"}


@PACKS
def test_they_are_written_in_the_one_form(name):
    for path in (FILES[name], FOLDER / f"{name}.test.yaml"):
        data = path.read_bytes()
        assert formatted(PolicyFile(path.name, data)) == data
