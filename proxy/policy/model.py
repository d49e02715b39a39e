"""What a policy file may hold: the typed, frozen form of one document.

The editor's schema and the reference are drawn from it. `words` checks single values, `when` holds the conditions; what
is checked here takes two of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, Strict, ValidationInfo, field_validator, model_validator

from proxy.core.message import Action, Cause, Mode, Operator
from proxy.policy.errors import Code, did_you_mean
from proxy.policy.when import Condition, Envelope, Strictly, When, says_nothing
from proxy.policy.words import Day, Entity, IncludePath, Name, RuleId, Whole, Words, wrong
from proxy.policy.yamltree import shown

type Passed = Literal["log", "block"]  # there is nothing to redact in what was not read


def _action(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in set(Action):
        raise wrong(Code.UNKNOWN_VALUE, f'unknown action "{shown(value)}"{did_you_mean(value, Action)}')
    return {value: {}}


class Metadata(Strictly):
    """Who answers for the policy and which version it is."""

    name: Name = Field(description="What records and metrics call the policy.", examples=["shop"])
    revision: Whole = Field(description="Raise it with every change.", examples=[1])
    owner: Words | None = Field(
        default=None, description="Who answers for rules without an owner.", examples=["data-compliance@example.com"]
    )


class Uninspected(Strictly):
    """What happens to a message some of whose bytes were not read, by cause. A cause left out blocks; but what no rule
    looks at passes, and so does TLS the operator has listed not to be opened, what only the models for names had no
    time for, and what was read although it is not of the type it is said to be."""

    oversize: Passed = Field(default="block", description="Larger than the gate reads.")
    ratio: Passed = Field(default="block", description="Unpacks to far more than a real document does.")
    depth: Passed = Field(default="block", description="Nested too deep.")
    timeout: Passed = Field(default="block", description="Took too long.")
    decode_error: Passed = Field(default="block", description="Not in the coding it claims.")
    encrypted: Passed = Field(default="block", description="Locked.")
    unsupported: Passed = Field(default="block", description="In a format nothing here reads.")
    passthrough: Passed = Field(
        default="log", description="TLS to a host the operator's passthrough list names: not opened."
    )
    not_selected: Passed = Field(default="log", description="Goes a way that no rule looks at.")
    dns_tunnel: Passed = Field(
        default="block", description="Asks the DNS for so many names that they look like data on their way (a tunnel)."
    )
    names_skipped: Passed = Field(
        default="log",
        description=(
            "Searched for all that has a form or a label, but too long to be read for names in prose (64 KB), or the "
            "models had no time."
        ),
    )
    ocr_skipped: Passed = Field(default="block", description="More pictures than are read for text.")
    type_mismatch: Passed = Field(default="log", description="Read, but not of the type its label says.")
    overload: Passed = Field(default="block", description="Came when too much was in flight.")
    rewrite: Passed = Field(default="block", description="Must be redacted and cannot be rewritten safely.")
    engine_error: Passed = Field(default="block", description="Met a fault of the gate.")
    audit: Passed = Field(default="block", description="Could not be recorded.")

    @field_validator("rewrite", "engine_error", "audit")
    @classmethod
    def _fixed(cls, action: Passed, info: ValidationInfo) -> Passed:
        if action != "block":
            raise wrong(Code.FIXED_CAUSE, f"{info.field_name} always blocks; no policy loosens it")
        return action

    def action(self, cause: Cause) -> Action:
        """The action of a cause, given or left out."""
        return Action(getattr(self, cause.value))


class Defaults(Strictly):
    """What holds where no rule speaks."""

    action: Passed = Field(default="log", description="An export that no enforced rule matches.")
    uninspected: Uninspected = Field(
        default=Uninspected(),
        description="By cause: a message some of whose bytes were not read.",
        examples=[{"encrypted": "block", "unsupported": "log"}],
    )
    redact: dict[Entity, Operator] = Field(
        default={},
        description="By entity: how rules redact that do not say `with`. Others mask.",
        examples=[{"GEO_COORDINATE": "generalise", "CN_MOBILE": "token"}],
    )


class Sensitive(Strictly):
    """Which entities are sensitive personal information, beside or instead of the usual ones."""

    also: tuple[Entity, ...] = Field(default=(), description="Sensitive here.", examples=[["CN_RESIDENT_ID"]])
    not_: tuple[Entity, ...] = Field(
        default=(), alias="not", description="Not sensitive here, unless another file says it is."
    )


class Title(Strictly):
    """A rule in one line, as the client of a blocked message and the auditor read it."""

    en: Words = Field(description="English.", examples=["Mainland resident IDs leave masked"])
    zh_hans: Words | None = Field(
        default=None, alias="zh-Hans", description="Simplified Chinese.", examples=["内地居民身份证号须脱敏出境"]
    )
    zh_hant: Words | None = Field(
        default=None, alias="zh-Hant", description="Traditional Chinese.", examples=["內地居民身份證號碼須遮蔽後出境"]
    )


class Log(Strictly):
    """Forward unchanged, and record."""


class Block(Strictly):
    """Do not forward."""

    law: Annotated[bool, Strict()] = Field(
        default=False, description="A legal bar is the ground: the client gets 451 instead of 403."
    )


class Redaction(Strictly):
    """Forward without the values that the rule's `data` found."""

    with_: Operator | None = Field(
        default=None,
        alias="with",
        description="How; left out: as `defaults.redact` says for the entity, else mask.",
        examples=["mask"],
    )
    entities: dict[Entity, Operator] = Field(
        default={}, description="How for these entities.", examples=[{"DATE_OF_BIRTH": "generalise"}]
    )


