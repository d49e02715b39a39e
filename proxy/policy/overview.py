"""A policy for those who answer for it and do not read YAML: its rules, its lists and its defaults as tables. Pure.

Drawn from the file as it is written, so that a list goes by its name; the file must have passed the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from proxy.core.message import Action, Cause
from proxy.policy.model import Uninspected

_MOST = 12
_WAYS = {"export": "exports", "import": "imports", "internal": "internal messages", "any": "messages of any direction"}
_TERRITORIES = {"mainland": "the mainland", "hong_kong": "Hong Kong", "macao": "Macao", "taiwan": "Taiwan",
                "abroad": "abroad", "unknown": "an unknown place"}  # fmt: skip
_SIDES = {"hosts": "", "zones": "the zone ", "cidr": "the network "}
_UNITS = {"bytes": "", "rows": "rows "}
_WHEN = {"days": "on", "hours": "at"}
_ONES = {
    "kind": "it is a {}",
    "methods": "the method is {}",
    "paths": "the path fits {}",
    "content_types": "it says it is {}",
    "protocols": "it is spoken as {}",
    "clients": "the client is {}",
    "file_types": "it is, or holds, {}",
    "inspection": "it was read: {}",
}
_AMOUNTS = {
    "count": "{} or more times",
    "distinct": "{} different values or more",
    "subjects": "of about {} people or more",
    "samples": "of {} samples or more",
}


def overview(plain: Mapping[str, Any]) -> str:
    """The tables of one file, in Markdown."""
    named = plain.get("conditions") or {}
    shadow = plain.get("mode") in {"shadow", "off"}
    lines = ["| rule | what it is for | when | then | rests on |", "| --- | --- | --- | --- | --- |"]
    for rule in plain.get("rules") or ():
        mode = plain["mode"] if shadow else rule.get("mode", "enforce")
        then = _then(rule["then"]) + ("" if mode == "enforce" else f" ({mode})")
        when = "; ".join([_when(rule["when"], named), *map(_exception, rule.get("exceptions") or ())])
        cells = (rule["id"], rule["title"]["en"], when, then, _words(rule.get("basis") or ()))
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join([*lines, *_lists(plain), *_defaults(plain)]) + "\n"


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _words(words: Any) -> str:  # noqa: ANN401 - a word or a list of them
    given = [str(each) for each in (words if isinstance(words, list | tuple) else [words])]
    more = [f"{len(given) - _MOST} more"] if len(given) > _MOST else []
    return ", ".join([*given[:_MOST], *more])


def _marked(words: Any) -> str:  # noqa: ANN401
    """Words as code; of a list its name."""
    given = list(words) if isinstance(words, list | tuple) else [words]
    return _either([f"the list `{each[1:]}`" if str(each).startswith("$") else f"`{each}`" for each in given])


def _when(when: Mapping[str, Any], named: Mapping[str, Any]) -> str:
    way = when.get("direction", "export")
    ways = [way] if isinstance(way, str) else list(way)
    told = "" if ways == ["export"] else f"{' and '.join(_WAYS[each] for each in ways)}: "
    return told + ("; ".join(_condition(when, named)) or "always")


def _exception(given: Mapping[str, Any]) -> str:
    return f"but not, until {given['expires']}, if {'; '.join(_condition(given['match'], {}))}"


def _condition(given: Mapping[str, Any], named: Mapping[str, Any]) -> Iterator[str]:
    for key, value in given.items():
        if key in _ONES:
            yield _ONES[key].format(_marked(value))
        elif key in _TOLD:
            yield from _TOLD[key](value, named)


def _times(times: Mapping[str, Any], _: object) -> Iterator[str]:
    for key, value in times.items():
        yield f"it passes {_WHEN.get(key, key)} {_words(value)}"


def _unread(unread: Mapping[str, Any] | None, _: object) -> Iterator[str]:
    causes = (unread or {}).get("causes")
    yield f"some of it was not read{f' ({_words(causes)})' if causes else ''}"


def _used(names: Any, named: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401 - a name or a list of them
    for name in [names] if isinstance(names, str) else names:
        yield from _condition(named.get(name, {}), named)


def _any(given: Sequence[Mapping[str, Any]], named: Mapping[str, Any]) -> Iterator[str]:
    yield "one of these: " + "; or ".join("(" + "; ".join(_condition(each, named)) + ")" for each in given)


def _side(end: str, side: Mapping[str, Any]) -> str:
    told = [f"{_SIDES[key]}{_marked(value)}" for key, value in side.items() if key in _SIDES]
    if "territories" in side:
        told.append(_either([_TERRITORIES.get(each, each) for each in side["territories"]]))
    return f"{end} " + " and ".join(told)


def _data(data: Mapping[str, Any]) -> str:
    kinds = [*(data.get("entities") or ()), *(data.get("classes") or ())]
    within = data.get("within_record")
    told = _either(_kinds(kinds)) or "any data"
    if within:
        told = f"{within['at_least']} or more of {', '.join(_kinds(within.get('of') or kinds))} in one record"
    said = ["sensitive"] if "sensitivity" in data else []
    said += ["of somebody under fourteen"] if data.get("minors") else []
    said += [f"that is {_marked(data['details'])}"] if data.get("details") else []
    said += [f"with {data['decimals']} decimals or more"] if "decimals" in data else []
    said += [f"sure to band {data['band']}"] if data.get("band", "medium") != "medium" else []
    said += [text.format(data[key]["at_least"]) for key, text in _AMOUNTS.items() if key in data]
    return ", ".join([f"it holds {told}", *said])


def _kinds(words: Sequence[str]) -> list[str]:
    """Entities as they are; what is written small is a class of them."""
    named = {True: "any `{}`", False: "{}"}
    return [f"the list `{each[1:]}`" if each.startswith("$") else named[each.islower()].format(each) for each in words]


def _either(words: Sequence[str]) -> str:
    """One of some words, not too many."""
    shown = [*words[:_MOST], *([f"{len(words) - _MOST} more"] if len(words) > _MOST else [])]
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _then(then: Any) -> str:  # noqa: ANN401 - a word or a mapping
    if isinstance(then, str):
        return {"redact": "redact: mask, or as `defaults.redact` says"}.get(then, then)
    (action, told), *_ = then.items()
    told = told or {}
    if action == "block":
        return "block, as a bar of law" if told.get("law") else "block"
    if action == "log":
        return "log"
    special = [f"{way} {entity}" for entity, way in (told.get("entities") or {}).items()]
    usual = told.get("with")
    return "redact: " + ", ".join([*special, usual or ("the rest as `defaults.redact` says, else mask")])


def _lists(plain: Mapping[str, Any]) -> Iterator[str]:
    lists = plain.get("lists") or {}
    if lists:
        yield from ("", "| list | holds as shipped |", "| --- | --- |")
        yield from (f"| `{name}` | {_words([f'`{each}`' for each in items])} |" for name, items in lists.items())


def _defaults(plain: Mapping[str, Any]) -> Iterator[str]:
    defaults = plain.get("defaults") or {}
    yield ""
    yield f"Where no rule speaks, an export gets `{defaults.get('action', 'log')}`."
    given, usual = defaults.get("uninspected") or {}, Uninspected()
    passing = [cause.value for cause in Cause if given.get(cause.value, usual.action(cause)) == Action.LOG]
    yield f"What could not be read is let through and recorded for {', '.join(f'`{each}`' for each in passing)};"
    yield "for any other cause it is blocked."
    if defaults.get("redact"):
        yield f"Redacted where a rule does not say how: {_words([f'{e}: {w}' for e, w in defaults['redact'].items()])}."


_TOLD: Mapping[str, Callable[[Any, Mapping[str, Any]], Iterator[str]]] = {
    "from": lambda side, _: iter([_side("from", side)]),
    "to": lambda side, _: iter([_side("to", side)]),
    "headers": lambda fields, _: (f"the header field {name} says {_marked(all_)}" for name, all_ in fields.items()),
    "size": lambda size, _: (f"it has {each['at_least']} {_UNITS[key]}or more" for key, each in size.items()),
    "times": _times,
    "uninspected": _unread,
    "data": lambda data, _: iter([_data(data or {})]),
    "use": _used,
    "all": lambda parts, named: (told for each in parts for told in _condition(each, named)),
    "any": _any,
    "not": lambda part, named: iter(["not " + " and ".join(_condition(part, named))]),
}
"""How each key of a condition is told."""
