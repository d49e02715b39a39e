"""Where bytes come in and go out: mitmproxy, the supervisor of its workers, and what clients are told.

1. `supervisor` starts workers (`worker`), each with its own lean `master` on the shared port.
2. `stream` is mitmproxy's HTTP stream with our hooks called in place; `addon.Edge` answers them: it turns flows into
   messages (`messages`, `zones`), asks the gate, has the decision recorded, and only then lets go (or `answers`).
3. `rawtcp` and `dns_layer` are the same for what is not HTTP: a dialect of the core tells the messages, `wire_desk` has
   them judged. What nothing here can read ends in `refuse`.
4. Everything else the edge needs is handed to it (`ports`): it knows no detector, no policy language, no store.
"""
