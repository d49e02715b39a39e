"""Who is on which side: addresses to zones by longest prefix, and zones to a direction. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from proxy.core.message import Direction

MAINLAND = "mainland"
OUTSIDE = "outside"
_LONGEST_LITERAL = 128  # ATTACK: longer names are not remembered


@dataclass(frozen=True, slots=True)
class Zones:
    """Networks by zone and the zones of addresses in none of them.

    `networks` is ordered from the longest prefix to the shortest; IPv4 stands as IPv4-mapped IPv6, so that one table
    serves both families and `::ffff:10.0.0.1` cannot slip past a rule about 10.0.0.0/8.
    """

    networks: tuple[tuple[IPv6Network, str], ...] = ()
    default_client: str = MAINLAND
    default_server: str = OUTSIDE
    _known: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls, zones: Mapping[str, Sequence[str]], default_client: str = MAINLAND, default_server: str = OUTSIDE
    ) -> Zones:
        """From configuration. Raises ValueError for an entry that is not a CIDR, or that two zones claim."""
        found: dict[IPv6Network, str] = {}
        for zone, cidrs in zones.items():
            for cidr in cidrs:
                try:
                    network = _as_v6(cidr)
                except ValueError:
                    raise ValueError(f"zone {zone}: {cidr!r} is not a network such as 10.0.0.0/8") from None
                if found.setdefault(network, zone) != zone:
                    raise ValueError(f"zone {zone}: {cidr} already belongs to zone {found[network]}")
        networks = tuple(sorted(found.items(), key=lambda item: -item[0].prefixlen))
        return cls(networks, default_client, default_server)

    @property
    def names(self) -> tuple[str, ...]:
        """Every zone an address can be in, sorted."""
        return tuple(sorted({zone for _, zone in self.networks} | {self.default_client, self.default_server}))

    def client(self, address: str) -> str:
        """The zone of a client's numeric address."""
        return self._lookup(address) or self.default_client

    def server(self, address: str) -> str:
        """The zone of a server's numeric address."""
        return self._lookup(address) or self.default_server

    def _lookup(self, address: str) -> str:
        zone = self._known.get(address)
        if zone is None:
            zone = self._search(address)
            if len(self._known) >= 8192:  # bounded: an attacker chooses addresses
                self._known.clear()
            self._known[address] = zone
        return zone

    def _search(self, address: str) -> str:
        try:
            wide = _wide(ip_address(address.partition("%")[0]))
        except ValueError:
            return ""
        return next((zone for network, zone in self.networks if wide in network), "")


def is_literal(host: str) -> bool:
    """Whether a host is a numeric address rather than a name."""
    return len(host) <= _LONGEST_LITERAL and _is_literal(host)


@lru_cache(maxsize=4096)
def _is_literal(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def direction(sender: str, receiver: str) -> Direction:
    """Export leaves the mainland, import enters it; everything else is internal."""
    if (sender == MAINLAND) is (receiver == MAINLAND):
        return Direction.INTERNAL
    return Direction.EXPORT if sender == MAINLAND else Direction.IMPORT


def _as_v6(cidr: str) -> IPv6Network:
    network = ip_network(cidr)
    if isinstance(network, IPv6Network):
        return network
    return IPv6Network((_wide(network.network_address), network.prefixlen + 96))


def _wide(address: IPv4Address | IPv6Address) -> IPv6Address:
    if isinstance(address, IPv6Address):
        return address
    return IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed)
