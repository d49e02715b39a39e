"""The `recognizers:` of the `--config` file: which of Presidio's recognizers are switched on.

An item is a name (`SG_NRIC_FIN`, `UkNinoRecognizer`), `{predefined: NAME, …}` with settings of that recognizer, a
`{file: PATH}` in Presidio's own YAML form (a path beside the config file), or one recognizer of that form in place.
`class` and `max_score` are ours, and go with every form but the bare name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from detectors.api import EntityClass
from detectors.recognizers import Recognizer, UnfitError, UnheardOfError, accepted, known, ready
from proxy.policy.errors import Code, Problem, did_you_mean
from proxy.policy.yamltree import Node, PolicyFile, parse, shown

_ENTITY = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
_OURS = ("class", "max_score")
_COMMON = ("name", "type", "enabled", "supported_language", "supported_languages", "supported_entity", "context")
_PREDEFINED = (*_COMMON, "class_name", "supported_entities", "country_code")
_CUSTOM = (*_COMMON, "supported_entities", "patterns", "deny_list", "deny_list_score", "version")
_FILE = ("recognizers", "supported_languages", "global_regex_flags")
_PATTERN = ("name", "regex", "score")

type _Entries = Mapping[str, tuple[Node, Node]]


def read_recognizers(node: Node, path: str, problems: list[Problem]) -> tuple[Recognizer, ...]:
    """The recognizers under the key `recognizers` of the config file `path`; what is wrong is added to `problems`.

    Each is made once, so that what comes back can be used.
    """
    reader = _Reader(path, problems)
    return tuple(each for item in reader.items(node, "recognizers") for each in reader.item(item))


class _Reader:
    def __init__(self, path: str, problems: list[Problem], flags: int | None = None) -> None:
        self.path = path
        self.problems = problems
        self.flags = flags

    def item(self, node: Node) -> Iterable[Recognizer]:
        """One item of the config file's list."""
        if isinstance(node.value, str):
            return self._made(Recognizer(node.value), node, {})
        entries = self._mapping(node, "an item of recognizers")
        if not entries:
            return ()
        if "file" in entries:
            return self._file(entries)
        if "predefined" in entries:
            name = self._text(entries["predefined"][1], "predefined")
            return self._predefined(name, node, {key: entries[key] for key in entries if key != "predefined"})
        return self.presidio(node)

    def presidio(self, node: Node) -> Iterable[Recognizer]:
        """One item of a list in Presidio's form."""
        if isinstance(node.value, str):
            return self._made(Recognizer(node.value), node, {})
        entries = self._mapping(node, "a recognizer")
        if not entries:
            return ()
        if "name" not in entries:
            self._note(node, Code.MISSING_KEY, "a recognizer needs a name")
            return ()
        if "enabled" in entries and entries["enabled"][1].value is False:
            return ()
        kind = entries["type"][1].value if "type" in entries else None
        if kind not in {None, "predefined", "custom"}:
            self._note(entries["type"][1], Code.UNKNOWN_VALUE, "type is predefined or custom")
            return ()
        if kind == "custom" or (kind is None and ("patterns" in entries or "deny_list" in entries)):
            return self._custom(node, entries)
        name = self._text(entries.get("class_name", entries["name"])[1], "class_name")
        return self._predefined(name, node, entries)

    def _file(self, entries: _Entries) -> Iterable[Recognizer]:
        self._known(entries, ("file", *_OURS))
        where = entries["file"][1]
        path = Path(self.path).parent / self._text(where, "file")
        try:
            text = path.read_bytes()
        except OSError as error:
            self._note(where, Code.UNREADABLE, f"{path}: {error.strerror}; the path is from the config file's folder")
            return ()
        if not text.strip():
            self._note(where, Code.EMPTY, f"{path} is empty; it needs a list under recognizers")
            return ()
        root, found = parse(PolicyFile(str(path), text))
        self.problems += found
        within = _Reader(str(path), self.problems)
        read = within.listed(root) if root is not None else ()
        ours = self._ours(entries)
        if not ours:
            return read
        return [made for each in read for made in self._made(replace(each, **ours), where, {})]

    def listed(self, root: Node) -> tuple[Recognizer, ...]:
        """A whole file in Presidio's form."""
        entries = self._mapping(root, "the file")
        self._known(entries, _FILE)
        if entries and "recognizers" not in entries:
            self._note(root, Code.MISSING_KEY, "the file needs a list under recognizers")
            return ()
        if "global_regex_flags" in entries:
            flags = entries["global_regex_flags"][1]
            self.flags = flags.value if isinstance(flags.value, int) else None
            if self.flags is None:
                self._note(flags, Code.WRONG_TYPE, "global_regex_flags must be a whole number, such as 26")
        items = self.items(entries["recognizers"][1], "recognizers") if entries else ()
        return tuple(each for item in items for each in self.presidio(item))

    def _predefined(self, name: str, node: Node, entries: _Entries) -> Iterable[Recognizer]:
        own = ("supported_language", "supported_entity", "context", "name")
        try:
            takes = accepted(name) - {"patterns"} if name else frozenset()
        except UnfitError:
            return self._made(Recognizer(name), entries.get("class_name", entries.get("name", (node, node)))[1], {})
        self._known(entries, (*_PREDEFINED, *_OURS, *sorted(takes)))
        settings: dict[str, Any] = {
            key: value.plain() for key, (_, value) in entries.items() if key in takes and key not in own
        }
        if "context" in takes and (context := self._context(entries)):
            settings["context"] = context
        if "name" in takes and "name" in entries and "class_name" in entries:
            settings["name"] = self._text(entries["name"][1], "name")
        entity = self._entity(entries, required=False)
        if entity and "supported_entity" in takes:
            settings["supported_entity"] = entity
        return self._made(Recognizer(name, settings, **self._ours(entries)), node, entries)

    def _custom(self, node: Node, entries: _Entries) -> Iterable[Recognizer]:
        before = len(self.problems)
        self._known(entries, (*_CUSTOM, *_OURS))
        name = self._text(entries["name"][1], "name")
        if name in known():
            self._note(
                entries["name"][1], Code.BAD_NAME, f"{name} is a recognizer of Presidio's own; choose another name"
            )
        settings: dict[str, Any] = {"supported_entity": self._entity(entries, required=True, node=node)}
        if "patterns" in entries:
            settings["patterns"] = [self._pattern(item) for item in self.items(entries["patterns"][1], "patterns")]
        if "deny_list" in entries:
            settings["deny_list"] = self._words(entries["deny_list"][1], "deny_list")
        if "deny_list_score" in entries:
            settings["deny_list_score"] = self._score(entries["deny_list_score"][1], "deny_list_score")
        settings["context"] = self._context(entries)
        if self.flags is not None:
            settings["global_regex_flags"] = self.flags
        ours = self._ours(entries)
        if len(self.problems) == before and not settings.get("patterns") and not settings.get("deny_list"):
            self._note(node, Code.MISSING_KEY, "a custom recognizer needs patterns or a deny_list")
        if len(self.problems) > before:
            return ()
        return self._made(Recognizer(name, settings, custom=True, **ours), node, entries)

    def _made(self, told: Recognizer, node: Node, entries: _Entries) -> Iterable[Recognizer]:
        try:
            ready(told)
        except UnheardOfError as error:
            self._note(node, Code.UNKNOWN_VALUE, f"{shown(str(error))}{did_you_mean(told.name, known())}")
        except UnfitError as error:
            place = node.at(error.at)[1] if entries else node
            self._note(place, Code.UNKNOWN_VALUE, str(error))
        else:
            return (told,)
        return ()

    def _ours(self, entries: _Entries) -> dict[str, Any]:
        ours: dict[str, Any] = {}
        if "class" in entries:
            node = entries["class"][1]
            if node.value in set(EntityClass):
                ours["entity_class"] = EntityClass(str(node.value))
            else:
                hint = did_you_mean(str(node.value), EntityClass)
                self._note(node, Code.UNKNOWN_VALUE, f'there is no class "{shown(str(node.value))}"{hint}')
        if "max_score" in entries:
            ours["max_score"] = self._score(entries["max_score"][1], "max_score")
        return ours

    def _pattern(self, node: Node) -> dict[str, Any]:
        entries = self._mapping(node, "a pattern")
        self._known(entries, _PATTERN)
        for key in _PATTERN:
            if entries and key not in entries:
                self._note(node, Code.MISSING_KEY, f"a pattern needs a {key}")
        return {
            key: self._score(value, key) if key == "score" else self._text(value, key)
            for key, (_, value) in entries.items()
        }

    def _entity(self, entries: _Entries, *, required: bool, node: Node | None = None) -> str:
        if "supported_entity" in entries:
            place = entries["supported_entity"][1]
        elif "supported_entities" in entries:
            place = entries["supported_entities"][1]
            items = self.items(place, "supported_entities")
            if len(items) != 1:
                self._note(place, Code.OUT_OF_RANGE, "a recognizer of patterns finds one entity")
                return ""
            place = items[0]
        else:
            if required and node is not None:
                self._note(node, Code.MISSING_KEY, "a custom recognizer needs a supported_entity")
            return ""
        name = self._text(place, "supported_entity")
        if name and not _ENTITY.match(name):
            self._note(place, Code.BAD_NAME, f'"{shown(name)}" is no name of an entity; write it like STAFF_NUMBER')
        return name

    def _context(self, entries: _Entries) -> list[str]:
        """Presidio makes a recognizer for each language; ours is one, with the words of all."""
        context = self._words(entries["context"][1], "context") if "context" in entries else []
        languages = entries.get("supported_languages")
        for item in self.items(languages[1], "supported_languages") if languages else ():
            if isinstance(item.value, dict) and "context" in item.value:
                context += self._words(item.value["context"][1], "context")
        return context

    def _words(self, node: Node, what: str) -> list[str]:
        return [self._text(item, what) for item in self.items(node, what)]

    def items(self, node: Node, what: str) -> list[Node]:
        """The items of a list; none, and a note, where it is no list."""
        if isinstance(node.value, list):
            return node.value
        if node.value is not None:
            self._note(node, Code.WRONG_TYPE, f"{what} must be a list, such as [a, b]")
        return []

    def _mapping(self, node: Node, what: str) -> _Entries:
        if isinstance(node.value, dict):
            return node.value
        self._note(node, Code.WRONG_TYPE, f"{what} must be a mapping, such as name: value")
        return {}

    def _text(self, node: Node, what: str) -> str:
        if isinstance(node.value, str) and node.value:
            return node.value
        self._note(node, Code.WRONG_TYPE, f"{what} must be text; put it in quotes")
        return ""

    def _score(self, node: Node, what: str) -> float:
        if isinstance(node.value, int | float) and not isinstance(node.value, bool) and 0 <= node.value <= 1:
            return float(node.value)
        self._note(node, Code.OUT_OF_RANGE, f"{what} must be a number from 0 to 1")
        return 0.0

    def _known(self, entries: _Entries, keys: Iterable[str]) -> None:
        expected = tuple(dict.fromkeys(keys))
        for name, (key, _) in entries.items():
            if name not in expected:
                self._note(key, Code.UNKNOWN_KEY, f'unknown key "{shown(name)}"{did_you_mean(name, expected)}')

    def _note(self, node: Node, code: Code, message: str) -> None:
        self.problems.append(Problem(self.path, node.line, node.col, code, message))
