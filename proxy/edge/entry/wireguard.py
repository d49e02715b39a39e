"""WireGuard mode: its keys, which only the gate may read, and what a client needs to come in by it.

mitmproxy knows one client: several devices share its key, and whoever has `wireguard-client.conf` is let in.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from mitmproxy.proxy.mode_specs import WireGuardMode

from proxy.edge.entry.modes import parsed
from proxy.edge.ports import Rejected
from proxy.edge.settings import Settings
from proxy.edge.tls import ca

KEYS = "wireguard.conf"  # where mitmproxy looks, in its own form
CLIENT = "wireguard-client.conf"
ADDRESS, RESOLVER = "10.0.0.1/32", "10.0.0.53"
_ANYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to


def ensure(settings: Settings) -> None:
    """Keys and the client's configuration, made if there are none. Raises Rejected when others can read them."""
    directory = ca.ca_dir(settings.state_dir)
    keys = directory / KEYS
    for mode in map(parsed, settings.modes):
        if not isinstance(mode, WireGuardMode):
            continue
        if mode.data:
            raise Rejected(f'mode "{mode.full_spec}": the keys are in {keys}; leave the path out')
        host, port = mode.listen_host(settings.listen[0]), mode.listen_port(settings.listen[1])
        try:
            if not keys.exists():
                _make(keys)
            _check(keys)
            _write(directory / CLIENT, _client(json.loads(keys.read_bytes()), host, port or settings.listen[1]))
        except OSError as e:
            raise Rejected(f"{keys}: {e.strerror}") from None
        except (KeyError, ValueError, TypeError):
            raise Rejected(f"{keys}: holds no keys of a WireGuard mode; remove it, and new ones are made") from None


def _make(keys: Path) -> None:
    from mitmproxy_rs import wireguard  # noqa: PLC0415 - only this mode needs it

    _write(keys, json.dumps({name: wireguard.genkey() for name in ("server_key", "client_key")}))


def _check(keys: Path) -> None:
    status = keys.stat()
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise Rejected(f"{keys}: others have access to the tunnel's keys; chown it, and run `chmod 600 {keys}`")


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    fresh.replace(path)


def _client(keys: Mapping[str, str], host: str, port: int) -> str:
    from mitmproxy_rs import wireguard  # noqa: PLC0415

    gate = "GATE" if host in _ANYWHERE else f"[{host}]" if ":" in host else host
    return (
        f"[Interface]\nPrivateKey = {keys['client_key']}\nAddress = {ADDRESS}\nDNS = {RESOLVER}\n\n"
        f"[Peer]\nPublicKey = {wireguard.pubkey(keys['server_key'])}\n"
        f"AllowedIPs = 0.0.0.0/0\nEndpoint = {gate}:{port}\n"
    )