class Then(Strictly):
    """What the rule asks for: exactly one of the three."""

    log: Log | None = Field(default=None, description="Forward unchanged, and record.")
    block: Block | None = Field(default=None, description="Do not forward.")
    redact: Redaction | None = Field(default=None, description="Forward without the values that `data` found.")

    @model_validator(mode="after")
    def _one(self) -> Then:
        if len(self.model_fields_set) != 1:
            raise wrong(Code.ONE_ACTION, "a rule does one thing: log, block or redact")
        return self

    @property
    def action(self) -> Action:
        """The action asked for."""
        if self.block is not None:
            return Action.BLOCK
        return Action.REDACT if self.redact is not None else Action.LOG


class Exemption(Strictly):
    """Messages the rule is not about, who said so, and the last day it holds."""

    match: Envelope = Field(
        description="Which messages; not by what is in them.", examples=[{"to": {"hosts": ["claims.example.com"]}}]
    )
    reason: Words = Field(description="Why.", examples=["The insurer needs whole numbers; contract GBA-2026-017."])
    approver: Words = Field(description="Who has said so.", examples=["dpo@example.com"])
    expires: Day = Field(description="The last day on which it holds, in Beijing.", examples=["2026-12-31"])

    @field_validator("match")
    @classmethod
    def _some(cls, match: Envelope) -> Envelope:
        if says_nothing(match):
            raise wrong(Code.EMPTY_MATCH, "this would exempt everything; set mode: off, or say what is exempt")
        return match


class Rule(Strictly):
    """What is looked for, and what happens then."""

    id: RuleId = Field(
        description="Unique, never reused; the client, the metrics and the audit name it.", examples=["PI-0001"]
    )
    rev: Whole = Field(default=1, description="Raise it when the rule changes.", examples=[1])
    title: Title = Field(description="One line, shown to the sender of a blocked message.")
    description: Words | None = Field(default=None, description="Why the rule is as it is, for those who come after.")
    status: Literal["experimental", "test", "stable"] = Field(default="stable", description="How far it is tried.")
    mode: Mode = Field(
        default=Mode.ENFORCE,
        description="`enforce` acts, `shadow` records what it would have done, `off` sleeps.",
        examples=["shadow"],
    )
    severity: Literal["low", "medium", "high", "critical"] = Field(
        default="medium", description="For those who answer."
    )
    owner: Words | None = Field(default=None, description="Who answers for it.", examples=["shop-team@example.com"])
    basis: tuple[Words, ...] = Field(
        default=(), description="The articles it rests on.", examples=[["PIPL-38", "GB/T 45574-2025"]]
    )
    when: When = Field(description="All of it must hold; `{}` matches every export.")
    then: Annotated[Then, BeforeValidator(_action)] = Field(
        description="log, block or redact.", examples=["block", {"redact": {"with": "mask"}}]
    )
    exceptions: tuple[Exemption, ...] = Field(default=(), description="Messages the rule is not about, for a time.")

    @field_validator("then")
    @classmethod
    def _redacts_something(cls, then: Then, info: ValidationInfo) -> Then:
        when = info.data.get("when")
        if then.redact is not None and when is not None and not finds(when):
            raise wrong(Code.REDACT_WHAT, NEEDS_DATA)
        return then


