"""The JSON Schema of policy files (draft 2020-12), drawn from the model, so that editors complete and explain."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from detectors.api import EntityClass
from proxy.policy.model import Document, Library
from proxy.policy.words import TERRITORIES

type Json = dict[str, Any]


class _Drawn(GenerateJsonSchema):
    """Without the titles pydantic makes of names: a hover that says "Band" of `band` says nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's signature
        return False


def schema(entities: Mapping[str, EntityClass]) -> Json:
    """The schema of a Policy or a Library, as they may name these entities."""
    drawn = TypeAdapter(Document | Library).json_schema(by_alias=True, schema_generator=_Drawn)
    defs: dict[str, Json] = drawn.pop("$defs")
    for name, each in defs.items():
        each.setdefault("title", _words(name))
    entity = {"type": "string", "enum": sorted(entities), "title": "Entity"}
    defs["EntityName"] = entity
    _say(defs)
    _fill(defs, entities)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Egress policy",
        "description": "A policy, or a library of lists and conditions, of the Guangdong-Hong Kong egress gate.",
        "if": {"properties": {"kind": {"const": "Library"}}, "required": ["kind"]},
        "then": {"$ref": "#/$defs/Library"},
        "else": {"$ref": "#/$defs/Document"},
        "$defs": dict(sorted(defs.items())),
    }


def schema_text(entities: Mapping[str, EntityClass]) -> str:
    """The same as it is checked in."""
    return json.dumps(schema(entities), ensure_ascii=False, indent=2) + "\n"


def _words(name: str) -> str:
    return "".join(f" {char.lower()}" if char.isupper() and at else char for at, char in enumerate(name))


def _say(defs: dict[str, Json]) -> None:
    """A title for every key: its own name in words, for what stands under it is described by the key."""
    for each in defs.values():
        for name, value in each.get("properties", {}).items():
            value.setdefault("title", name)


def _fill(defs: dict[str, Json], entities: Mapping[str, EntityClass]) -> None:
    """What checks beyond types allow: words for entities, `$name` for lists, one word for a list of one."""
    entity: Json = {"$ref": "#/$defs/EntityName"}
    data = defs["Data"]["properties"]
    data["entities"] = _with(data["entities"], _list(entity))
    within = defs["WithinRecord"]["properties"]
    within["of"] = _with(within["of"], _list({"enum": [*sorted(entities), *(kind.value for kind in EntityClass)]}))
    for name in ("also", "not"):
        defs["Sensitive"]["properties"][name] = _with(defs["Sensitive"]["properties"][name], _list(entity))
    for place in (defs["Defaults"]["properties"]["redact"], defs["Redaction"]["properties"]["entities"]):
        place["propertyNames"] = entity
    side = defs["Side"]["properties"]
    territories = {"anyOf": [{"enum": list(TERRITORIES)}, {"type": "string", "pattern": "^[A-Za-z]{2}$"}]}
    side["territories"] = _with(side["territories"], _list(territories))
    direction = defs["When"]["properties"]["direction"]
    ways = {"enum": ["export", "import", "internal"]}
    direction.update({"anyOf": [{"enum": [*ways["enum"], "any"]}, {"type": "array", "items": ways, "minItems": 1}]})
    direction.pop("type", None), direction.pop("items", None), direction.pop("minItems", None)
    then = defs["Rule"]["properties"]["then"]
    then["anyOf"] = [{"enum": ["log", "block", "redact"]}, {"$ref": "#/$defs/Then"}]
    then.pop("$ref", None), then.pop("allOf", None)
    times = defs["Times"]["properties"]["hours"]
    times.update(_list({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$"}))
    times.pop("default", None)
    volume = defs["VolumeAtLeast"]["properties"]["at_least"]
    number = {"type": "integer", "minimum": 1}
    volume["anyOf"] = [number, {"type": "string", "pattern": "^[0-9]{1,12} ?(B|kB|[KMG]i?B)$"}]
    for key in ("type", "minimum", "maximum"):
        volume.pop(key, None)
    for model in ("Condition", "When"):
        properties = defs[model]["properties"]
        properties["use"] = _with(properties["use"], {"anyOf": [{"type": "string"}, _list({"type": "string"})]})
        for later in ("exporter", "recipient", "instrument", "purpose", "counters"):
            del properties[later]
    _lists(defs, ("Envelope", "Condition", "When", "Side", "Data", "Unread", "Sensitive"))


def _list(item: Json) -> Json:
    return {"type": "array", "items": item, "minItems": 1}


def _with(described: Json, form: Json) -> Json:
    """A property of another form, with what is said of it."""
    return {**form, **{key: described[key] for key in ("description", "examples", "title") if key in described}}


def _lists(defs: dict[str, Json], models: Iterable[str]) -> None:
    """`$name` may stand for a list, or as an item of one."""
    named = {"type": "string", "pattern": "^!?\\$"}
    for model in models:
        for name, value in defs[model]["properties"].items():
            options = value.get("anyOf", [value])
            for option in options if name not in {"all", "any", "use", "direction"} else ():
                if option.get("type") == "array" and "items" in option:
                    option["items"] = {"anyOf": [option["items"], named]}
            array = [option for option in options if option.get("type") == "array"]
            if array and name not in {"all", "any", "use", "direction"}:
                kept = {key: value[key] for key in ("description", "examples", "title") if key in value}
                defs[model]["properties"][name] = {"anyOf": [*array, named], **kept}
            elif "anyOf" in value:
                value["anyOf"] = [option for option in options if option.get("type") != "null"]
            value.pop("default", None) if value.get("default") is None else None
