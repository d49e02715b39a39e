"""Big bodies, documents, and text that models must read for names, are inspected in processes of their own, under a
deadline, so that no other flow waits for them. The other end is `inspector`.

Two lanes, an inspector each, so that a picture that is read for text delays nobody's letter; what becomes of what waits
in one is told in `lane`. The inspector of texts is started by the first of them, which the other one reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from proxy.core.budget import BULK, DOCUMENTS
from proxy.core.formats import kinds
from proxy.core.formats.base import Source
from proxy.core.limits import BODY_BYTES
from proxy.core.message import Cause, Judge, Message, Verdict
from proxy.edge.inspection.lane import Clock, Files, Lane, seconds_for
from proxy.edge.ports import Overloaded

_SUCCESSION_SECONDS = 30.0  # a new policy comes into force then, whether its inspectors are ready or not


class SlowLane:
    """Both lanes of one policy: what a worker hands its messages to."""

    def __init__(
        self,
        texts: Sequence[str],
        documents: Sequence[str],
        files: Files,
        judge: Judge,
        deadline: float,
        body_bytes: int = BODY_BYTES,
    ) -> None:
        """`texts` and `documents` are the commands that start an inspector of either; `deadline` is in seconds, more
        where the longest body, of `body_bytes`, has more."""
        seconds = max(deadline, seconds_for(body_bytes))
        self._texts = Lane(texts, files, judge, seconds, body_bytes)
        self._documents = Lane(documents, files, judge, seconds, body_bytes, documents=True)

    def start(self) -> None:
        """Have the inspector of documents ready before the first of them comes: it takes a second."""
        self._documents.start()

    async def succeed(self, former: SlowLane) -> None:
        """Start those inspectors that another policy has at work, and wait a while for them to be ready."""
        self.start()
        if former._texts.at_work:
            self._texts.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(_SUCCESSION_SECONDS):
                await asyncio.gather(self._texts.settled(), self._documents.settled())

    def retire(self) -> None:
        """Another policy is in force: end the inspectors as soon as nothing waits for them. What began under this
        policy and comes yet is still inspected."""
        self._texts.retire()
        self._documents.retire()

    async def inspect(self, message: Message, known: Verdict | None = None) -> Verdict:
        """The engine's verdict, or the policy's on what took too long. `known` is a worker's verdict, where it has one:
        that of patterns alone on a text for models, or none at all on a message with documents or too much to unpack.

        Raises RuntimeError where an inspector broke, Overloaded where there is no room.
        """
        if known is not None and BULK in known.skipped:
            known = None
        verdict, clock = known, Clock()
        if not (_is_document(message) if known is None else DOCUMENTS in known.skipped):
            verdict = await self._meanwhile(message, clock) if known is None else None
            if verdict is not None:
                return verdict
            verdict = await self._texts.inspect(message, known, clock)
        if verdict is None or DOCUMENTS in verdict.skipped:
            verdict = await self._documents.inspect(message, clock=clock)
        return verdict

    async def _meanwhile(self, message: Message, clock: Clock) -> Verdict | None:
        """The verdict of the inspector of documents while that of texts starts, which takes seconds. None where there
        is no need, or where it has no time for this either: then there is another to ask."""
        if not (self._texts.absent and self._documents.at_work):
            return None
        self._texts.start()
        with suppress(Overloaded):
            verdict = await self._documents.inspect(message, clock=clock)
            if all(item.cause is not Cause.TIMEOUT for item in verdict.uninspected):
                return verdict
        return None

    async def close(self) -> None:
        """End the inspectors, whatever they are doing."""
        await asyncio.gather(self._texts.close(), self._documents.close())


def _is_document(message: Message) -> bool:
    """Whether a look at a body tells that it will be for the reader of documents."""
    told = {name.lower(): value for name, value in message.headers}
    if b"content-encoding" in told or not message.body:
        return False
    return any(kind.slow for kind in kinds.of(message.body, Source(told.get(b"content-type", b""))))
