"""What a policy that can be used should not be like: one problem per doubt, at its place.

It compares compiled conditions by their parts. That misses some rules that can never match; it accuses none that can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from proxy.core.message import Action, Cause, Direction, Mode
from proxy.policy.covering import implies, void
from proxy.policy.decide import LEFT, Policy, Voter
from proxy.policy.errors import Code, Problem
from proxy.policy.index import anchors
from proxy.policy.load import Loaded
from proxy.policy.model import Document
from proxy.policy.names import unused_conditions
from proxy.policy.selection import DataTest
from proxy.policy.when import Side
from proxy.policy.words import territory
from proxy.policy.yamltree import Node, PolicyFile

_MAINLAND = "mainland"
_HARMLESS = frozenset((Cause.NAMES_SKIPPED, Cause.TYPE_MISMATCH))


@dataclass(frozen=True, slots=True)
class _Place:
    """A rule, where it stands, and what it became; no voter where it is off."""

    file: PolicyFile
    root: Node
    document: Document
    number: int
    voter: Voter | None

    def problem(self, code: Code, message: str, *loc: int | str) -> Problem:
        key, _ = self.root.at(["rules", self.number, *(loc or ("id",))])
        return Problem(key.path or self.file.path, key.line, key.col, code, message)


def lint(loaded: Loaded, policy: Policy, tested: Collection[str] | None) -> list[Problem]:
    """Every doubt about a policy, in the order of the files. `tested` are the rules that test cases name; None where
    there are no cases at all."""
    places = list(_places(loaded, policy))
    doubts = [
        *policy.warnings,
        *loaded.lists.unused(),
        *unused_conditions(loaded.trees),
        *(doubt for place in places for doubt in _alone(place, loaded)),
        *_tests(places, tested),
        *_pairs(places),
    ]
    return loaded.in_order(doubts)


def _places(loaded: Loaded, policy: Policy) -> Iterator[_Place]:
    voters: Mapping[str, Voter] = {voter.match.id: voter for voter in policy.voters}
    for (file, root), document in zip(loaded.trees, loaded.documents, strict=True):
        if isinstance(document, Document):
            for i, rule in enumerate(document.rules):
                yield _Place(file, root, document, i, voters.get(rule.id))


def _alone(place: _Place, loaded: Loaded) -> Iterator[Problem]:
    rule = place.document.rules[place.number]
    if rule.owner is None and place.document.metadata.owner is None:
        yield place.problem(Code.NO_OWNER, f"nobody answers for {rule.id}; give it, or metadata, an owner")
    if not rule.basis and rule.then.action is not Action.LOG:
        yield place.problem(Code.NO_BASIS, f"{rule.id} rests on nothing; name the articles under basis")
    voter = place.voter
    if voter is None:
        return
    if not voter.when.parts or (rule.then.action is not Action.LOG and _anything(voter)):
        what = "every message that goes this way" if not voter.when.parts else "whatever is found"
        yield place.problem(Code.CATCHES_ALL, f"{rule.id} is about {what}; say what it is about", "when")
    why = _never(voter, loaded)
    if why is not None:
        note, *loc = why
        yield place.problem(Code.NEVER_MATCHES, f"{rule.id} can never match: {note}", "when", *loc)


def _anything(voter: Voter) -> bool:
    """Whether the only condition is that anything at all was found."""
    if len(voter.when.parts) != 1 or not isinstance(voter.when.parts[0], DataTest):
        return False
    data = voter.rule.when.data
    return data is not None and not data.model_fields_set - {"band", "count"} and voter.when.parts[0].count == 1


def _never(voter: Voter, loaded: Loaded) -> tuple[str, *tuple[str, ...]] | None:
    when = voter.rule.when
    sides = (when.from_, when.to)
    if not any(_possible(way, sides) for way in voter.ways):
        ways = " or ".join(sorted(way.value for way in voter.ways))
        name = (
            "from" if when.from_ is not None and not any(_possible(w, (when.from_, None)) for w in voter.ways) else "to"
        )
        crossing = "an export goes from mainland to elsewhere, an import the other way"
        return f"its direction is {ways}, and {crossing}", name
    if when.times is not None and when.times.until is not None and when.times.until < loaded.today:
        return f"its time ended on {when.times.until}", "times", "until"
    if when.inspection == ("full",) and when.uninspected is not None:
        causes = when.uninspected.causes
        if causes and not _HARMLESS & set(causes):
            return "what was read in full has nothing left unread", "inspection"
    found = void(voter.when)
    if found is None:
        return None
    note, key = found
    return note, *(key.split(".") if when.model_fields_set & {"from_", "to", "data", key.partition(".")[0]} else ())


def _possible(way: Direction, sides: Sequence[Side | None]) -> bool:
    """Whether zones and territories allow a direction."""
    sender, receiver = (_where(side) for side in sides)
    if way is Direction.EXPORT:
        return sender != "outside" and receiver != "inside"
    if way is Direction.IMPORT:
        return sender != "inside" and receiver != "outside"
    return {sender, receiver} != {"inside", "outside"}


def _where(side: Side | None) -> str:
    """`inside` or `outside` the mainland, as far as the zones say; else empty."""
    zones = side.zones if side is not None else None
    if not zones:
        places = side.territories if side is not None else None
        # a zone of another name may be in the mainland as far as the law goes, but the direction is told by its name
        if places and _MAINLAND not in places and "unknown" not in places:
            return "outside"
        return ""
    if all(zone == _MAINLAND for zone in zones):
        return "inside"
    return "outside" if all(zone != _MAINLAND and territory(zone) != _MAINLAND for zone in zones) else ""


def _tests(places: Sequence[_Place], tested: Collection[str] | None) -> Iterator[Problem]:
    if tested is None:
        if places:
            key, _ = places[0].root.at(["rules"])
            note = "no rule has a test; put cases into a file of this name that ends in .test.yaml"
            yield Problem(places[0].file.path, key.line, key.col, Code.NO_TEST, note)
        return
    for place in places:
        rule = place.document.rules[place.number]
        if place.voter is not None and rule.id not in tested:
            yield place.problem(Code.NO_TEST, f"no test names {rule.id}")


def _pairs(places: Sequence[_Place]) -> Iterator[Problem]:
    """Rules whose action another one makes idle."""
    strict = [p for p in places if p.voter is not None and not p.voter.exempt and p.voter.match.mode is Mode.ENFORCE
              and p.voter.match.action is not Action.LOG]  # fmt: skip
    about = _by_entity(strict)
    for place in places:
        mine = place.voter
        if mine is None:
            continue
        named = anchors(mine.when).get("data", frozenset())
        for other in (*about[""], *(about[min(named)] if named else ())):
            theirs = other.voter
            if theirs is None or theirs is mine or not _idle(mine, theirs):
                continue
            where = f"{theirs.match.id} ({other.file.path}:{other.root.at(['rules', other.number, 'id'])[0].line})"
            if theirs.when is mine.when and theirs.match.action is not mine.match.action:
                note = f"{where} asks for {theirs.match.action} on the same condition; {mine.match.action} never counts"
                yield place.problem(Code.CONTRADICTS, note, "then")
            else:
                note = f"whenever this matches, {where} matches too and asks for {theirs.match.action}"
                yield place.problem(Code.SHADOWED, note, "when")
            break


def _by_entity(places: Iterable[_Place]) -> Mapping[str, list[_Place]]:
    """Rules by the entities they need, those that need none under the empty name: whose condition follows from one
    about an entity names it, or none."""
    found: defaultdict[str, list[_Place]] = defaultdict(list)
    for place in places:
        if place.voter is not None:
            for entity in anchors(place.voter.when).get("data", frozenset({""})):
                found[entity].append(place)
    return found


def _idle(mine: Voter, theirs: Voter) -> bool:
    """Whether the one never decides anything because of the other."""
    if mine.match.mode is Mode.SHADOW or not mine.ways <= theirs.ways:
        return False
    if mine.match.action.rank > theirs.match.action.rank or not implies(mine.when, theirs.when):
        return False
    if theirs.match.action.rank > mine.match.action.rank:
        return mine.match.action is not Action.LOG or mine.when is theirs.when
    if mine.when is theirs.when and mine.match.id < theirs.match.id and mine.operator is theirs.operator:
        return False  # of two that are the same, one is told
    if mine.operator is None or theirs.operator is None:
        return True
    return not (mine.operators or theirs.operators) and LEFT[mine.operator] <= LEFT[theirs.operator]
