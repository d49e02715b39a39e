"""The `--config` file and its merging with flags. Every mistake is one line with its place."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from detectors.recognizers import Recognizer
from proxy.cli.bounds import LOAD, TIMEOUTS, inspect, load, numbers
from proxy.cli.recognizers import read_recognizers
from proxy.cli.signatures import public_key
from proxy.edge.ports import Rejected
from proxy.edge.settings import Address, Settings, Sizes, Timeouts
from proxy.edge.zones import MAINLAND, OUTSIDE
from proxy.policy.errors import Code, Problem, did_you_mean
from proxy.policy.globs import host_glob
from proxy.policy.yamltree import Node, PolicyFile, parse, shown

_PATHS = ("upstream_ca", "proxy_auth", "upstream_auth", "passthrough", "client_ca")
_TEXTS = (
    "policy",
    "listen",
    "metrics_listen",
    "state_dir",
    *_PATHS,
    "important_data",
    "default_client_zone",
    "default_server_zone",
)
_KEYS = (
    *_TEXTS,
    "mode",
    "workers",
    "zones",
    "client_certs",
    "recognizers",
    "allow_weaken",
    "spare",
    "policy_keys",
    "load",
    "timeouts",
    "inspect",
)


@dataclass(frozen=True, slots=True)
class Given:
    """What flags or variables said; None or empty where they were silent."""

    policy: Path | None = None
    listen: str | None = None
    mode: tuple[str, ...] = ()
    metrics_listen: str | None = None
    state_dir: Path | None = None
    workers: int | None = None
    paths: Mapping[str, Path | None] = field(default_factory=dict)
    allow_weaken: bool | None = None
    spare: bool | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """What the file said."""

    texts: Mapping[str, str] = field(default_factory=dict)
    modes: tuple[str, ...] = ()
    workers: int | None = None
    zones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    client_certs: Mapping[str, str] = field(default_factory=dict)
    recognizers: tuple[Recognizer, ...] = ()
    allow_weaken: bool | None = None
    spare: bool | None = None
    policy_keys: tuple[Ed25519PublicKey, ...] = ()
    load: Mapping[str, int] = field(default_factory=dict)
    timeouts: Mapping[str, int] = field(default_factory=dict)
    inspect: Sizes = field(default_factory=Sizes)

    @property
    def register(self) -> Path | None:
        """The register of important data, where the file names one."""
        return Path(self.texts["important_data"]) if "important_data" in self.texts else None


def load_config(path: Path | None) -> Config:
    """Read the file. Raises Rejected with a `path:line:col: CODE message` line per mistake."""
    if path is None:
        return Config()
    try:
        text = path.read_bytes()
    except OSError as e:
        raise Rejected(f"{path}:1:1: {Code.UNREADABLE} {e.strerror}; name a file with --config") from None
    if not text.strip():
        return Config()
    root, problems = parse(PolicyFile(str(path), text))
    reader = _Reader(str(path), list(problems))
    config = reader.config(root) if root is not None else Config()
    if reader.problems:
        raise Rejected(*map(str, sorted(reader.problems, key=lambda p: (p.line, p.col))))
    return config


class _Reader:
    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems

    def config(self, root: Node) -> Config:
        entries = self._mapping(root, "the file")
        for name, (key, _) in entries.items():
            if name not in _KEYS:
                self._note(key, Code.UNKNOWN_KEY, f'unknown key "{name}"{did_you_mean(name, _KEYS)}')
        values = {name: value for name, (_, value) in entries.items()}
        loads = numbers(values["load"], "load", LOAD, self._note) if "load" in values else {}
        return Config(
            texts={name: self._text(values[name], name) for name in _TEXTS if name in values},
            modes=self._texts(values["mode"], "mode") if "mode" in values else (),
            workers=self._workers(values["workers"]) if "workers" in values else None,
            zones=self._zones(values["zones"]) if "zones" in values else {},
            client_certs=self._certs(values["client_certs"]) if "client_certs" in values else {},
            recognizers=self._recognizers(values["recognizers"]) if "recognizers" in values else (),
            allow_weaken=self._flag(values["allow_weaken"], "allow_weaken") if "allow_weaken" in values else None,
            spare=self._flag(values["spare"], "spare") if "spare" in values else None,
            policy_keys=tuple(self._public_keys(values["policy_keys"])) if "policy_keys" in values else (),
            load=loads,
            timeouts=numbers(values["timeouts"], "timeouts", TIMEOUTS, self._note) if "timeouts" in values else {},
            inspect=inspect(values["inspect"], loads, self._note) if "inspect" in values else Sizes(),
        )

    def _recognizers(self, node: Node) -> tuple[Recognizer, ...]:
        return read_recognizers(node, self.path, self.problems)

    def _certs(self, node: Node) -> dict[str, str]:
        found = {}
        for host, (key, value) in self._mapping(node, "client_certs").items():
            try:
                found[host_glob(host)] = self._text(value, "a file of client_certs")
            except ValueError as e:
                self._note(key, Code.BAD_GLOB, f'"{shown(host)}": {e}')
        return found

    def _zones(self, node: Node) -> dict[str, tuple[str, ...]]:
        return {name: self._texts(value, name) for name, (_, value) in self._mapping(node, "zones").items()}

    def _mapping(self, node: Node, what: str) -> dict[str, tuple[Node, Node]]:
        if isinstance(node.value, dict):
            return node.value
        self._note(node, Code.WRONG_TYPE, f"{what} must be a mapping, such as key: value")
        return {}

    def _texts(self, node: Node, what: str) -> tuple[str, ...]:
        nodes: Iterable[Node] = node.value if isinstance(node.value, list) else (node,)
        return tuple(self._text(item, what) for item in nodes)

    def _text(self, node: Node, what: str) -> str:
        if isinstance(node.value, str) and node.value:
            return node.value
        self._note(node, Code.WRONG_TYPE, f"{what} must be text; put it in quotes")
        return ""

    def _workers(self, node: Node) -> int | None:
        if isinstance(node.value, int) and not isinstance(node.value, bool) and 1 <= node.value <= 256:
            return node.value
        self._note(node, Code.OUT_OF_RANGE, "workers must be a whole number from 1 to 256")
        return None

    def _flag(self, node: Node, what: str) -> bool | None:
        if isinstance(node.value, bool):
            return node.value
        self._note(node, Code.WRONG_TYPE, f"{what} must be true or false")
        return None

    def _public_keys(self, node: Node) -> Iterator[Ed25519PublicKey]:
        nodes: Iterable[Node] = node.value if isinstance(node.value, list) else (node,)
        for each in nodes:
            try:
                yield public_key(self._text(each, "a key of policy_keys"))
            except ValueError as e:
                self._note(each, Code.WRONG_TYPE, f"policy_keys: {e}")

    def _note(self, node: Node, code: Code, message: str) -> None:
        self.problems.append(Problem(self.path, node.line, node.col, code, message))


def settings(given: Given, config: Config) -> Settings:
    """Flag (or variable) beats file beats default. Raises Rejected."""
    texts = config.texts
    paths = {name: given.paths.get(name) or (Path(texts[name]) if name in texts else None) for name in _PATHS}
    workers = given.workers or config.workers or os.cpu_count() or 1
    return Settings(
        listen=address(given.listen or texts.get("listen", "127.0.0.1:8080"), "listen"),
        metrics_listen=address(given.metrics_listen or texts.get("metrics_listen", "127.0.0.1:9464"), "metrics-listen"),
        state_dir=Path(given.state_dir or texts.get("state_dir", ".egress")),
        policy=Path(given.policy or texts.get("policy", "policies/default.yaml")),
        workers=workers,
        timeouts=Timeouts(**config.timeouts),
        **load(config.load, workers, config.inspect.spool_cap),
        inspect=config.inspect,
        modes=given.mode or config.modes or ("regular",),
        upstream_ca=paths["upstream_ca"],
        proxy_auth=paths["proxy_auth"],
        upstream_auth=paths["upstream_auth"],
        passthrough=paths["passthrough"],
        client_ca=paths["client_ca"],
        zones=config.zones,
        client_certs=config.client_certs,
        default_client_zone=texts.get("default_client_zone", MAINLAND),
        default_server_zone=texts.get("default_server_zone", OUTSIDE),
        allow_weaken=bool(config.allow_weaken if given.allow_weaken is None else given.allow_weaken),
        spare=(config.spare is not False) if given.spare is None else given.spare,
    )


def address(text: str, what: str) -> Address:
    """`host:port`, `[v6]:port` or `:port`. Raises Rejected."""
    host, colon, port = text.rpartition(":")
    bare = host.strip("[]")
    if not colon or not port.isdecimal() or int(port) > 65535 or (":" in bare and not host.startswith("[")):
        raise Rejected(f'{what}: "{text}" is not HOST:PORT, such as 127.0.0.1:8080')
    return bare or "0.0.0.0", int(port)  # noqa: S104 - what an empty host means everywhere
