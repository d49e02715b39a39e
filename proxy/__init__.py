"""gba-egress: the gate that data must pass when it leaves the mainland side.

How one message goes:

1. `edge` takes a request or a response from mitmproxy, works out which zones it goes between, and makes a frozen
   `core.message.Message` of it.
2. `core.engine.Engine.inspect` is the one call into the core. `core.surveyor` undoes the content coding, finds the
   format by looking, and reads every leaf of text as a person would (`core.charsets`, `core.formats`,
   `core.normalise`).
3. `detectors.scan` makes one pass over each text, checks what it finds, and weighs the evidence around it.
4. `policy` lets every rule vote on the findings; the strictest wins.
5. `core.redact` splices what must go out of the bytes it came from; the result is inspected again.
6. `edge` writes the audit line through `store`, then forwards, forwards the rewritten message, or answers itself.

What always holds, each with a test of its name in `tests/test_invariants.py`:

- Whatever goes wrong, the message is blocked or handled as `defaults.uninspected` says, and counted.
- Every byte is inspected or accounted for under a cause.
- No value leaves the engine: findings say where and what kind, never what.
- Untouched bytes stay identical; redacted means gone.
- One engine for the wire, for `egress scan` and for tests. A state-secret mark blocks, whatever the policy says.
"""
