"""Our own mitmproxy: a master with four addons and no more, hooks called straight."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from mitmproxy import addonmanager, flow, hooks, http, tls
from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HttpLayer, HTTPMode
from mitmproxy.proxy.layers.modes import Socks5AuthData
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from proxy.core.tunnel import Watch
from proxy.edge import ids, mirror
from proxy.edge.addon import Edge
from proxy.edge.answers import Reason
from proxy.edge.entry import client_names, socks, transparent, upstream
from proxy.edge.entry.crowd import Crowd
from proxy.edge.loop import EdgeLoop
from proxy.edge.messages import Exchange, to_response
from proxy.edge.protocols import dns_layer, fields, http1, http2, quic, trailers, waiting
from proxy.edge.protocols.dns_layer import GateDns
from proxy.edge.protocols.layer import GateHttpLayer
from proxy.edge.protocols.patience import Patience
from proxy.edge.protocols.rawtcp import RawTcp
from proxy.edge.protocols.refuse import Refuse
from proxy.edge.protocols.websocket import Farewell
from proxy.edge.settings import Settings
from proxy.edge.tls import client_certs, passage, proposals, tls_data
from proxy.edge.tls.gate_tls import GateTls

logger = logging.getLogger("egress.edge")

Hook = Callable[[Any], Any]

_TUNNELS = (
    layers.ServerTLSLayer,
    layers.ClientTLSLayer,
    layers.ServerQuicLayer,
    layers.ClientQuicLayer,
    layers.modes.HttpProxy,
)
"""Layers around others, which are looked at in their turn."""


class Addons(addonmanager.AddonManager):
    """Calls hooks straight, and fails closed: mitmproxy's own manager logs an exception and lets the flow go on."""

    def __init__(self, master: Master) -> None:
        super().__init__(master)  # type: ignore[no-untyped-call] # mitmproxy's
        self._table: dict[str, list[Hook]] = {}

    async def handle_lifecycle(self, event: hooks.Hook) -> None:
        """A hook of a flow or connection; without the update event that only user interfaces want."""
        name = event.name
        table = self._table.get(name)
        if table is None:
            table = self._table[name] = [call for addon in self.chain if callable(call := getattr(addon, name, None))]
        (subject,) = event.args()
        try:
            for call in table:
                result = call(subject)
                if result is not None:
                    await result
        except Exception as e:  # noqa: BLE001 - whatever it is, nothing passes
            logger.error("hook %s failed: %s", name, type(e).__name__)  # noqa: TRY400 - a traceback may quote payload
            _fail_closed(subject)


def _fail_closed(subject: object) -> None:
    if isinstance(subject, flow.Flow):
        if subject.killable:
            subject.kill()  # type: ignore[no-untyped-call] # mitmproxy's
    elif isinstance(subject, ServerConnectionHookData):
        subject.server.error = "refused"
    elif isinstance(subject, tls.TlsData):
        subject.ssl_conn = None
    elif isinstance(subject, layer.NextLayer):
        subject.layer = Refuse(subject.context)


def _is_udp(chosen: layer.Layer) -> bool:
    return chosen.context.client.transport_protocol == "udp"


class Layers(NextLayer):
    """mitmproxy's choice of protocol, with our HTTP layer, and nothing passed on that no one can read."""

    name = "nextlayer"

    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.watch = Watch()

    def next_layer(self, nextlayer: layer.NextLayer) -> Awaitable[None] | None:
        """Let mitmproxy choose, then put ours in place of its own; TLS to a listed host is passed on as it is."""
        named = passage.names(nextlayer, self.edge) if nextlayer.layer is None else ()
        if named:
            return self._pass(nextlayer, named)
        if named is not None:
            self._choose(nextlayer)
        return None

    async def _pass(self, nextlayer: layer.NextLayer, named: tuple[str, ...]) -> None:
        try:
            nextlayer.layer = await passage.opened(nextlayer.context, named, self.edge)
        except passage.Denied:
            nextlayer.layer = Refuse(nextlayer.context)
        if nextlayer.layer is None:
            self._choose(nextlayer)

    def _choose(self, nextlayer: layer.NextLayer) -> None:
        begun = http2.begun(nextlayer)
        if begun:
            nextlayer.layer = GateHttpLayer(nextlayer.context, HTTPMode.transparent, self.edge)
        if begun or begun is None:
            return
        super().next_layer(nextlayer)
        if nextlayer.layer is not None:
            nextlayer.layer = self._ours(nextlayer.layer)

    def _ours(self, chosen: layer.Layer) -> layer.Layer:
        if type(chosen) is HttpLayer:
            return self._gated(chosen)
        if isinstance(chosen, layers.TCPLayer):
            chosen.context.layers.remove(chosen)
            return RawTcp(chosen.context, self.edge)
        if isinstance(chosen, layers.DNSLayer):
            chosen.context.layers.remove(chosen)
            return self.names(chosen.context)
        if not isinstance(chosen, _TUNNELS):
            return Refuse(chosen.context, self.edge)
        if isinstance(chosen, layers.ServerTLSLayer | layers.ClientTLSLayer) and _is_udp(chosen):
            return Refuse(chosen.context, self.edge)
        child = getattr(chosen, "child_layer", None)
        if isinstance(child, layer.Layer) and not isinstance(child, layer.NextLayer):
            chosen.child_layer = self._ours(child)  # type: ignore[union-attr] # it has one
        return chosen

    def names(self, context: Context) -> GateDns:
        """Our DNS layer."""
        return GateDns(context, self.edge, self.watch)

    def _gated(self, chosen: HttpLayer) -> GateHttpLayer:
        stack = chosen.context.layers
        stack.remove(chosen)
        return GateHttpLayer(chosen.context, chosen.mode, self.edge)


