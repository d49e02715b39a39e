"""How traffic reaches the gate: mitmproxy's mode words, and what each of them can and cannot do here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mitmproxy.proxy import mode_specs
from mitmproxy.proxy.mode_specs import ProxyMode

from proxy.edge.ports import Rejected
from proxy.edge.settings import Address, Settings

_ASKING = (mode_specs.RegularMode, mode_specs.UpstreamMode, mode_specs.Socks5Mode)
_ASKING_WORDS = "regular, upstream and socks5"


def checked(settings: Settings) -> Settings:
    """The settings, their modes looked over; one worker where several cannot share. Raises Rejected."""
    modes = [parsed(spec) for spec in settings.modes]
    for mode in modes:
        if settings.proxy_auth and not isinstance(mode, _ASKING):
            raise Rejected(
                f'mode "{mode.full_spec}": proxy_auth cannot be asked for here, only in {_ASKING_WORDS}; '
                "run a second gate for this mode"
            )
        web = isinstance(mode, mode_specs.ReverseMode) and mode.scheme in {"http", "https"}
        if settings.client_ca and not (web or isinstance(mode, mode_specs.RegularMode | mode_specs.UpstreamMode)):
            raise Rejected(
                f'mode "{mode.full_spec}": client_ca cannot be asked for here, only in regular, upstream and '
                "reverse:http; run a second gate for this mode"
            )
        if mode.custom_listen_port == 0:
            raise Rejected(f'mode "{mode.full_spec}": port 0 is for --listen alone')
    _apart(modes, settings)
    if settings.upstream_auth and not any(isinstance(mode, mode_specs.UpstreamMode) for mode in modes):
        raise Rejected("upstream_auth is for --mode upstream:http://HOST:PORT, which is not among the modes")
    if all(mode.custom_listen_port for mode in modes):
        settings = replace(settings, listen=_address(modes[0], settings))
    if settings.workers > 1 and not any(_shared(mode) for mode in modes):
        return replace(settings, workers=1)
    return settings


def _apart(modes: Sequence[ProxyMode], settings: Settings) -> None:
    taken: dict[tuple[str, Address], str] = {}
    for mode in modes:
        for kind in ("tcp", "udp"):
            if mode.transport_protocol in {kind, "both"}:
                other = taken.setdefault((kind, _address(mode, settings)), mode.full_spec)
                if other != mode.full_spec or modes.count(mode) > 1:
                    said = f'modes "{other}" and "{mode.full_spec}" have the same port'
                    raise Rejected(f"{said}; give one its own, as in {mode.type_name}@PORT")


def parsed(spec: str) -> ProxyMode:
    """One mode. Raises Rejected."""
    try:
        return ProxyMode.parse(spec)
    except ValueError as e:
        raise Rejected(f'mode "{spec}": {e}; see `egress run --help`') from None


def of_worker(settings: Settings, worker: int) -> tuple[str, ...]:
    """The modes a worker serves: what UDP sockets serve cannot be shared, and is worker 0's alone."""
    modes = [parsed(spec) for spec in settings.modes]
    if worker == 0:
        return tuple(mode.full_spec for mode in modes)
    shared = [mode for mode in modes if _shared(mode)]
    for mode in shared:
        # parsed once for all: mitmproxy, which would open the UDP port too, finds this very object
        object.__setattr__(mode, "transport_protocol", "tcp")
    return tuple(mode.full_spec for mode in shared)


def held(settings: Settings) -> tuple[Address, ...]:
    """The addresses for which each worker gets a socket, in its order; that of `--listen` comes first."""
    return tuple(dict.fromkeys((settings.listen, *addresses(settings))))


def addresses(settings: Settings) -> tuple[Address, ...]:
    """Where the TCP modes listen, each address once."""
    modes = [parsed(spec) for spec in settings.modes]
    each = [_address(mode, settings) for mode in modes if mode.transport_protocol != "udp"]
    return tuple(dict.fromkeys(each))


def _address(mode: ProxyMode, settings: Settings) -> Address:
    host, port = settings.listen
    return mode.listen_host(host), mode.listen_port(port) or port


def _shared(mode: ProxyMode) -> bool:
    return mode.transport_protocol != "udp" and not isinstance(mode, mode_specs.LocalMode | mode_specs.TunMode)
