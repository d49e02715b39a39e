"""Whether one condition holds wherever another does, read off how they are compiled. Pure.

True is a proof; False only says that none was found.
"""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network

from proxy.policy.conditions import Test
from proxy.policy.decide import Exempted
from proxy.policy.globs import compile_globs
from proxy.policy.selection import DataTest, Picked
from proxy.policy.tree import Either, Every, Not, Part

_GLOBS = frozenset({"to.hosts", "from.hosts", "paths", "content_types", "clients"})
_WORDS = frozenset({"protocols", "inspection"})  # tests that keep their words in `wanted` alone


def implies(wide: Part, narrow: Part) -> bool:
    """Whether `wide` holds of every message of which `narrow` does."""
    if wide is narrow:
        return True
    if isinstance(wide, Every):
        return all(implies(part, narrow) for part in wide.parts)
    if isinstance(narrow, Either):
        return all(implies(wide, part) for part in narrow.parts)
    if isinstance(wide, Either) and any(implies(part, narrow) for part in wide.parts):
        return True
    if isinstance(narrow, Every):
        return any(implies(wide, part) for part in narrow.parts)
    if isinstance(wide, Not) and isinstance(narrow, Not):
        return implies(narrow.part, wide.part)
    if isinstance(wide, DataTest) and isinstance(narrow, DataTest):
        return _data(wide, narrow)
    return isinstance(wide, Test) and isinstance(narrow, Test) and wide.key == narrow.key and _test(wide, narrow)


def gathers(wide: Part, narrow: Part) -> bool:
    """Whether `wide`, where both hold, means every finding that `narrow` means."""
    if wide is narrow or not _means(narrow):
        return True
    if isinstance(wide, Either) and any(implies(part, narrow) and gathers(part, narrow) for part in wide.parts):
        return True
    if isinstance(narrow, Every | Either):
        return all(gathers(wide, part) for part in narrow.parts)
    if isinstance(wide, Every):
        return any(gathers(part, narrow) for part in wide.parts)
    return isinstance(wide, DataTest) and isinstance(narrow, DataTest) and _data(wide, narrow)


def exempts_no_more(new: Exempted, old: Exempted) -> bool:
    """Whether an exception takes out nothing that another did not, and for no longer."""
    return new.expires <= old.expires and implies(old.when, new.when)


def _means(part: Part) -> bool:
    if isinstance(part, Every | Either):
        return any(map(_means, part.parts))
    return isinstance(part, DataTest)


def _data(wide: DataTest, narrow: DataTest) -> bool:
    if not _picks(wide.picked, narrow.picked):
        return False
    if any(getattr(wide, name) > max(getattr(narrow, name), 1) for name in ("count", "distinct", "subjects")):
        return False
    if wide.subjects > 1 and (wide.picked, wide.together, wide.kinds) != (narrow.picked, narrow.together, narrow.kinds):
        return False  # a further identifier may show that two people are one
    if not wide.together:
        return True
    if not 0 < wide.together <= narrow.together:
        return False
    return wide.kinds == narrow.kinds or (bool(narrow.kinds) and set(narrow.kinds) <= set(wide.kinds))


def _picks(wide: Picked, narrow: Picked) -> bool:
    return (
        _within(wide.entities, narrow.entities)
        and _within(wide.details or None, narrow.details or None)
        and wide.rank <= narrow.rank
        and _within(wide.sensitive, narrow.sensitive)
        and (not wide.minors or narrow.minors)
        and _within(wide.decimals, narrow.decimals)
        and wide.samples <= narrow.samples
    )


def _within(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    """Whether one set, of which None is everything, holds another."""
    return wide is None or (narrow is not None and narrow <= wide)


def _test(wide: Test, narrow: Test) -> bool:
    """Of two tests of one key."""
    if (wide.wanted, wide.given) == (narrow.wanted, narrow.given):
        return True
    key = wide.key
    if key in _GLOBS or key.startswith("headers."):
        return _globs(wide.given or (), narrow.given or ())
    if key.endswith(".cidr"):
        return _networks(wide.given or (), narrow.given or ())
    if key.startswith("size."):
        return int(wide.wanted.split()[0]) <= int(narrow.wanted.split()[0])
    if key in _WORDS:
        return set(narrow.wanted.split(", ")) <= set(wide.wanted.split(", "))
    return wide.given is not None and narrow.given is not None and set(narrow.given) <= set(wide.given)


def _globs(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """A glob that fits the written form of another fits all that the other does: `*` alone stands for `*`."""
    more, less = compile_globs(wide), compile_globs(narrow)
    wanted = [glob for glob in narrow if not glob.startswith("!")] or ["*"]
    if more.wanted is not None and not all(map(more.wanted.match, wanted)):
        return False
    unwanted = [glob.removeprefix("!") for glob in wide if glob.startswith("!")]
    return not unwanted or (less.unwanted is not None and all(map(less.unwanted.match, unwanted)))


def _networks(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    def inside(each: str) -> bool:
        network = ip_network(each)
        for other in map(ip_network, wide):
            if isinstance(network, IPv4Network):
                if isinstance(other, IPv4Network) and network.subnet_of(other):
                    return True
            elif not isinstance(other, IPv4Network) and network.subnet_of(other):
                return True
        return False

    return all(map(inside, narrow))
