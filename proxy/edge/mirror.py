"""A host that is not there: what is sent to it comes back as it would have arrived.

For trying the gate, and a policy, with no server at hand: the whole way is the real one, TLS, engine, policy, record,
but the last hop. `.test` never leads anywhere (RFC 6761, section 6.2).
"""

from __future__ import annotations

from proxy.core.message import Headers, Message, Verdict
from proxy.edge.answers import Answer

HOST = "mirror.egress.test"

_HEADERS: Headers = (
    (b"Content-Type", b"text/plain; charset=utf-8"),
    (b"Cache-Control", b"no-store"),
    # ATTACK: what comes back is the sender's own text; no browser may take it for a page
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Content-Security-Policy", b"sandbox; default-src 'none'"),
)


def reflection(message: Message, verdict: Verdict, forwarded: bytes, incident: str) -> Answer:
    """The body that would have been forwarded; for a request without one, its target."""
    body = forwarded or (verdict.rewrite.path if verdict.rewrite else message.path)
    rules = b", ".join(rule.id.encode() for rule in verdict.rules)
    told = (
        (b"Egress-Action", verdict.action.value.encode()),
        (b"Egress-Incident", incident.encode()),
        *(((b"Egress-Rule", rules),) if rules else ()),
        (b"Content-Length", b"%d" % len(body)),
    )
    return Answer(200, (*_HEADERS, *told), b"" if message.method == "HEAD" else body)
