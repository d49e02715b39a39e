"""What the files of a policy call by name: each other, lists and conditions. Worked out on the trees, so that one
mistake hides no other.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from proxy.policy.errors import Code, Problem, did_you_mean
from proxy.policy.yamltree import MAX_NODES, Node, PolicyFile, parse, shown

type Tree = tuple[PolicyFile, Node]
_MAY_INCLUDE = re.compile(rb"\binclude\b")


def included(file: PolicyFile) -> list[str]:
    """The paths a file includes, joined to its own; those with mistakes are left for `load_policy` to name."""
    if not _MAY_INCLUDE.search(file.text):
        return []
    root, _ = parse(file)
    return [] if root is None else [target for _, target in _includes((file, root))]


def inside(root: str, path: str) -> bool:
    """Whether a path stays in the folder of the file `root`."""
    folder = posixpath.dirname(posixpath.normpath(root))
    return path.startswith(f"{folder.rstrip('/')}/") if folder else not path.startswith(("/", "../"))


def _includes(tree: Tree) -> Iterator[tuple[Node, str]]:
    file, root = tree
    for node in _items(root.at(["include"])[1] if _has(root, "include") else None):
        if isinstance(node.value, str) and node.value and not node.value.startswith("/"):
            yield node, posixpath.normpath(posixpath.join(posixpath.dirname(file.path), node.value))


def check_includes(trees: Sequence[Tree]) -> Iterator[Problem]:
    """Files that are not there, that lie outside the folder, or that include themselves."""
    by_path = {posixpath.normpath(file.path): (file, root) for file, root in trees}
    for file, root in trees:
        for node, target in _includes((file, root)):
            if not inside(trees[0][0].path, target):
                note = (
                    f'"{shown(str(node.value))}" lies outside the folder of the policy, and only what is in it is read'
                )
            elif target not in by_path:
                note = f'there is no file "{shown(str(node.value))}" in the folder of this file, or it cannot be read'
            else:
                chain = _chain(target, posixpath.normpath(file.path), by_path)
                if chain:
                    around = " includes ".join((posixpath.normpath(file.path), *chain))
                    yield Problem(file.path, node.line, node.col, Code.CIRCULAR, f"a circle: {around}")
                continue
            yield Problem(file.path, node.line, node.col, Code.BAD_INCLUDE, note)


def _chain(start: str, goal: str, by_path: Mapping[str, Tree]) -> tuple[str, ...]:
    def onward(name: str) -> Iterable[str]:
        return [target for _, target in _includes(by_path[name])] if name in by_path else ()

    return _route(start, goal, onward)


def _route(start: str, goal: str, onward: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """The shortest way from one name to another, both included; empty where there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == goal:
            return way
        for name in onward(way[-1]):
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()


class Lists:
    """The lists of all files, and the trees with their items in the place of their names."""

    def __init__(self, trees: Sequence[Tree]) -> None:
        self.problems: list[Problem] = list(duplicate_names(trees, "lists", "list"))
        self.used: set[str] = set()
        self.emptied: set[tuple[str, int, int]] = set()  # empty only for want of the lists they name
        self._defined: dict[str, tuple[PolicyFile, Node, Node]] = {}
        for file, root in trees:
            for name, (key, value) in _entries(root, "lists"):
                self._defined.setdefault(name, (file, key, value))
        self._resolved: dict[str, list[Node]] = {}
        self._spent = 0

    def expanded(self, tree: Tree) -> Node:
        """A tree with the lists written out in its conditions."""
        file, root = tree
        if not isinstance(root.value, dict):
            return root
        entries = dict(root.value)
        for name in ("rules", "conditions", "sensitive"):
            if name in entries:
                entries[name] = (entries[name][0], self._in(entries[name][1], file, inside=name != "rules"))
        return replace(root, value=entries)

    def _in(self, node: Node, file: PolicyFile, *, inside: bool) -> Node:
        if isinstance(node.value, list):
            if not inside:
                return replace(node, value=[self._in(item, file, inside=False) for item in node.value])
            items = [new for item in node.value for new in self._item(item, file)]
            if node.value and not items:
                self.emptied.add((file.path, node.line, node.col))
            return replace(node, value=items)
        if isinstance(node.value, dict):
            entries = {}
            for name, (key, value) in node.value.items():
                if not inside and name == "exceptions":
                    new = self._in(value, file, inside=False)
                elif inside and isinstance(value.value, str) and value.value.startswith("$"):
                    new = self._in(replace(value, value=[value]), file, inside=True)
                else:
                    new = self._in(value, file, inside=True) if inside or name in {"when", "match"} else value
                entries[name] = (key, new)
            return replace(node, value=entries)
        return node

    def _item(self, item: Node, file: PolicyFile) -> Iterable[Node]:
        text = item.value
        if not isinstance(text, str) or not text.removeprefix("!").startswith("$"):
            return [self._in(item, file, inside=True)]
        sign, name = text[: text.index("$")], text[text.index("$") + 1 :]
        if name not in self._defined:
            hint = did_you_mean(name, self._defined) if self._defined else "; the file defines none under lists"
            note = f'there is no list "{shown(name)}"{hint}'
            self.problems.append(Problem(item.path or file.path, item.line, item.col, Code.UNKNOWN_LIST, note))
            return []
        self.used.add(name)
        items = self._resolve(name)
        self._spent += len(items)
        if self._spent > MAX_NODES:  # attack: lists of lists multiply
            note = f"the lists stand for more than {MAX_NODES} values, counted as often as used"
            self.problems.append(Problem(item.path or file.path, item.line, item.col, Code.TOO_DEEP, note))
            return []
        return [_negated(each) for each in items] if sign else items

    def _resolve(self, name: str) -> list[Node]:
        if name not in self._resolved:
            self._resolved[name] = []  # what comes back to it while it is worked out adds nothing
            file, _, value = self._defined[name]
            for item in _items(value):
                self._resolved[name] += [each if each.path else replace(each, path=file.path)
                                         for each in self._item(item, file)]  # fmt: skip
        return self._resolved[name]

    def circles(self) -> Iterator[Problem]:
        """Lists that hold themselves."""

        def onward(name: str) -> Iterable[str]:
            items = _items(self._defined[name][2]) if name in self._defined else ()
            return [str(item.value).lstrip("!$") for item in items if str(item.value).lstrip("!").startswith("$")]

        yield from _circles("lists", "holds", self._defined, onward)

    def unused(self) -> Iterator[Problem]:
        """Lists that no condition names."""
        for name, (file, key, _) in self._defined.items():
            if name not in self.used:
                yield Problem(file.path, key.line, key.col, Code.UNUSED, f'nothing uses the list "{shown(name)}"')


