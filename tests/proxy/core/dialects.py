"""Drives a dialect as the edge does: says what is sent to whom, and rules on each piece."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxy.core.dialect import CLIENT, Close, Dialect, Missed, Piece, Ruling, Send, StartTls


@dataclass
class Talk:
    """A conversation; `refused` is a word that no piece may hold, `masked` one that becomes stars."""

    dialect: Dialect
    refused: bytes = b"\xff\xfeNEVER"
    masked: bytes = b"\xff\xfeNEVER"
    uninspected: bool = True
    sent: dict[bool, bytearray] = field(default_factory=lambda: {True: bytearray(), False: bytearray()})
    pieces: list[Piece] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    closed: bool = False
    tls: bool = False

    def hear(self, data: bytes, by: bool = CLIENT, step: int = 0) -> Talk:
        """Bytes of a side, `step` at a time."""
        for at in range(0, len(data), step or max(1, len(data))):
            if not self.closed:
                self._drive(self.dialect.hear(data[at : at + step] if step else data, by))
        return self

    def end(self, by: bool = CLIENT) -> Talk:
        self._drive(self.dialect.end(by))
        return self

    def _drive(self, acts) -> None:
        ruling = None
        while True:
            try:
                act = acts.send(ruling)
            except StopIteration:
                return
            ruling = None
            if isinstance(act, Piece):
                self.pieces.append(act)
                seen = b"\n".join((act.path, *(b"%s: %s" % pair for pair in act.headers), act.body))
                body = act.body.replace(self.masked, b"*" * len(self.masked)) if act.rewritable else act.body
                ruling = Ruling(self.refused not in seen, body, "E-TEST", ("R-1",))
            elif isinstance(act, Missed):
                self.missed.append(act)
                ruling = Ruling(passes=self.uninspected, incident="" if self.uninspected else "E-TEST")
            elif isinstance(act, Send):
                self.sent[act.to] += act.data
            elif isinstance(act, Close | StartTls):
                self.closed, self.tls = True, isinstance(act, StartTls)
                acts.close()
                return