NEEDS_DATA = "a rule that redacts needs when.data, whichever way it matches: it redacts exactly what that finds"


def finds(condition: Condition, named: Mapping[str, Condition] | None = None) -> bool:
    """Whether a condition cannot hold without findings that it is about. Where nobody knows what is named, a condition
    used by name counts as one that does."""
    if condition.data is not None or any(finds(each, named) for each in condition.all_ or ()):
        return True
    if condition.any_ and all(finds(each, named) for each in condition.any_):
        return True
    return any(named is None or (name in named and finds(named[name], named)) for name in condition.use or ())


Includes = Annotated[
    tuple[IncludePath, ...],
    Field(description="Other files, by their paths from this one.", examples=[["lists/partners.yaml"]]),
]
Lists = Annotated[
    dict[Name, tuple[Any, ...]],
    Field(
        description="Lists by name; `$name` as an item of a list in a condition stands for their items.",
        examples=[{"partners": ["*.example.com", "claims.example.org"]}],
    ),
]
Conditions = Annotated[
    dict[Name, Condition],
    Field(
        description="Conditions by name, for `use`.",
        examples=[{"to_hong_kong": {"to": {"territories": ["hong_kong"]}}}],
    ),
]


class Library(Strictly):
    """Lists and conditions for the policies that include it."""

    api_version: Literal["egress/v1"] = Field(alias="apiVersion", description="The version of the language.")
    kind: Literal["Library"] = Field(description="What this file is.")
    metadata: Metadata | None = Field(default=None, description="Who answers for it, and which version it is.")
    include: Includes = ()
    lists: Lists = Field(default={})
    conditions: Conditions = Field(default={})


class Document(Strictly):
    """One policy file."""

    api_version: Literal["egress/v1"] = Field(alias="apiVersion", description="The version of the language.")
    kind: Literal["Policy"] = Field(description="What this file is.")
    metadata: Metadata = Field(
        description="Who answers for it, and which version it is.", examples=[{"name": "shop", "revision": 1}]
    )
    include: Includes = ()
    mode: Mode = Field(
        default=Mode.ENFORCE,
        description="For all rules of the file; where a rule says something weaker, the rule has its way.",
        examples=["shadow"],
    )
    lists: Lists = Field(default={})
    conditions: Conditions = Field(default={})
    sensitive: Sensitive = Field(default=Sensitive(), description="Which entities count as sensitive.")
    defaults: Defaults = Field(default=Defaults(), description="What holds where no rule says otherwise.")
    rules: tuple[Rule, ...] = Field(description="The rules; their order means nothing.")


def keys_of(kind: Any, loc: tuple[int | str, ...]) -> list[str]:  # noqa: ANN401 - an annotation, of any form
    """The keys a file may use at `loc` below a value of type `kind`."""
    kind = getattr(kind, "__value__", kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return keys_of(fields.get(str(loc[0])), loc[1:]) if loc else list(fields)
    if getattr(kind, "__origin__", None) is dict:
        return keys_of(kind.__args__[1], loc[1:]) if loc else []
    for part in getattr(kind, "__args__", ()):
        found = keys_of(part, loc[1:] if loc and isinstance(loc[0], int) else loc)
        if found:
            return found
    return []