class Hooks:
    """The hooks that still come through mitmproxy: connections, CONNECT, and flows that have to wait."""

    name = "egress"

    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    async def request(self, flow: http.HTTPFlow) -> None:
        """Only for flows with work pending: the others were handled in their stream."""
        await self._wait(flow)

    async def response(self, flow: http.HTTPFlow) -> None:
        """As `request`."""
        await self._wait(flow)

    async def _wait(self, flow: http.HTTPFlow) -> None:
        x: Exchange = flow.metadata["egress"]
        if x.pending is not None:
            pending, x.pending = x.pending, None
            await pending

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """CONNECT: refused for what its name holds, or granted; mitmproxy opens a server for all but the mirror."""
        answer = self.edge.connect(flow)
        if answer is not None:
            flow.response = to_response(answer, close=True)
        elif flow.request.host == mirror.HOST:
            version = flow.request.data.http_version
            flow.response = http.Response(version, 200, b"Connection established", http.Headers(), b"", None, 0.0, 0.0)

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """CONNECT to a server that is not there: our words instead of mitmproxy's."""
        refused: Exchange | None = flow.metadata.get("egress")
        if refused is not None and refused.ours:
            return
        x = self.edge.begin(flow)
        self.edge.end(x)
        flow.response = to_response(self.edge.failed(x, Reason.UNREACHABLE, "", request=True), close=True)

    def http_connect_upstream(self, flow: http.HTTPFlow) -> None:
        """CONNECT to the proxy behind this one."""
        upstream.sign_in_connect(flow, self.edge.upstream_auth)

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """A client that rejects our certificate, which is a case for people; or one without its own, recorded."""
        if client_names.refused(data, self.edge):
            socks.turn_away(self.edge, data.context.client, None)
        if (found := proposals.rejection(data)) is not None:
            self.edge.gathered.add(found)

    def tls_established_client(self, data: tls.TlsData) -> None:
        """A client that has shown its certificate."""
        client_names.shown(data, self.edge)

    async def socks5_auth(self, data: Socks5AuthData) -> None:
        """A name and a password: let in, or turned away."""
        await socks.sign_in(self.edge, data)

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        """Judge a name given by SOCKS, as a CONNECT is; pin the address, where zones depend on it."""
        socks.judge(self.edge, data)
        await self.edge.resolver.server_connect(data)

    def server_connected(self, data: ServerConnectionHookData) -> None:
        """Speak to it as the client does."""
        http2.follow(data.client, data.server)

    def client_disconnected(self, client: Any) -> None:  # noqa: ANN401 - mitmproxy's Client
        """Forget its pins and its name."""
        self.edge.door.forget(client.id)
        self.edge.resolver.forget(client.id)


class EdgeMaster(Master):
    """A master with only what a gate needs. Create it inside a running loop."""

    def __init__(self, edge: Edge, options: Options) -> None:
        super().__init__(options)
        ids.install()
        trailers.drop()
        waiting.install()
        http1.install()
        fields.install()
        http2.install()
        client_certs.install()
        client_names.install()
        quic.install()
        tls_data.install()
        transparent.install()
        self._legacy_log_events.uninstall()
        self.edge = edge
        self.addons = Addons(self)
        self.server = Proxyserver()  # type: ignore[no-untyped-call] # mitmproxy's
        choice = Layers(edge)
        dns_layer.install(self.server, choice.names)
        self.addons.add(self.server, choice, GateTls(edge), Hooks(edge))  # type: ignore[no-untyped-call] # mitmproxy's
        self.patience: asyncio.Future[None] | None = None
        socks.ask(options, guarded=edge.door.guarded)

    @property
    def busy(self) -> int:
        """Flows now under way, and connections that have no end of their own."""
        return self.edge.active + len(self.edge.dialogues)

    def bound(self, settings: Settings) -> None:
        """Let nobody take too long or too much: start looking."""
        self.edge.shares.capacity = settings.inflight_bytes
        self.addons.add(Crowd(settings.connections, self.edge.recorder))  # type: ignore[no-untyped-call] # mitmproxy's
        loop = cast("EdgeLoop", asyncio.get_running_loop())
        loop.connect_seconds = settings.timeouts.connect
        looks = Patience(self.edge, self.server.connections, settings.timeouts).run()
        self.patience = asyncio.ensure_future(looks)

    def stop_accepting(self) -> None:
        """Close the listening sockets; connections go on, each until its flow is over."""
        self.edge.draining = True
        for instance in self.server.servers:
            for listening in getattr(instance, "_servers", ()):
                listening.close()

    async def farewell(self) -> None:
        """Ask the clients of connections that have no end of their own to go elsewhere."""
        for each in list(self.edge.dialogues.values()):
            handler = self.server.connections.get(each.client_conn.id)
            if handler is not None:
                await handler.server_event(Farewell(each, None))
