"""The conditions of a rule, as a policy file writes them: what a message is, and what is in it.

Every key given must hold; within a list one item is enough. `any`, `all`, `not` and `use` join conditions; nothing
here computes, loops or calls.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationInfo, field_validator
from pydantic import model_validator as whole

from detectors.api import Band, EntityClass
from proxy.core.message import Cause, Direction, Kind
from proxy.policy.errors import Code
from proxy.policy.words import (
    Day,
    Detail,
    Entity,
    EntityOrClass,
    FileType,
    HeaderName,
    HostGlob,
    Hours,
    Method,
    Name,
    NameGlob,
    Network,
    PathGlob,
    Some,
    Territory,
    TypeGlob,
    Volume,
    Whole,
    Zone,
    wrong,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

type Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
type Protocol = Literal[
    "http1", "http2", "http3", "websocket", "grpc", "connect", "smtp", "mqtt", "dns", "tcp", "other"
]
type Completeness = Literal["full", "partial", "opaque"]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _directions(value: object) -> object:
    return tuple(Direction) if value == "any" else _listed(value)


class Strictly(BaseModel):
    """A mapping of known keys, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


class AtLeast(Strictly):
    """A threshold that includes its number (the 以上 of the statutes)."""

    at_least: Whole = Field(description="This many or more.", examples=[100])


class VolumeAtLeast(Strictly):
    """A threshold in bytes that includes its number."""

    at_least: Volume = Field(description="Bytes, or text with a unit: KB, MB or GB (of 1024).", examples=["10 MB"])


class WithinRecord(Strictly):
    """So many different kinds of data about what one record holds: an object of JSON, a row, a form, a passage."""

    at_least: Annotated[int, Strict(), Field(ge=2, le=64)] = Field(
        description="How many different kinds one record must hold.", examples=[3]
    )
    of: Some[EntityOrClass] | None = Field(
        default=None,
        description="The kinds that count: entities or classes. Left out: every entity that `data` is about.",
        examples=[["PERSON", "HK_ID", "contact"]],
    )

    @whole(mode="after")
    def _so_many(self) -> WithinRecord:
        if self.of is not None and self.at_least > len(set(self.of)):
            raise wrong(
                Code.OUT_OF_RANGE, f"at_least is {self.at_least}, and `of` names {len(set(self.of))} different kinds"
            )
        return self


class Data(Strictly):
    """What was found: of these kinds, this sure, so much of it."""

    entities: Some[Entity] | None = Field(
        default=None, description="Findings of these entities.", examples=[["CN_RESIDENT_ID", "HK_ID"]]
    )
    classes: Some[EntityClass] | None = Field(
        default=None, description="Findings of all entities of these classes.", examples=[["contact"]]
    )
    sensitivity: Literal["spi"] | None = Field(
        default=None,
        description=(
            "Only sensitive personal information (PIPL art. 28; GB/T 45574-2025): entities so marked, and everything "
            "in the record of somebody under fourteen. The file's `sensitive` changes which entities are."
        ),
        examples=["spi"],
    )
    minors: Annotated[bool, Strict()] = Field(
        default=False, description="Only findings whose value tells that its holder is under fourteen.", examples=[True]
    )
    details: Some[Detail] | None = Field(
        default=None,
        description="Only findings that say one of these of themselves: a subtype, `minor`, `listed`, an entry's id.",
        examples=[["private_key"]],
    )
    band: Band = Field(default=Band.MEDIUM, description="How sure a finding is at least.", examples=["medium"])
    decimals: Annotated[int, Strict(), Field(ge=4, le=8)] | None = Field(
        default=None,
        description="Only positions with so many decimals of a degree or more: 4 is 11 m, 5 is 1 m, 8 is the most.",
        examples=[5],
    )
    samples: AtLeast | None = Field(
        default=None,
        description="Only genomic data of so many samples, where the file tells.",
        examples=[{"at_least": 500}],
    )
    count: AtLeast | None = Field(default=None, description="So many findings.", examples=[{"at_least": 20}])
    distinct: AtLeast | None = Field(default=None, description="So many different values.", examples=[{"at_least": 20}])
    subjects: AtLeast | None = Field(
        default=None,
        description="About so many people: identifiers in one record are of one person, and so is the same identifier.",
        examples=[{"at_least": 100}],
    )
    within_record: WithinRecord | None = Field(
        default=None,
        description="So many different kinds in one record; only findings of such records are meant.",
        examples=[{"at_least": 2, "of": ["PERSON", "HK_ID"]}],
    )


class Unread(Strictly):
    """Bytes that were not inspected, for one of these causes (left out: for any)."""

    causes: Some[Cause] | None = Field(default=None, description="For one of these causes.", examples=[["encrypted"]])


class Side(Strictly):
    """One end of a message. Every key given must hold."""

    zones: Some[Zone] | None = Field(
        default=None, description="Zones of the gate's configuration.", examples=[["hong_kong"]]
    )
    territories: Some[Territory] | None = Field(
        default=None,
        description=(
            "Where that end is: mainland, hong_kong, macao, taiwan, abroad, unknown or a country's two letters. A zone "
            "of such a name says so; any other zone is unknown."
        ),
        examples=[["hong_kong", "macao"]],
    )
    hosts: Some[HostGlob] | None = Field(
        default=None,
        description='Host names or addresses; `*` stands for anything, "!" in front takes away.',
        examples=[["*.example.com", "!trusted.example.com"]],
    )
    cidr: Some[Network] | None = Field(default=None, description="Networks.", examples=[["203.0.113.0/24"]])


