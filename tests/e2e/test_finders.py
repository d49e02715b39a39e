"""What patterns cannot find, through the real gate: names by models, registered documents, Presidio's recognizers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.detectors import texts
from tests.e2e.rig import egress

pytestmark = pytest.mark.xdist_group("e2e")

POLICY = """
apiVersion: egress/v1
kind: Policy
metadata: {name: finders, revision: 1}
defaults: {uninspected: {names_skipped: log}}
rules:
  - id: N-1
    title: {en: Names leave masked}
    when: {data: {entities: [PERSON]}}
    then: {redact: {with: mask}}
  - id: N-2
    title: {en: Singapore IDs do not leave}
    when: {data: {entities: [SG_NRIC_FIN], band: high}}
    then: block
  - id: N-3
    title: {en: Registered data does not leave}
    when: {data: {entities: [IMPORTANT_DATA], details: [listed]}}
    then: block
"""
REGISTER = """
apiVersion: egress/v1
kind: ImportantData
metadata: {name: test, revision: 1}
key: catalogue.key
entries:
  - id: GRID-0001
    sector: energy
    department: Example Energy Bureau
    published: 2026-01-01
    description: a document
    status: listed
    grade: important
    matchers: [{files: {set: grid.fps}}]
"""
REGISTERED, OTHER = texts.GRID, texts.GRID_ELSEWHERE
SENTENCE = "昨天下午王建国和李晓华在会议上讨论了合作的事情，大家都很满意。"


@pytest.fixture(scope="module")
def finding(start_gate, authority, tmp_path_factory):
    """A gate whose policy asks for names, for one of Presidio's entities and for registered documents."""
    home = tmp_path_factory.mktemp("finders")
    (home / "policy.yaml").write_text(POLICY)
    registers = home / "registers"
    registers.mkdir()
    (home / "document.txt").write_text(REGISTERED)
    built = egress(
        "catalogue", "build", str(home / "document.txt"), "--kind", "document", "--out", str(registers / "grid.fps")
    )
    assert built.returncode == 0, built.stderr
    (registers / "important-data.yaml").write_text(REGISTER)
    (home / "config.yaml").write_text("recognizers: [SG_NRIC_FIN]\n")
    return start_gate(
        *("--policy", str(home / "policy.yaml"), "--config", str(home / "config.yaml")),
        *("--upstream-ca", str(authority.path)),
    )


def test_names_in_running_text_leave_masked_and_the_rest_as_it_was(finding, secure):
    reply = finding.curl(f"{secure.url}/note", "-H", "Content-Type: text/plain", data=SENTENCE.encode())
    assert reply.status == 200
    seen = secure.take().body.decode()
    assert seen == SENTENCE.replace("王建国", "王**").replace("李晓华", "李**")
    event = finding.audit()[-1]
    assert [(each["entity"], each["count"]) for each in event["findings"]] == [("PERSON", 2)]
    assert "names" not in event["inspection"]


def test_a_registered_document_is_known_by_a_pasted_half_and_another_on_its_topic_is_not(finding, secure):
    half = REGISTERED[: len(REGISTERED) // 2].replace("。", "。\n")
    reply = finding.curl(f"{secure.url}/mail", "-H", "Content-Type: text/plain", data=half.encode())
    assert reply.status == 403
    assert json.loads(reply.body)["rules"] == ["N-3"]
    found = finding.audit()[-1]["findings"]
    assert any(each.get("detail") == "GRID-0001 listed" for each in found)
    reply = finding.curl(f"{secure.url}/mail", "-H", "Content-Type: text/plain", data=OTHER.encode())
    assert reply.status == 200


def test_a_recognizer_of_presidio_works_behind_the_policy(finding, secure):
    body = json.dumps({"nric": "S1234567D"}).encode()
    reply = finding.curl(f"{secure.url}/sg", "-H", "Content-Type: application/json", data=body)
    assert reply.status == 403
    assert json.loads(reply.body)["rules"] == ["N-2"]
    body = json.dumps({"nric": "S12345"}).encode()
    assert finding.curl(f"{secure.url}/sg", "-H", "Content-Type: application/json", data=body).status == 200


def test_what_is_too_long_for_the_models_says_so(finding, secure):
    body = (SENTENCE * 1200).encode()
    assert finding.curl(f"{secure.url}/long", "-H", "Content-Type: text/plain", data=body).status == 200
    event = finding.audit()[-1]
    assert event["inspection"]["names"] == "skipped"
    assert event["inspection"]["causes"] == ["names_skipped"]


def test_a_register_with_mistakes_keeps_the_gate_from_starting(tmp_path: Path):
    (tmp_path / "policy.yaml").write_text(POLICY.replace("SG_NRIC_FIN", "HK_ID"))
    (tmp_path / "registers").mkdir()
    (tmp_path / "registers/important-data.yaml").write_text(REGISTER)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("egress")), "run", "--policy", str(tmp_path / "policy.yaml")],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "important-data.yaml:5:" in done.stderr
    assert "Traceback" not in done.stderr
