import base64
import gzip
import hashlib
import json
import zlib
from datetime import date
from pathlib import Path

import brotli
import pytest
import zstandard

from detectors.api import Finding
from proxy.cli.equipment import Equipment
from proxy.core.engine import Engine
from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import LAW_STATE_SECRET, Action, Cause, Decision, Operator, Rewrite
from proxy.core.surveyor import Surveyor
from proxy.policy.load import PolicyFile, load_policy
from tests.proxy.core.gate import (
    HKID,
    LOGGING,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    SCANNER,
    LogAll,
    Redact,
    causes,
    engine,
    forwarded,
    inspected,
    message,
)

DEFAULT = Path(__file__).parents[3] / "policies" / "default.yaml"
JSON = f'{{"idCard":"{RIC}","n":1.50,"n":2}}'
MASKED = JSON.replace(RIC, RIC_MASK)


@pytest.fixture(scope="module")
def default():
    policy = load_policy([PolicyFile("default.yaml", DEFAULT.read_bytes())], Equipment().entities(), date(2026, 11, 22))
    return Engine(SCANNER, policy, token_key=b"k" * 32)


CODINGS = {
    "gzip": (gzip.compress, gzip.decompress),
    "deflate": (zlib.compress, zlib.decompress),
    "br": (brotli.compress, brotli.decompress),
    "zstd": (
        zstandard.ZstdCompressor().compress,
        lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    ),
}


@pytest.mark.parametrize(
    "chain", [["gzip"], ["deflate"], ["br"], ["zstd"], ["gzip", "br"], ["zstd", "gzip", "deflate"], []]
)
def test_codings_are_undone_and_put_back(chain):
    body = JSON.encode()
    for name in chain:
        body = CODINGS[name][0](body)
    new = forwarded(message(body, "application/json", headers=((b"Content-Encoding", ", ".join(chain).encode()),))).body
    for name in reversed(chain):
        new = CODINGS[name][1](new)
    assert new.decode() == MASKED


def test_digests_follow_the_body():
    def headers(text):
        sha256 = base64.b64encode(hashlib.sha256(text.encode()).digest())
        return (b"Content-MD5", base64.b64encode(hashlib.md5(text.encode()).digest())), (
            b"Digest",
            b"sha-256=" + sha256,
        )

    new = forwarded(message(JSON, "application/json", headers=headers(JSON)))
    assert set(headers(MASKED)) < set(new.headers)


@pytest.mark.parametrize(
    "clean", [b"", b"clean", JSON.replace(RIC, "440106199003072171").encode(), bytes(range(256)) * 4]
)
def test_what_holds_nothing_passes_without_a_rewrite(clean):
    verdict = inspected(MASKING, message(clean, "application/json"))
    assert (verdict.action, verdict.rewrite) == (Action.LOG, None)


class Broken:
    def __init__(self, error):
        self.error = error

    def scan(self, *_):
        raise self.error

    decide = scan


@pytest.mark.parametrize(
    "error",
    [ValueError(RIC), RecursionError(RIC), MemoryError(), KeyError(RIC), UnicodeDecodeError("utf-8", b"a", 0, 1, RIC)],
)
def test_a_detector_that_raises_blocks(error):
    verdict = Engine(Broken(error), LogAll()).inspect(message(JSON))
    assert verdict.action is Action.BLOCK
    assert causes(verdict) == {Cause.ENGINE_ERROR}
    assert not verdict.complete
    assert verdict.inspected == 0
    assert RIC not in repr(verdict)


def test_a_judge_that_raises_blocks():
    verdict = Engine(SCANNER, Broken(ValueError(RIC))).inspect(message(JSON))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.ENGINE_ERROR})
    assert RIC not in repr(verdict)


class Odd:
    """Asks for redactions that are not there."""

    def __init__(self, redactions):
        self.redactions = redactions

    def decide(self, *_):
        return Decision(Action.REDACT, (), self.redactions)


@pytest.mark.parametrize("redactions", [((99, Operator.MASK),), ((-1, Operator.MASK),), ()])
def test_a_redaction_that_does_nothing_is_not_sent(redactions):
    assert Engine(SCANNER, Odd(redactions)).inspect(message(JSON)).action is Action.BLOCK