class Times(Strictly):
    """When a message passes, by the calendar and the clock of Beijing, Hong Kong and Macao. Every key must hold."""

    days: Some[Weekday] | None = Field(default=None, description="Days of the week.", examples=[["sat", "sun"]])
    hours: Some[Hours] | None = Field(
        default=None,
        description="Times of day; the second is not included, and may be past midnight.",
        examples=[["22:00-06:00"]],
    )
    from_: Day | None = Field(default=None, alias="from", description="The first day.", examples=["2026-01-01"])
    until: Day | None = Field(default=None, description="The last day.", examples=["2026-12-31"])

    @whole(mode="after")
    def _in_order(self) -> Times:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise wrong(Code.OUT_OF_RANGE, f"until ({self.until}) is before from ({self.from_})")
        return self


class Envelope(Strictly):
    """What can be said of a message without looking into it. Every key given must hold."""

    from_: Side | None = Field(
        default=None, alias="from", description="The sender.", examples=[{"zones": ["mainland"]}]
    )
    to: Side | None = Field(default=None, description="The receiver.", examples=[{"territories": ["hong_kong"]}])
    kind: Kind | None = Field(default=None, description="Requests or responses only.", examples=["request"])
    methods: Some[Method] | None = Field(
        default=None, description="Methods; for a response, that of its request.", examples=[["POST", "PUT"]]
    )
    paths: Some[PathGlob] | None = Field(
        default=None,
        description="Paths without query, percent-decoded; `*` stands for anything.",
        examples=[["/upload/*"]],
    )
    content_types: Some[TypeGlob] | None = Field(
        default=None, description="What the message says it is.", examples=[["application/json", "text/*"]]
    )
    protocols: Some[Protocol] | None = Field(
        default=None, description="How it is spoken; `tcp` is what is not known here.", examples=[["websocket", "grpc"]]
    )
    clients: Some[NameGlob] | None = Field(
        default=None,
        description="Who the client has shown itself to be (its certificate, its sign-in), if the gate asks.",
        examples=[["backup-*"]],
    )
    times: Times | None = Field(default=None, description="When it passes.", examples=[{"days": ["sat", "sun"]}])


class Size(Strictly):
    """How much a message is. Every key given must hold."""

    bytes: VolumeAtLeast | None = Field(
        default=None, description="Of the body, as it is sent.", examples=[{"at_least": "10 MB"}]
    )
    rows: AtLeast | None = Field(
        default=None, description="Rows of tables, lines and objects of lists.", examples=[{"at_least": 1000}]
    )


class Condition(Envelope):
    """Conditions on a message and on what was found in it. Every key given must hold."""

    headers: Annotated[dict[HeaderName, Some[NameGlob]], Field(min_length=1)] | None = Field(
        default=None,
        description="Header fields and what they may say, such as a purpose; a client can write what it likes.",
        examples=[{"X-Purpose": ["claims", "hr-*"]}],
    )
    file_types: Some[FileType] | None = Field(
        default=None,
        description="What its body, or a file in it, really is, whatever it is called.",
        examples=[["pdf", "ooxml", "image"]],
    )
    size: Size | None = Field(default=None, description="How much it is.", examples=[{"bytes": {"at_least": "10 MB"}}])
    data: Data | None = Field(
        default=None,
        description="Enough was found in it.",
        examples=[{"entities": ["HK_ID"], "distinct": {"at_least": 10}}],
    )
    inspection: Some[Completeness] | None = Field(
        default=None,
        description="How far it was read: `full`, `partial`, or `opaque` (nothing of its body).",
        examples=[["opaque"]],
    )
    uninspected: Unread | None = Field(
        default=None, description="Some of it was not read.", examples=[{"causes": ["encrypted"]}]
    )
    exporter: object = Field(default=None, description="Needs registers of parties; not in this version.")
    recipient: object = Field(default=None, description="Needs registers of parties; not in this version.")
    instrument: object = Field(default=None, description="Needs registers of contracts; not in this version.")
    purpose: object = Field(default=None, description="Needs registers of contracts; not in this version.")
    counters: object = Field(default=None, description="Needs a ledger of people; not in this version.")
    use: Annotated[Some[Name], BeforeValidator(_listed)] | None = Field(
        default=None,
        description="Conditions of the file's `conditions`, by name; all of them must hold.",
        examples=["to_hong_kong"],
    )
    all_: Some[Condition] | None = Field(default=None, alias="all", description="All of these conditions hold.")
    any_: Some[Condition] | None = Field(
        default=None, alias="any", description="At least one of these conditions holds."
    )
    not_: Condition | None = Field(default=None, alias="not", description="This condition does not hold.")

    @field_validator("exporter", "recipient", "instrument", "purpose", "counters", mode="before")
    @classmethod
    def _later(cls, _: object, info: ValidationInfo) -> object:
        note = f"{info.field_name} needs registers of parties and contracts, not in this version; leave it out"
        raise wrong(Code.NEEDS_REGISTERS, note)

    @field_validator("not_")
    @classmethod
    def _something(cls, negated: Condition | None) -> Condition | None:
        if negated is not None and says_nothing(negated):
            raise wrong(Code.EMPTY_MATCH, "a condition without keys always holds, so that not {} never does")
        return negated


class When(Condition):
    """When a rule matches. Every key given must hold; `{}` matches every export."""

    direction: Annotated[Some[Direction], BeforeValidator(_directions)] = Field(
        default=(Direction.EXPORT,),
        description="Which way it goes: export (if left out), import, internal, a list of these, or any.",
        examples=["export", "any"],
    )


def says_nothing(condition: BaseModel) -> bool:
    """Whether a mapping of conditions is empty, however deep its empty mappings go."""
    return all(
        value is None or (isinstance(value, Side | Times | Size | Condition) and says_nothing(value))
        for name, value in condition
        if name not in {"direction", "band"}
    )
