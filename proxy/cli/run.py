"""`egress run`: from flags, variables and a file to a running gate. Flag beats variable beats file beats default."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.build import PYTHON, VERSION, Workshop, token_key
from proxy.cli.config import Config, Given, load_config, settings
from proxy.cli.equipment import Equipment, register_beside
from proxy.cli.rollout import Rollout
from proxy.edge import mirror
from proxy.edge.entry import modes, wireguard
from proxy.edge.ports import Refusal, Rejected, Upstream
from proxy.edge.processes.supervisor import start
from proxy.edge.settings import Settings
from proxy.edge.tls import ca
from proxy.edge.zones import MAINLAND, OUTSIDE
from proxy.store.archive import Archive
from proxy.store.board import Board


def run(  # noqa: PLR0913, PLR0917 - one parameter per flag is typer's way
    policy: Annotated[
        Path | None,
        typer.Option(envvar="EGRESS_POLICY", help="Policy file or folder.", show_default="policies/default.yaml"),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(
            envvar="EGRESS_LISTEN", metavar="HOST:PORT", help="Where clients connect.", show_default="127.0.0.1:8080"
        ),
    ] = None,
    mode: Annotated[
        list[str] | None,
        typer.Option(
            envvar="EGRESS_MODE",
            metavar="MODE",
            help="How traffic comes: regular, socks5, transparent, wireguard, upstream:http://HOST:PORT, "
            "reverse:https://HOST; MODE@PORT for a port of its own; repeatable.",
            show_default="regular",
        ),
    ] = None,
    metrics_listen: Annotated[
        str | None,
        typer.Option(
            envvar="EGRESS_METRICS_LISTEN",
            metavar="HOST:PORT",
            help="Where /metrics, /livez and /readyz are.",
            show_default="127.0.0.1:9464",
        ),
    ] = None,
    state_dir: Annotated[
        Path | None, typer.Option(envvar="EGRESS_STATE_DIR", help="CA, audit, ledger.", show_default=".egress")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(envvar="EGRESS_WORKERS", min=1, max=256, help="Worker processes.", show_default="one per core"),
    ] = None,
    upstream_ca: Annotated[
        Path | None, typer.Option(envvar="EGRESS_UPSTREAM_CA", help="Extra trusted roots for servers, PEM.")
    ] = None,
    proxy_auth: Annotated[
        Path | None,
        typer.Option(
            envvar="EGRESS_PROXY_AUTH", help="htpasswd file: clients must sign in.", show_default="open to all"
        ),
    ] = None,
    upstream_auth: Annotated[
        Path | None,
        typer.Option(envvar="EGRESS_UPSTREAM_AUTH", help="File with NAME:PASSWORD for the proxy of --mode upstream."),
    ] = None,
    passthrough: Annotated[
        Path | None,
        typer.Option(
            envvar="EGRESS_PASSTHROUGH", help="YAML list of hosts whose TLS is not opened.", show_default="none"
        ),
    ] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(
            envvar="EGRESS_CLIENT_CA",
            help="Authorities, PEM: clients must reach the gate by TLS and show a certificate of theirs.",
            show_default="none",
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="YAML with these flags as keys, and zones.")
    ] = None,
    allow_weaken: Annotated[
        bool | None,
        typer.Option(
            "--allow-weaken",
            envvar="EGRESS_ALLOW_WEAKEN",
            help="Whether a reload may make the policy weaker without a signature.",
            show_default="refuse",
        ),
    ] = None,
    spare: Annotated[
        bool | None,
        typer.Option(
            " /--no-spare",
            envvar="EGRESS_SPARE",
            help="Whether a worker stands ready for one that dies; it takes some 110 MB.",
            show_default="true",
        ),
    ] = None,
) -> None:
    """Start the gate. SIGTERM drains it. It reloads the policy when its files change, and at SIGHUP."""
    paths = {
        "upstream_ca": upstream_ca,
        "proxy_auth": proxy_auth,
        "upstream_auth": upstream_auth,
        "passthrough": passthrough,
        "client_ca": client_ca,
    }
    given = Given(policy, listen, tuple(mode or ()), metrics_listen, state_dir, workers, paths, allow_weaken, spare)
    try:
        known = load_config(config)
        asked = settings(given, known)
        told = modes.checked(asked)
        if told.workers < asked.workers:
            sys.stderr.write("workers: 1, because one process alone can serve the modes that are asked for\n")
        code = _run(told, known)
    except Rejected as e:
        for line in e.lines:
            sys.stderr.write(f"{line}\n")
        raise typer.Exit(2) from None
    raise typer.Exit(code)


def _run(told: Settings, known: Config) -> int:
    try:
        ca.ensure(told.state_dir)
        ca.trusted_bundle(told.state_dir, told.upstream_ca)
        wireguard.ensure(told)
        sides = told.sides()
        key = token_key(told.state_dir)
    except (ca.CaError, ValueError) as e:
        raise Rejected(f"egress run: {e}") from None
    except OSError as e:
        raise Rejected(f"egress run: {told.state_dir}: {e.strerror}") from None
    zones = tuple(sorted({*sides.names, MAINLAND, OUTSIDE}))
    equipment = Equipment(known.recognizers, known.register or register_beside(told.policy), models=False)
    workshop = Workshop(told.state_dir, key, zones if told.zones else None, equipment)
    board = Board(told.state_dir, VERSION, zones, tuple(Refusal), tuple(Upstream))
    named = ",".join(zones if told.zones else ())
    command = [
        *PYTHON, "-m", "proxy.cli.worker", "serve", str(told.state_dir), named, json.dumps(equipment.plain()),
        json.dumps(asdict(told.inspect)),
    ]  # fmt: skip
    rollout = Rollout(told.policy, told.state_dir, workshop, told.allow_weaken, known.policy_keys)
    return start(told, rollout, Archive(told.state_dir, VERSION), board, command, _hint(told))


def _hint(told: Settings) -> str:
    """A line to try in a second terminal, for people; `{listen}` is filled in when the port is known.

    It goes to the mirror, where the gate itself answers with what would have arrived: it works without a network.
    """
    if not sys.stderr.isatty() and "MAKELEVEL" not in os.environ:
        return ""
    certificate = (ca.ca_dir(told.state_dir) / ca.CERT_FILE).resolve()
    return (
        "try this in a second terminal; what comes back is what would have left (any other address works as well):\n"
        f"  curl -x http://{{listen}} --cacert {shlex.quote(str(certificate))} https://{mirror.HOST}/ "
        f"-d 'id=11010519491231002X'\n"
    )