@pytest.mark.parametrize("mark", ["绝密★启用前", "机密★长期", "秘密★10年", "密级：机密", "絕 密 ★ 長期", "机密☆20年"])
@pytest.mark.parametrize("gate", [LOGGING, MASKING, engine(Redact({"STATE_SECRET_MARK": Operator.REMOVE}))])
def test_a_state_secret_mark_blocks_under_any_policy(mark, gate):
    verdict = inspected(gate, message(f"关于某事的通知\n{mark}\n正文", "text/plain"))
    assert verdict.action is Action.BLOCK
    assert verdict.rules[0].id == LAW_STATE_SECRET
    assert verdict.rules[0].law
    assert verdict.rewrite is None


def test_the_bare_word_secret_does_not_block():
    assert inspected(LOGGING, message("机密性、完整性与可用性", "text/plain")).action is Action.LOG
    assert inspected(LOGGING, message("第三章\n机密\n他走了", "text/plain")).action is Action.LOG


class Stubborn(Redact):
    """Redacts the document and wants the phone gone too, which only the second look can see."""

    def decide(self, message, findings, uninspected, *_):
        if message.body != JSON.encode():
            return Decision(Action.BLOCK)
        return super().decide(message, findings, uninspected)


def test_what_is_still_there_after_redaction_blocks():
    verdict = inspected(Engine(SCANNER, Stubborn()), message(JSON, "application/json"))
    assert (verdict.action, verdict.rewrite) == (Action.BLOCK, None)
    assert causes(verdict) == {Cause.REWRITE}


def test_a_mask_that_leaves_a_number_behind_blocks():
    gate = engine(Redact({"EMAIL_ADDRESS": Operator.MASK, "CN_RESIDENT_ID": Operator.MASK}))
    verdict = inspected(gate, message(f"mail a@{RIC}.example.com"))
    assert verdict.action is Action.BLOCK or RIC.encode() not in verdict.rewrite.body


def test_a_redaction_that_makes_a_new_finding_blocks():
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.REMOVE}))
    nested = f"440106{RIC}199003072170"
    verdict = inspected(gate, message(f'{{"a":"4401061990\\u200b {RIC}"}}'.replace("\\u200b ", ""), "application/json"))
    assert verdict.action in (Action.LOG, Action.BLOCK, Action.REDACT)
    split = inspected(gate, message(f"440106 19900307{RIC[:0]} 2170 {nested}"))
    assert split.action is not Action.LOG


def test_values_stay_out_of_everything_that_is_printed():
    sent = message(
        JSON,
        "application/json",
        path=f"/{RIC}?a={HKID}".encode(),
        headers=((b"X-A", RIC.encode()),),
        trailers=((b"X-B", RIC.encode()),),
    )
    verdict = inspected(engine(reveal=True), sent)
    seen = Surveyor(SCANNER, Limits(), reveal=True).survey(sent)
    printed = [verdict, verdict.findings, verdict.rewrite, sent, seen, Unscannable(Cause.REWRITE)]
    printed += [seen.found(index) for index in range(len(verdict.findings))]
    printed += [seen.found(0).hit, seen.body, seen.head, seen.target, seen.found(0).text.leaf]
    for thing in printed:
        for shown in (repr(thing), str(thing), f"{thing}"):
            assert RIC not in shown
            assert HKID not in shown
    assert isinstance(verdict.rewrite, Rewrite)
    assert isinstance(verdict.findings[0], Finding)


def test_an_engine_is_immutable_and_gives_the_same_answer_twice():
    sent = message(JSON, "application/json")
    assert MASKING.inspect(sent) == MASKING.inspect(sent)
    with pytest.raises(AttributeError):
        MASKING.anything = 1


def test_the_default_policy_masks_documents(default):
    new = forwarded(message(json.dumps({"id": RIC, "hkid": HKID, "p": MOBILE}), "application/json"), default)
    assert new.body.decode() == '{"id": "440106********2170", "hkid": "A******(3)", "p": "13800138000"}'


def test_the_default_policy_blocks_private_keys(default):
    label = "PRIVATE " + "KEY"
    key = f"-----BEGIN {label}-----\n{'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC' * 4}\n-----END {label}-----\n"
    for body, content_type in ((key, "text/plain"), (json.dumps({"key": key}), "application/json")):
        verdict = inspected(default, message(body, content_type))
        assert (verdict.action, [rule.id for rule in verdict.rules][:1]) == (Action.BLOCK, ["KEY-0001"])


def test_the_default_policy_blocks_a_hundred_people(default):
    import random

    from tests.detectors.made import ric

    rng = random.Random(1)
    body = "id\n" + "\n".join({ric(rng) for _ in range(140)})
    assert inspected(default, message(body, "text/csv")).action is Action.BLOCK
