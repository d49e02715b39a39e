"""The JSON Schema of policy files (draft 2020-12), drawn from the model, so that editors complete and explain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from detectors.api import EntityClass
from proxy.core.message import FILE_TYPES, Action, Direction
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
    _words(defs, entities)
    _several(defs)
    _keys(defs)
    for name, each in defs.items():
        each["title"] = _title(name)
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


_MONTH = "(0[1-9]|1[0-2])"
_PATTERNS = {
    "Name": "^[a-z][a-z0-9_.-]{0,63}$",
    "RuleId": "^(?!LAW-|UNINSPECTED-|DEFAULT$)[A-Za-z][A-Za-z0-9_.-]{0,63}$",
    "Zone": "^[A-Za-z][A-Za-z0-9_-]{0,63}$",
    "Day": f"^[0-9]{{4}}-{_MONTH}-(0[1-9]|[12][0-9]|3[01])$",
    "IncludePath": r"^[^/\\:][^\\:]*\.yaml$",
    "PathGlob": "^!?[/*]",
    "HostGlob": "^[^/]*$",
}


def _words(defs: dict[str, Json], entities: Mapping[str, EntityClass]) -> None:
    """What the checks of single words allow."""
    for name, pattern in _PATTERNS.items():
        defs[name] = {"type": "string", "pattern": pattern}
    defs["Entity"] = {"enum": sorted(entities)}
    defs["EntityOrClass"] = {"enum": [*sorted(entities), *(kind.value for kind in EntityClass)]}
    defs["FileType"] = {"enum": list(FILE_TYPES)}
    defs["Territory"] = {"anyOf": [{"enum": list(TERRITORIES)}, {"type": "string", "pattern": "^[A-Za-z]{2}$"}]}
    clock = "([01][0-9]|2[0-4]):[0-5][0-9]"
    defs["Hours"] = {"type": "string", "pattern": f"^{clock}-{clock}$"}
    defs["Network"] = {"type": "string", "pattern": "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$"}
    written = {"type": "string", "pattern": "^[0-9]{1,12} ?(B|kB|[KMG]i?B)$"}
    defs["Volume"] = {"anyOf": [{"type": "integer", "minimum": 1}, written]}


def _several(defs: dict[str, Json]) -> None:
    """Lists of words: `$name` may stand for one, or for items of it; `use` and `direction` take a single word."""
    named: Json = {"type": "string", "pattern": "^!?\\$"}
    for name, each in list(defs.items()):
        if not name.startswith("Some_") or name == "Some_Condition_":
            continue
        item = each["items"]
        if name == "Some_Name_":
            defs[name] = {"anyOf": [item, {**each, "items": item}]}
        elif name == "Some_Direction_":
            defs[name] = {"anyOf": [{"enum": [*Direction, "any"]}, each]}
        else:
            defs[name] = {"anyOf": [{**each, "items": {"anyOf": [item, named]}}, named]}


def _keys(defs: dict[str, Json]) -> None:
    """What the checks of keys allow; no null, and no key kept for later. A key is titled by its own name."""
    for each in defs.values():
        for name, value in each.get("properties", {}).items():
            value.setdefault("title", name)
            options = [option for option in value.get("anyOf", ()) if option.get("type") != "null"]
            if options:
                value["anyOf"] = options
            if value.get("default", 0) is None or isinstance(value.get("default"), dict | list):
                del value["default"]
    for model in ("Condition", "When"):
        for later in ("exporter", "recipient", "instrument", "purpose", "counters"):
            del defs[model]["properties"][later]
    entity = {"$ref": "#/$defs/Entity"}
    for place in (defs["Defaults"]["properties"]["redact"], defs["Redaction"]["properties"]["entities"]):
        place["propertyNames"] = entity
    then = defs["Rule"]["properties"]["then"]
    then["anyOf"] = [{"enum": list(Action)}, {"$ref": then.pop("$ref")}]
    defs["Then"] |= {"minProperties": 1, "maxProperties": 1}
    for cause in ("rewrite", "engine_error", "audit"):
        fixed = defs["Uninspected"]["properties"][cause]
        fixed.pop("$ref")
        fixed["const"] = "block"


def _title(name: str) -> str:
    """`Some_HostGlob_` in words."""
    bare = name.removeprefix("Some_").rstrip("_")
    words = "".join(f" {char.lower()}" if char.isupper() and at else char for at, char in enumerate(bare))
    return f"List: {words.lower()}" if bare != name else words
