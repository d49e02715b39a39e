from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from detectors.api import EntityClass, Finding
from proxy.core.message import Cause, Direction, Kind, Message, Operator, Party, Uninspected
from proxy.policy.decide import LEFT
from proxy.policy.errors import PolicyError
from proxy.policy.load import PolicyFile, load_policy
from proxy.policy.weaken import weakenings

CLASSES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
    "STATE_SECRET_MARK": EntityClass.MARKING,
}
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\n"
TODAY = date(2026, 6, 15)


def policy(*rules, top=""):
    """Of rules as (id, when, then, further keys)."""
    lines = [
        f"- {{id: {n}, title: {{en: x}}, when: {w}, then: {t}{', ' + m[0] if m else ''}}}" for n, w, t, *m in rules
    ]
    text = "\n".join([HEAD + top, "rules:" if lines else "rules: []", *lines])
    return load_policy([PolicyFile("p.yaml", text.encode())], CLASSES, TODAY)


def one(when="{data: {}}", then="block", more="mode: enforce", top=""):
    return policy(("A", when, then, more), top=top)


def exception(hosts="[a.example]", expires="2026-12-31"):
    return f"exceptions: [{{match: {{to: {{hosts: {hosts}}}}}, reason: r, approver: dpo, expires: {expires}}}]"


HOSTS = '{to: {hosts: ["*.a.example", b.example]}, data: {}}'
UNREAD = "defaults: {uninspected: {%s: %s}}\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (one(), policy(), "A: the rule is removed"),
        (one(), one(more="mode: shadow"), "A: mode was enforce, is shadow"),
        (one(), one(more="mode: off"), "A: mode was enforce, is off"),
        (one(), one(top="mode: shadow\n"), "A: mode was enforce, is shadow"),
        (one(), one(then="{redact: {with: remove}}"), "A: action was block, is redact"),
        (one(then="{redact: {with: remove}}"), one(then="log"), "A: action was redact, is log"),
        (one(then="{redact: {with: remove}}"), one(then="{redact: {with: mask}}"), "A: redacts with mask, was remove"),
        (
            one(then="{redact: {with: remove}}"),
            one(then="{redact: {with: remove, entities: {HK_ID: mask}}}"),
            "A: redacts for HK_ID with mask, was remove",
        ),
        (
            one(then="{redact: {}}", top="defaults: {redact: {HK_ID: remove}}\n"),
            one(then="{redact: {}}"),
            "A: redacts for HK_ID with mask, was remove",
        ),
        (one("{direction: any, data: {}}"), one(), "A: is no longer about direction import, internal"),
        (one(HOSTS), one('{to: {hosts: ["*.a.example"]}, data: {}}'),
         "A: may match less: when.to.hosts was *.a.example, b.example, is *.a.example"),
        (one("{data: {}}"), one("{methods: [POST], data: {}}"), "A: may match less: when.methods is new: POST"),
        (one("{data: {}}"), one("{data: {entities: [HK_ID]}}"),
         "A: may match less: when.data was (all entities, band medium), is (HK_ID, band medium)"),
        (one(), one(more=exception()), "A: an exception is new or wider: to.hosts a.example, approved by dpo"),
        (one(more=exception()), one(more=exception("[a.example, b.example]")),
         "A: an exception is new or wider: to.hosts a.example, b.example, approved by dpo"),
        (one(more=exception()), one(more=exception(expires="2027-01-01")),
         "A: an exception lasts until 2027-01-01, was 2026-12-31"),
        (one(top="defaults: {action: block}\n"), one(), "DEFAULT: defaults.action was block, is log"),
        (one(top=UNREAD % ("encrypted", "block")), one(top=UNREAD % ("encrypted", "log")),
         "UNINSPECTED-ENCRYPTED: defaults.uninspected.encrypted was block, is log"),
        (policy(top="defaults: {action: block}\n"), one(then="log", top="defaults: {action: block}\n"),
         "A: lets pass (log) what the default blocked"),
        (one("{all: [{data: {entities: [HK_ID]}}, {data: {entities: [CN_MOBILE]}}]}", "{redact: {with: mask}}"),
         one("{data: {entities: [HK_ID]}}", "{redact: {with: mask}}"),
         "A: may redact less: when.data no longer finds all it found"),
    ],
)  # fmt: skip
def test_what_is_weaker_is_named(old, new, said):
    assert [str(each) for each in weakenings(old, new)] == [said]
    assert weakenings(old, old) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (policy(), one()),
        (one(then="log"), one(then="{redact: {with: mask}}")),
        (one(then="{redact: {with: mask}}"), one()),
        (one(more="mode: shadow"), policy()),
        (one('{to: {hosts: ["*.a.example"]}, data: {}}'), one(HOSTS)),
        (one('{to: {hosts: ["*.a.example", "!x.a.example"]}, data: {}}'), one(HOSTS)),
        (one('{to: {hosts: [www.a.example]}, data: {}}'), one('{to: {hosts: ["*.a.example"]}, data: {}}')),
        (one("{to: {cidr: [10.1.0.0/16]}, data: {}}"), one("{to: {cidr: [10.0.0.0/8, 2001:db8::/32]}, data: {}}")),
        (one("{data: {entities: [HK_ID], band: high, count: {at_least: 9}}}"),
         one("{data: {classes: [government_id]}}")),
        (one("{size: {bytes: {at_least: 10 MB}}}"), one("{size: {bytes: {at_least: 9 MB}}}")),
        (one("{data: {entities: [HK_ID]}}"), one("{any: [{data: {entities: [HK_ID]}}, {uninspected: {}}]}")),
        (one("{not: {to: {hosts: [a.example, b.example]}}}"), one("{not: {to: {hosts: [a.example]}}}")),
        (one(more=exception("[a.example, b.example]")), one(more=exception())),
        (one(more=exception()), one()),
        (one(more=exception()), one(more=exception(expires="2026-12-01"))),
        (one(then="log", top="defaults: {action: block}\n"), policy(top="defaults: {action: block}\n")),
        (one(then="{redact: {with: mask}}"), one(then="{redact: {with: mask, entities: {HK_ID: remove}}}")),
    ],
)  # fmt: skip
def test_what_is_stricter_is_free(old, new):
    assert weakenings(old, new) == ()


