"""What a policy file may hold: the typed, frozen form of one document.

The reference and the editor's schema can be drawn from it. `words` checks single values; what is checked here takes
two of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)

from detectors.api import Band, EntityClass
from proxy.core.message import Action, Cause, Direction, Kind, Mode, Operator
from proxy.policy.errors import Code, did_you_mean
from proxy.policy.words import (
    Day,
    Detail,
    Entity,
    HostGlob,
    Method,
    Name,
    Network,
    PathGlob,
    RuleId,
    Some,
    TypeGlob,
    Whole,
    Words,
    Zone,
    wrong,
)
from proxy.policy.yamltree import shown

type Passed = Literal["log", "block"]  # there is nothing to redact in what was not read


def _directions(value: object) -> object:
    if value == "any":
        return tuple(Direction)
    return (value,) if isinstance(value, str) else value


def _action(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in set(Action):
        raise wrong(Code.UNKNOWN_VALUE, f'unknown action "{shown(value)}"{did_you_mean(value, Action)}')
    return {value: {}}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


class Metadata(_Strict):
    """Who answers for the policy and which version it is."""

    name: Name
    revision: Whole
    owner: Words | None = None


class Uninspected(_Strict):
    """What happens to a message some of whose bytes were not read, by cause. A cause left out blocks; but what no rule
    looks at passes, and so does what only the models for names had no time for, and what was read although it is not
    of the type it is said to be."""

    oversize: Passed = "block"
    ratio: Passed = "block"
    depth: Passed = "block"
    timeout: Passed = "block"
    decode_error: Passed = "block"
    encrypted: Passed = "block"
    unsupported: Passed = "block"
    not_selected: Passed = "log"
    names_skipped: Passed = "log"
    ocr_skipped: Passed = "block"
    type_mismatch: Passed = "log"
    overload: Passed = "block"
    rewrite: Passed = "block"
    engine_error: Passed = "block"
    audit: Passed = "block"

    @field_validator("rewrite", "engine_error", "audit")
    @classmethod
    def _fixed(cls, action: Passed, info: ValidationInfo) -> Passed:
        if action != "block":
            raise wrong(Code.FIXED_CAUSE, f"{info.field_name} always blocks; no policy loosens it")
        return action

    def action(self, cause: Cause) -> Action:
        """The action of a cause, given or left out."""
        return Action(getattr(self, cause.value))


class Defaults(_Strict):
    """What holds where no rule speaks. `action` is about exports."""

    action: Passed = "log"
    uninspected: Uninspected = Uninspected()


class Title(_Strict):
    """A rule in one line, as the client of a blocked message and the auditor read it."""

    en: Words
    zh_hans: Words | None = Field(default=None, alias="zh-Hans")
    zh_hant: Words | None = Field(default=None, alias="zh-Hant")


class AtLeast(_Strict):
    """A threshold that includes its number (the 以上 of the statutes)."""

    at_least: Whole


class Data(_Strict):
    """Findings: of these entities or classes, with these details, of at least this band, so many, so many different."""

    entities: Some[Entity] | None = None
    classes: Some[EntityClass] | None = None
    details: Some[Detail] | None = None
    band: Band = Band.MEDIUM
    count: AtLeast | None = None
    distinct: AtLeast | None = None


class Unread(_Strict):
    """Bytes that were not inspected, for one of these causes (left out: for any)."""

    causes: Some[Cause] | None = None


class Side(_Strict):
    """One end of a message. Every condition given must hold."""

    zones: Some[Zone] | None = None
    hosts: Some[HostGlob] | None = None
    cidr: Some[Network] | None = None


class Envelope(_Strict):
    """What can be said of a message without looking into it. Every condition given must hold."""

    from_: Side | None = Field(default=None, alias="from")
    to: Side | None = None
    kind: Kind | None = None
    methods: Some[Method] | None = None
    paths: Some[PathGlob] | None = None
    content_types: Some[TypeGlob] | None = None


class When(Envelope):
    """When a rule matches. Every condition given must hold; `{}` matches every export."""

    direction: Annotated[Some[Direction], BeforeValidator(_directions)] = (Direction.EXPORT,)
    data: Data | None = None
    uninspected: Unread | None = None


class Log(_Strict):
    """Forward unchanged, and record."""


class Block(_Strict):
    """Do not forward. `law`: a legal bar is the ground, and the client is told so (451)."""

    law: Annotated[bool, Strict()] = False


class Redact(_Strict):
    """Forward without the values that the rule's `data` found."""

    with_: Operator = Field(default=Operator.MASK, alias="with")


class Then(_Strict):
    """What the rule asks for: exactly one of the three."""

    log: Log | None = None
    block: Block | None = None
    redact: Redact | None = None

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


class Exemption(_Strict):
    """Messages the rule is not about, who said so, and the last day it holds."""

    match: Envelope
    reason: Words
    approver: Words
    expires: Day

    @field_validator("match")
    @classmethod
    def _some(cls, match: Envelope) -> Envelope:
        if not any(value for _, value in match if not isinstance(value, Side) or any(part for _, part in value)):
            raise wrong(Code.EMPTY_MATCH, "this would exempt everything; set mode: off, or say what is exempt")
        return match


class Rule(_Strict):
    """One rule of contract.md."""

    id: RuleId
    rev: Whole = 1
    title: Title
    description: Words | None = None
    status: Literal["experimental", "test", "stable"] = "stable"
    mode: Mode = Mode.ENFORCE
    severity: Literal["low", "medium", "high", "critical"] = "medium"
    owner: Words | None = None
    basis: tuple[Words, ...] = ()
    when: When
    then: Annotated[Then, BeforeValidator(_action)]
    exceptions: tuple[Exemption, ...] = ()

    @field_validator("then")
    @classmethod
    def _redacts_something(cls, then: Then, info: ValidationInfo) -> Then:
        when = info.data.get("when")
        if then.redact is not None and when is not None and when.data is None:
            raise wrong(Code.REDACT_WHAT, "a rule that redacts needs when.data: it redacts exactly what that finds")
        return then


class Document(_Strict):
    """One policy file."""

    api_version: Literal["egress/v1"] = Field(alias="apiVersion")
    kind: Literal["Policy"]
    metadata: Metadata
    defaults: Defaults = Defaults()
    rules: tuple[Rule, ...]


def keys_of(kind: Any, loc: tuple[int | str, ...]) -> list[str]:  # noqa: ANN401 - an annotation, of any form
    """The keys a file may use at `loc` below a value of type `kind`."""
    kind = getattr(kind, "__value__", kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return keys_of(fields.get(str(loc[0])), loc[1:]) if loc else list(fields)
    for part in getattr(kind, "__args__", ()):
        found = keys_of(part, loc[1:] if loc and isinstance(loc[0], int) else loc)
        if found:
            return found
    return []
