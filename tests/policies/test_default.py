from pathlib import Path

import pytest

from detectors.api import Finding
from proxy.cli.equipment import Equipment
from proxy.cli.policy import compile_policy
from proxy.core.message import Action, Cause, Direction, Kind, Message, Operator, Party, Uninspected
from proxy.policy.load import PolicyFile

FILE = Path(__file__).parents[2] / "policies" / "default.yaml"
ENTITIES = Equipment().entities()
POLICY = compile_policy([PolicyFile("default.yaml", FILE.read_bytes())])


def message(host="www.example.com", direction=Direction.EXPORT):
    sender, receiver = Party("mainland", "10.0.0.1"), Party("outside", host=host)
    return Message(Kind.REQUEST, direction, "POST", "https", host, 443, b"/", (), b"", sender, receiver)


def people(entity, number, detail=""):
    return [Finding(entity, ENTITIES[entity], 0.9, "body", 20 * i, 20 * i + 18, i, detail) for i in range(number)]


@pytest.mark.parametrize(
    ("findings", "action", "ids"),
    [
        ([], Action.LOG, []),
        (people("CN_RESIDENT_ID", 1), Action.REDACT, ["PI-0001"]),
        (people("CN_HMT_RESIDENCE_PERMIT", 1), Action.REDACT, ["PI-0001"]),
        (people("HK_ID", 99), Action.REDACT, ["PI-0002"]),
        (people("HK_ID", 100), Action.BLOCK, ["PI-0002", "PI-0005"]),
        (people("HK_ID", 60), Action.REDACT, ["PI-0002"]),
        (people("CN_PASSPORT", 1), Action.REDACT, ["PI-0003"]),
        (people("CN_HKMO_PERMIT", 1), Action.REDACT, ["PI-0003"]),
        (people("CN_HOME_RETURN_PERMIT", 60) + people("HK_PASSPORT", 60), Action.REDACT, ["PI-0003"]),
        (people("PAYMENT_CARD", 1), Action.REDACT, ["PI-0004"]),
        (people("CN_MOBILE", 9), Action.LOG, ["PI-0006"]),
        (people("CN_MOBILE", 10), Action.REDACT, ["PI-0006", "PI-0007"]),
        (people("HK_PHONE", 1), Action.LOG, ["PI-0006"]),
        (people("MO_PHONE", 1), Action.LOG, ["PI-0006"]),
        (people("EMAIL_ADDRESS", 50), Action.LOG, ["PI-0006", "PI-0008"]),
        (people("CN_USCC", 1), Action.LOG, ["ORG-0001"]),
        (people("MO_ID", 1), Action.REDACT, ["PI-0002"]),
        (people("CN_MILITARY_ID", 1), Action.REDACT, ["PI-0003"]),
        (people("HK_BANK_ACCOUNT", 1), Action.REDACT, ["PI-0004"]),
        (people("PERSON", 5000), Action.LOG, ["PI-0009"]),
        (people("CN_ADDRESS", 5000), Action.LOG, ["PI-0009"]),
        (people("CN_RESIDENT_ID", 1, "minor"), Action.REDACT, ["PI-0001", "PI-0010"]),
        (people("DATE_OF_BIRTH", 1, "minor"), Action.LOG, ["PI-0009", "PI-0010"]),
        (people("CARD_TRACK", 1, "cvv"), Action.BLOCK, ["PI-0011"]),
        (people("BIOMETRIC_TEMPLATE", 1), Action.BLOCK, ["PI-0012"]),
        (people("GENOMIC_DATA", 1, "vcf samples=3"), Action.BLOCK, ["PI-0013"]),
        (people("MEDICAL_RECORD_NO", 1), Action.REDACT, ["PI-0014"]),
        (people("HEALTH_RECORD", 1), Action.LOG, ["PI-0015"]),
        (people("IMPORTANT_DATA", 1, "ENERGY-0007 listed"), Action.BLOCK, ["ID-0001", "ID-0002"]),
        (people("IMPORTANT_DATA", 1, "ENERGY-0008 suspected"), Action.LOG, ["ID-0002"]),
        (people("GEODATA", 1, "suspected kml"), Action.LOG, ["ID-0002"]),
        (people("DATA_GRADE_LABEL", 1, "core"), Action.BLOCK, ["MARK-0001", "MARK-0003"]),
        (people("DATA_GRADE_LABEL", 1, "important"), Action.LOG, ["MARK-0003"]),
        (people("WORK_SECRET_MARK", 1), Action.BLOCK, ["MARK-0002"]),
        (people("CREDENTIAL", 1, "password"), Action.LOG, ["KEY-0003"]),
        (people("CREDENTIAL", 1, "private_key"), Action.BLOCK, ["KEY-0001", "KEY-0003"]),
        (people("CREDENTIAL", 1, "aws_access_key_id"), Action.BLOCK, ["KEY-0002", "KEY-0003"]),
        (people("CREDENTIAL", 1, "jwt"), Action.LOG, ["KEY-0003"]),
    ],
)
def test_what_leaves(findings, action, ids):
    decision = POLICY.decide(message(), findings, ())
    assert (decision.action, [match.id for match in decision.rules]) == (action, ids)
    assert all(operator is Operator.MASK for _, operator in decision.redactions)


def test_one_message_counts_all_kinds_of_documents():
    mixed = [*people("CN_RESIDENT_ID", 99), Finding("HK_ID", ENTITIES["HK_ID"], 0.9, "body", 9999, 10010, 500)]
    assert POLICY.decide(message(), mixed, ()).action is Action.BLOCK


def test_a_cloud_key_id_may_go_to_its_cloud():
    found = people("CREDENTIAL", 1, "alibaba_access_key_id")
    assert POLICY.decide(message("bucket.oss-cn-shenzhen.aliyuncs.com"), found, ()).action is Action.LOG
    assert POLICY.decide(message("aliyuncs.com.example.net"), found, ()).action is Action.BLOCK


def test_the_shadow_rule_only_tells():
    decision = POLICY.decide(message(), people("EMAIL_ADDRESS", 50), ())
    assert (decision.action, decision.shadow, decision.redactions) == (Action.LOG, Action.REDACT, ())


@pytest.mark.parametrize("cause", Cause)
def test_what_cannot_be_read(cause):
    passes = {Cause.DECODE_ERROR, Cause.UNSUPPORTED, Cause.NOT_SELECTED, Cause.NAMES_SKIPPED, Cause.TYPE_MISMATCH}
    passes.add(Cause.PASSTHROUGH)
    action = POLICY.decide(message(), (), [Uninspected("body", cause, 1)]).action
    assert action is (Action.LOG if cause in passes else Action.BLOCK)


def test_it_speaks_of_exports_only():
    assert not POLICY.wants(Direction.IMPORT, Kind.RESPONSE)
    imported = message(direction=Direction.IMPORT)
    assert POLICY.decide(imported, people("CN_RESIDENT_ID", 500), ()).action is Action.LOG


def test_every_entity_found_is_asked_for_and_every_title_is_in_three_scripts():
    weak = {"IP_ADDRESS", "ORGANIZATION"}  # never of band medium by themselves: not worth looking for in every message
    assert POLICY.entities == set(ENTITIES) - weak
    assert [info.id for info in POLICY.rules if len(set(info.title.values())) != 3] == []


def test_it_names_every_cause_a_policy_may_set():
    fixed = {Cause.REWRITE, Cause.ENGINE_ERROR, Cause.AUDIT}
    text = FILE.read_text("utf-8")
    assert [cause for cause in Cause if cause not in fixed and f"\n    {cause}: " not in text] == []
