"""Every kind of mistake in a policy: what is wrong, why it matters, an example, and the same put right.

An example is a rule (it begins with `-`) or keys of a file; what every file needs beside is added by `codes.whole`.
"""

from __future__ import annotations

from typing import NamedTuple

from proxy.policy.errors import Code


class Page(NamedTuple):
    """What there is to say about a code. Without examples where no file can show it."""

    what: str
    why: str
    wrong: str = ""
    right: str = ""


def _rule(when: str = "{data: {entities: [HK_ID]}}", then: str = "block", more: str = "", rule_id: str = "A-1") -> str:
    return f"- {{id: {rule_id}, title: {{en: x}}, basis: [PIPL-38], when: {when}, then: {then}{more}}}"


def _using(when: str) -> str:
    return f"rules: [{{id: A-1, title: {{en: x}}, when: {when}, then: log}}]"


_EXCEPTION = ", exceptions: [{{match: {}, reason: contract 17, approver: dpo@example.com, expires: {}}}]"

PAGES: dict[Code, Page] = {
    Code.UNREADABLE: Page(
        "There is no such file, it may not be read, or the folder holds no policy.",
        "A gate that cannot read its policy does not start. Name a `NAME.yaml`, or a folder with some.",
    ),
    Code.TOO_LARGE: Page(
        "The file is larger than 1 MiB.",
        "What is this large was not written by people. Split it; a folder of files is one policy.",
    ),
    Code.NOT_UTF8: Page(
        "The file is not UTF-8.",
        "Chinese titles in another coding would be shown as nonsense. Save the file as UTF-8.",
    ),
    Code.EMPTY: Page(
        "The file says nothing.", "An empty policy would let everything pass.", "# nothing yet", "rules: []"
    ),
    Code.SYNTAX: Page(
        "This is not YAML: often a tab, a quote that is not closed, or a `*` or `!` without quotes.",
        "`*` and `!` mean something to YAML at the beginning of a value.",
        _rule("{to: {hosts: [*.example.com]}}"),
        _rule('{to: {hosts: ["*.example.com"]}}'),
    ),
    Code.TAG: Page(
        "A YAML tag, which is what `!` begins.",
        "Tags make parsers build objects; a policy is plain data.",
        _rule("{to: {hosts: [!x example.com]}}"),
        _rule('{to: {hosts: ["!example.com"]}}'),
    ),
    Code.TOO_DEEP: Page(
        "Nested too deep, or aliases and lists that stand for too much.",
        "A few lines can otherwise stand for billions of values.",
        f"x: {'[' * 30}{']' * 30}",
        "rules: []",
    ),
    Code.MANY_DOCUMENTS: Page(
        "A second document in the file, behind `---`.",
        "It would be read by nobody. Make it a file of its own.",
        "rules: []\n---\nrules: []",
        "rules: []",
    ),
    Code.DUPLICATE_KEY: Page(
        "A key given twice.",
        "Most YAML readers take the last one and say nothing: half of the condition would be gone.",
        _rule("{methods: [POST], methods: [PUT]}"),
        _rule("{methods: [POST, PUT]}"),
    ),
    Code.UNKNOWN_KEY: Page(
        "A key the language does not have.",
        "A condition with a spelling mistake would otherwise hold for everything.",
        _rule("{metods: [POST]}"),
        _rule("{methods: [POST]}"),
    ),
    Code.MISSING_KEY: Page(
        "A key that must be there.",
        "The message says which, at the place where it belongs.",
        "- {id: A-1, when: {}, then: log}",
        "- {id: A-1, title: {en: All exports are recorded}, when: {}, then: log}",
    ),
    Code.WRONG_TYPE: Page(
        "A number for a text, a text for a list, and so on.",
        "What looks like a number is one in YAML: quote it where a text is meant.",
        _rule("{methods: POST}"),
        _rule("{methods: [POST]}"),
    ),
    Code.UNKNOWN_VALUE: Page(
        "A word outside the few that are allowed here.",
        "The message lists them, or the likeliest.",
        _rule(more=", mode: shaddow"),
        _rule(more=", mode: shadow"),
    ),
    Code.UNKNOWN_ENTITY: Page(
        "No detector finds this entity.",
        "The rule would never match. `detectors/README.md` lists what is found.",
        _rule("{data: {entities: [HKID]}}"),
        _rule("{data: {entities: [HK_ID]}}"),
    ),
    Code.UNKNOWN_DETAIL: Page(
        "No finding says this of itself.",
        "The rule would never match.",
        _rule("{data: {entities: [CREDENTIAL], details: [privat_key]}}"),
        _rule("{data: {entities: [CREDENTIAL], details: [private_key]}}"),
    ),
    Code.UNKNOWN_ZONE: Page(
        "The gate's configuration names no such zone.",
        "Checked when the gate loads the policy: `zones` in its configuration file says which there are.",
        _rule("{to: {zones: [honkong]}}"),
        _rule("{to: {zones: [hong_kong]}}"),
    ),
    Code.OUT_OF_RANGE: Page(
        "A number too small or too large, or two that do not go together.",
        "A threshold of nothing would always be reached; one that cannot be reached never.",
        _rule("{data: {entities: [HK_ID], distinct: {at_least: 0}}}"),
        _rule("{data: {entities: [HK_ID], distinct: {at_least: 1}}}"),
    ),
    Code.EMPTY_LIST: Page(
        "A list or a text without content.",
        "It could mean everything or nothing. Fill it, or leave the key out.",
        _rule("{methods: []}"),
        _rule("{methods: [POST]}"),
    ),
    Code.EMPTY_MATCH: Page(
        "An exception for everything, or the opposite of everything.",
        "An exception without a condition switches the rule off: say so with `mode: off`.",
        _rule(more=_EXCEPTION.format("{}", "2099-12-31")),
        _rule(more=_EXCEPTION.format("{to: {hosts: [claims.example.com]}}", "2099-12-31")),
    ),
    Code.BAD_NAME: Page(
        "An id, a name or a method with characters it may not have.",
        "Ids stand in metrics, in records and in what clients see.",
        _rule(rule_id="A/1"),
        _rule(rule_id="A-1"),
    ),
    Code.BAD_GLOB: Page(
        "A glob that can fit nothing.",
        "Hosts have no scheme, port or path; paths have no query; content types have no parameters.",
        _rule('{to: {hosts: ["https://example.com"]}}'),
        _rule("{to: {hosts: [example.com]}}"),
    ),
    Code.BAD_CIDR: Page(
        "Not a network.",
        "Bits behind the prefix are a sign that another network was meant.",
        _rule("{to: {cidr: [10.1.2.3/8]}}"),
        _rule("{to: {cidr: [10.0.0.0/8]}}"),
    ),
    Code.BAD_DATE: Page(
        "Not a day, or not written as YYYY-MM-DD.",
        "31/12 and 12/31 are too easily mistaken.",
        _rule(more=_EXCEPTION.format("{methods: [GET]}", "2099-02-30")),
        _rule(more=_EXCEPTION.format("{methods: [GET]}", "2099-02-28")),
    ),
    Code.BAD_TIME: Page(
        "Not two times of a day, written as HH:MM-HH:MM.",
        "Quote it: to YAML a colon means something.",
        _rule('{times: {hours: ["9-18"]}}'),
        _rule('{times: {hours: ["09:00-18:00"]}}'),
    ),
    Code.BAD_INCLUDE: Page(
        "An included file that is not there, or not in the folder of the policy.",
        "A policy is what is in its folder: nothing outside can change it unseen.",
        "include: [../other.yaml]",
        "rules: []",
    ),
    Code.CIRCULAR: Page(
        "A file, a list or a condition that comes back to itself.",
        "It would have no end. The message names the circle.",
        "conditions: {a: {use: b}, b: {use: a}}",
        "conditions: {a: {use: b}, b: {methods: [POST]}}",
    ),
    Code.UNKNOWN_LIST: Page(
        "`$name`, and no list of that name.",
        "Lists are defined under `lists`, in this file or in one it includes.",
        'lists: {partners: ["*.example.com"]}\n' + _using("{to: {hosts: [$partner]}}"),
        'lists: {partners: ["*.example.com"]}\n' + _using("{to: {hosts: [$partners]}}"),
    ),
    Code.UNKNOWN_CONDITION: Page(
        "`use`, and no condition of that name.",
        "Conditions are defined under `conditions`, in this file or in one it includes.",
        "conditions: {uploads: {methods: [POST]}}\n" + _using("{use: upload}"),
        "conditions: {uploads: {methods: [POST]}}\n" + _using("{use: uploads}"),
    ),
    Code.NEEDS_REGISTERS: Page(
        "A condition on parties, contracts or counters of people.",
        "The keys `exporter`, `recipient`, `instrument`, `purpose` and `counters` are kept for the registers that a "
        "later version brings. Until then name hosts, networks or zones.",
        _rule("{recipient: acme}"),
        _rule("{to: {hosts: [claims.example.com]}}"),
    ),
    Code.DUPLICATE_ID: Page(
        "Two rules of one id, or two lists or conditions of one name in different files.",
        "Records name rules by their ids.",
        f"{_rule()}\n{_rule()}",
        f"{_rule()}\n{_rule('{methods: [POST]}', rule_id='A-2')}",
    ),
    Code.RESERVED_ID: Page(
        "The id of a built-in rule.",
        "`DEFAULT`, `LAW-…` and `UNINSPECTED-…` are what the gate itself is called in records.",
        _rule(rule_id="LAW-1"),
        _rule(rule_id="A-1"),
    ),
    Code.FIXED_CAUSE: Page(
        "A cause that always blocks.",
        "What could not be recorded or rewritten safely does not leave; no policy loosens that.",
        "defaults: {uninspected: {audit: log}}",
        "defaults: {uninspected: {encrypted: log}}",
    ),
    Code.ONE_ACTION: Page(
        "A rule that does nothing, or two things.",
        "Write two rules: the strictest wins.",
        _rule(then="{log: {}, block: {}}"),
        _rule(then="block"),
    ),
    Code.REDACT_WHAT: Page(
        "A redaction that does not say of what.",
        "A rule redacts exactly what its `data` finds.",
        _rule("{methods: [POST]}", "redact"),
        _rule("{methods: [POST], data: {entities: [HK_ID]}}", "redact"),
    ),
    Code.EXPIRED_EXCEPTION: Page(
        "This exception has ended.",
        "It no longer applies: since the day after, the rule is about those messages again. Remove it, or have it "
        "approved anew.",
        _rule(more=_EXCEPTION.format("{methods: [GET]}", "2020-12-31")),
        _rule(more=_EXCEPTION.format("{methods: [GET]}", "2099-12-31")),
    ),
    Code.NEVER_MATCHES: Page(
        "A rule that can never match.",
        "It protects nothing. Often the direction is left out, which means export, and the zones are those of an "
        "import.",
        _rule("{to: {zones: [mainland]}, data: {entities: [HK_ID]}}"),
        _rule("{direction: import, to: {zones: [mainland]}, data: {entities: [HK_ID]}}"),
    ),
    Code.SHADOWED: Page(
        "Whenever this rule matches, a stricter one matches too.",
        "Its action never counts. Narrow the other rule, or remove this one.",
        f"{_rule('{data: {entities: [HK_ID]}}', 'redact')}\n"
        + _rule("{data: {classes: [government_id]}}", "block", rule_id="A-2"),
        f"{_rule('{data: {entities: [HK_ID]}}', 'redact')}\n"
        + _rule("{data: {classes: [government_id], distinct: {at_least: 100}}}", "block", rule_id="A-2"),
    ),
    Code.CONTRADICTS: Page(
        "Two rules of the same condition that ask for different actions.",
        "The strictest wins, so the other one never counts: one of them is not what was meant.",
        f"{_rule(then='redact')}\n{_rule(then='block', rule_id='A-2')}",
        _rule(then="block"),
    ),
    Code.CATCHES_ALL: Page(
        "A rule about everything.",
        "What blocks everything stops the site; what redacts whatever is found breaks what it need not. Name "
        "entities, hosts, or say `defaults: {action: block}`.",
        _rule("{}"),
        _rule("{to: {hosts: [archive.example.com]}}"),
    ),
    Code.NO_TEST: Page(
        "No test case names the rule.",
        "A rule nobody has seen matching may never match. Put a case into `NAME.test.yaml` for `egress policy test`.",
    ),
    Code.NO_OWNER: Page(
        "Nobody answers for the rule.",
        "Somebody will ask why it blocked. Give the rule, or the file under `metadata`, an `owner`.",
        "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: example, revision: 1}\n"
        "rules: [{id: A-1, title: {en: x}, when: {methods: [POST]}, then: log}]",
        "- {id: A-1, title: {en: x}, when: {methods: [POST]}, then: log}",
    ),
    Code.NO_BASIS: Page(
        "A rule that changes or stops messages and rests on nothing.",
        "An auditor asks which article it serves.",
        "- {id: A-1, title: {en: x}, when: {methods: [POST]}, then: block}",
        "- {id: A-1, title: {en: x}, basis: [PIPL-38], when: {methods: [POST]}, then: block}",
    ),
    Code.UNUSED: Page(
        "A list or a condition that nothing uses.",
        "Somebody thinks it is in force.",
        "lists: {partners: [example.com]}",
        "lists: {partners: [example.com]}\n" + _using("{to: {hosts: $partners}}"),
    ),
}