def _negated(node: Node) -> Node:
    return replace(node, value=f"!{node.value}") if isinstance(node.value, str) else node


def check_conditions(trees: Sequence[Tree]) -> Iterator[Problem]:
    """Conditions used that nobody defines, that use themselves, or that are defined twice."""
    yield from duplicate_names(trees, "conditions", "condition")
    defined = {name: (file, key, value) for file, root in trees for name, (key, value) in _entries(root, "conditions")}

    def onward(name: str) -> Iterable[str]:
        return [str(node.value) for node in _uses(defined[name][2])] if name in defined else ()

    for file, root in trees:
        for node in (*_uses(root.at(["rules"])[1] if _has(root, "rules") else None),
                     *(use for _, (_, value) in _entries(root, "conditions") for use in _uses(value))):  # fmt: skip
            if isinstance(node.value, str) and node.value not in defined:
                hint = did_you_mean(node.value, defined) if defined else "; the file defines none under conditions"
                note = f'there is no condition "{shown(node.value)}"{hint}'
                yield Problem(file.path, node.line, node.col, Code.UNKNOWN_CONDITION, note)
    yield from _circles("conditions", "uses", defined, onward)


def _circles(
    what: str,
    verb: str,
    defined: Mapping[str, tuple[PolicyFile, Node, Node]],
    onward: Callable[[str], Iterable[str]],
) -> Iterator[Problem]:
    """One problem for each circle, at the first name of it."""
    told: set[str] = set()
    for name, (file, key, _) in defined.items():
        way = next(filter(None, (_route(step, name, onward) for step in onward(name))), ())
        if way and not told & set(way):
            told.update(way)
            note = f"a circle of {what}: {f' {verb} '.join((name, *way))}"
            yield Problem(file.path, key.line, key.col, Code.CIRCULAR, note)


def unused_conditions(trees: Sequence[Tree]) -> Iterator[Problem]:
    """Conditions that no rule and no other condition uses."""
    used = {node.value for _, root in trees for node in _uses(root)}
    for file, root in trees:
        for name, (key, _) in _entries(root, "conditions"):
            if name not in used:
                yield Problem(file.path, key.line, key.col, Code.UNUSED, f'nothing uses the condition "{shown(name)}"')


def duplicate_names(trees: Iterable[Tree], under: str, what: str) -> Iterator[Problem]:
    """Names given in two files; in one file a name given twice is a key given twice."""
    first: dict[str, str] = {}
    for file, root in trees:
        for name, (key, _) in _entries(root, under):
            if name in first:
                note = f'the {what} "{shown(name)}" is already defined at {first[name]}'
                yield Problem(file.path, key.line, key.col, Code.DUPLICATE_ID, note)
            else:
                first[name] = f"{file.path}:{key.line}"


def _uses(node: Node | None) -> Iterator[Node]:
    if node is None:
        return
    if isinstance(node.value, dict):
        for name, (_, value) in node.value.items():
            if name == "use":
                yield from _items(value) if isinstance(value.value, list) else (value,)
            else:
                yield from _uses(value)
    elif isinstance(node.value, list):
        for item in node.value:
            yield from _uses(item)


def _has(root: Node, key: str) -> bool:
    return isinstance(root.value, dict) and key in root.value


def _items(node: Node | None) -> Sequence[Node]:
    return node.value if node is not None and isinstance(node.value, list) else ()


def _entries(root: Node, key: str) -> Iterable[tuple[str, tuple[Node, Node]]]:
    value = root.at([key])[1].value if _has(root, key) else None
    return value.items() if isinstance(value, dict) else ()
