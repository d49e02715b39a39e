"""What a gate is told at its start, and how that travels to a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from proxy.core.limits import BODY_BYTES, STREAM_BYTES, WINDOW_BYTES, Limits
from proxy.edge.zones import MAINLAND, OUTSIDE, Zones

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to reach a server; until its answer begins; for a request to come whole, beside what its bytes earn
    it; for a connection on which no request is under way; for one on which nothing at all moves."""

    connect: float = 10.0
    answer: float = 120.0
    body: float = 30.0
    idle: float = 75.0
    silence: float = 600.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes: of a window of a text, of a body that must be seen whole, of one that passes in windows."""

    window: int = WINDOW_BYTES
    spool_cap: int = BODY_BYTES
    stream_cap: int = STREAM_BYTES

    def limits(self) -> Limits:
        """What the core is told. A body may unpack to twice the cap."""
        return Limits(
            body_bytes=self.spool_cap,
            window_bytes=self.window,
            stream_bytes=self.stream_cap,
            decoded_bytes=2 * self.spool_cap,
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """All that `egress run` can be told, checked. `grace` and `deadline` are seconds; `inflight_bytes`, `worker_bytes`
    and `connections` are a worker's: bodies held in memory, all it may have resident before it is replaced, clients."""

    listen: Address
    metrics_listen: Address
    state_dir: Path
    policy: Path
    workers: int = 1
    modes: tuple[str, ...] = ("regular",)
    upstream_ca: Path | None = None
    zones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    default_client_zone: str = MAINLAND
    default_server_zone: str = OUTSIDE
    grace: float = 20.0
    deadline: float = 20.0
    inflight_bytes: int = 512 * 1024 * 1024
    worker_bytes: int = 1536 * 1024 * 1024
    connections: int = 16_384
    timeouts: Timeouts = Timeouts()
    inspect: Sizes = field(default_factory=Sizes)
    allow_weaken: bool = False
    spare: bool = True
    proxy_auth: Path | None = None
    upstream_auth: Path | None = None
    passthrough: Path | None = None
    client_ca: Path | None = None
    client_certs: Mapping[str, str] = field(default_factory=dict)

    def sides(self) -> Zones:
        """The zones, ready for look-ups. Raises ValueError."""
        return Zones.of(self.zones, self.default_client_zone, self.default_server_zone)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(self).items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Settings:
        """What `plain` gave, on the other side."""
        values = dict(plain)
        for key in ("state_dir", "policy", "upstream_ca", "proxy_auth", "upstream_auth", "passthrough", "client_ca"):
            values[key] = Path(values[key]) if values[key] is not None else None
        for key in ("listen", "metrics_listen", "modes"):
            values[key] = tuple(values[key])
        values["timeouts"] = Timeouts(**values["timeouts"])
        values["inspect"] = Sizes(**values["inspect"])
        return cls(**values)


def shown(address: Address) -> str:
    """`host:port`, an IPv6 literal in brackets."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