DATA = ["{}", "{entities: [HK_ID], band: low}", "{entities: [HK_ID, CN_MOBILE]}", "{classes: [government_id]}",
        "{count: {at_least: 2}}", "{distinct: {at_least: 2}}", "{subjects: {at_least: 2}}",
        "{within_record: {at_least: 2}}", "{within_record: {at_least: 2, of: [HK_ID, CN_MOBILE]}}"]  # fmt: skip
LEAVES = [*(f"{{data: {data}}}" for data in DATA), "{methods: [PUT]}", "{methods: [PUT, GET]}", "{uninspected: {}}",
          '{to: {hosts: ["*.example", "!a.example"]}}', "{to: {hosts: [a.example]}}", "{kind: request}"]  # fmt: skip
WHEN = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds("{{any: [{}, {}]}}".format, inner, inner),
        st.builds("{{all: [{}, {}]}}".format, inner, inner),
        st.builds("{{not: {}}}".format, inner),
    ),
    max_leaves=3,
)
THEN = st.sampled_from(["log", "block", *(f"{{redact: {{with: {operator}}}}}" for operator in Operator)])
MORE = st.sampled_from(["rev: 1", "rev: 1", "mode: shadow", exception(), exception('["*.example"]')])
RULE = st.tuples(WHEN, THEN, MORE).filter(lambda rule: "redact" not in rule[1] or "data" in rule[0])
RULES = st.dictionaries(st.sampled_from("AB"), RULE, max_size=2)
TOP = st.sampled_from(["", "", "defaults: {action: block}\n", UNREAD % ("timeout", "log")])
FINDING = st.builds(
    lambda entity, score, subject, line: Finding(entity, CLASSES[entity], score, f"body/{line}", 9, 10, subject),
    st.sampled_from(["CN_RESIDENT_ID", "HK_ID", "CN_MOBILE"]),
    st.sampled_from([0.2, 0.9]),
    st.integers(0, 2),
    st.integers(0, 1),
)
REQUEST = Message(
    Kind.REQUEST, Direction.EXPORT, "PUT", "https", "a.example", 443, b"/", (), b"", Party("mainland"), Party("outside")
)
MESSAGE = st.builds(
    lambda host, **told: replace(REQUEST, host=host, receiver=Party("outside", host=host), **told),
    st.sampled_from(["a.example", "b.example", "else.where"]),
    kind=st.sampled_from(Kind),
    method=st.sampled_from(["PUT", "GET"]),
    direction=st.sampled_from(Direction),
)
CHANGE = st.tuples(RULES, TOP)


@settings(max_examples=400)
@given(st.data(), CHANGE)
def test_where_nothing_is_named_no_message_is_treated_less_strictly(data, written):
    def made(rules, top):
        try:
            return policy(*((name, *rule) for name, rule in sorted(rules.items())), top=top)
        except PolicyError:  # it redacts, and there may be nothing to redact
            reject()

    changed = data.draw(st.one_of(CHANGE, st.just((written[0] | data.draw(RULES), written[1]))))
    old, new = made(*written), made(*changed)
    if weakenings(old, new):
        return
    for _ in range(4):
        message, findings = data.draw(MESSAGE), data.draw(st.lists(FINDING, max_size=4))
        unread = [Uninspected("body", cause, 1) for cause in data.draw(st.lists(st.sampled_from(Cause), max_size=1))]
        before, after = (each.decide(message, findings, unread) for each in (old, new))
        assert after.action.rank >= before.action.rank
        if after.action is before.action:
            left = dict(after.redactions)
            assert all(LEFT[left[i]] >= LEFT[operator] for i, operator in before.redactions)
