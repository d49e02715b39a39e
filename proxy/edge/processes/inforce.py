"""What is in force: the policy, who may come in, and the series they are counted in.

It is read from disk by the supervisor alone, at SIGHUP or when files change, so every worker, a restarted one too, has
the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

from proxy.edge.entry.access import Access, AccessFiles
from proxy.edge.ports import Archive, Board, PolicyFacts, PolicyText, Rejected, Source
from proxy.edge.processes import watch
from proxy.edge.processes.console import say
from proxy.edge.processes.control import pack
from proxy.edge.settings import Settings
from proxy.policy.load import BEIJING

Files = Sequence[tuple[str, bytes]]


class InForce:
    """Of one gate. `reload_ok` tells whether what was read last is what all workers have, `reloaded_at` since when, in
    seconds of the epoch."""

    def __init__(self, settings: Settings, source: Source, archive: Archive, board: Board) -> None:
        self._settings = settings
        self._source = source
        self._archive = archive
        self._board = board
        self.reload_ok = True
        self.reloaded_at = 0.0

    async def begin(self) -> None:
        """Read it for the first time. Raises Rejected."""
        self._look = await asyncio.to_thread(self._source.look)
        self._access = await asyncio.to_thread(AccessFiles.read, self._settings)
        self._policy = await asyncio.to_thread(self._source.first)
        self._series = self._board.admit(self._policy.facts)
        try:
            self._adopt(self._policy, None)
        except OSError as e:
            raise Rejected(f"{self._settings.state_dir}: {e.strerror or 'cannot be written'}") from None
        self._tell_expired(self._access)
        self.reloaded_at = time.time()

    @property
    def facts(self) -> PolicyFacts:
        """Which policy it is."""
        return self._policy.facts

    @property
    def name(self) -> str:
        """The policy's NAME@HASH."""
        return f"{self.facts.name}@{self.facts.hash}"

    def message(self) -> dict[str, object]:
        """What a worker is told of it."""
        return {"files": pack(self._policy.files), "series": self._series, "access": self._access.plain()}

    async def changes(self) -> AsyncIterator[None]:
        """Yield when something has changed where it comes from."""
        async for _ in watch.looks(lambda: self._look.folders):
            look = await asyncio.to_thread(self._source.look)
            if look.seen != self._look.seen:
                yield
            self._look = replace(self._look, folders=look.folders)

    def today(self) -> Files | None:
        """Files that mean something else from this day on; None on any other. A new day's expiries are told."""
        today = datetime.now(BEIJING).date()
        if self._told != today:
            self._tell_expired(self._access)
        until = self._policy.until
        return self._policy.files if until is not None and today >= until else None

    async def renew(self, files: Files | None = None) -> bool:
        """Read it again, or take `files` for the policy's. What cannot be used changes nothing, and stderr says why."""
        former = self._policy
        try:
            self._look = await asyncio.to_thread(self._source.look)
            access = await asyncio.to_thread(AccessFiles.read, self._settings)
            policy = await asyncio.to_thread(self._source.next, former.files, files)
            series = self._board.admit(policy.facts)
            self._adopt(policy, former.facts)
            self._tell_expired(access)
        except (Rejected, ValueError, OSError) as e:
            say(*getattr(e, "lines", (str(e),)))
            say(f"reload failed; policy {self.name} stays in force")
            self.reload_ok = False
            return False
        self._policy, self._series, self._access = policy, series, access
        return True

    def handed_out(self) -> None:
        """All workers have it."""
        self.reload_ok = True
        self.reloaded_at = time.time()
        say(f"policy {self.name} is in force")

    def _tell_expired(self, access: AccessFiles) -> None:
        """Say what of the passthrough list no longer applies: at each reload, and every day anew."""
        self._told = datetime.now(BEIJING).date()
        say(*Access.of(access, self._settings).passthrough.expired(self._told))

    def _adopt(self, policy: PolicyText, before: PolicyFacts | None) -> None:
        """Record and keep a policy that comes into force. Raises OSError."""
        self._archive.adopt(policy, before)
        if policy.weaker:
            say(*(f"weaker, allowed by {policy.allowed}: {line}" for line in policy.weaker))
