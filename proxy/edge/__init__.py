"""Where bytes come in and go out: mitmproxy, the supervisor of its workers, and what clients are told.

1. `processes`: a supervisor starts workers, each with its own lean `master` on the shared port.
2. `entry`: how traffic comes to it, and who sends it; `tls`: our certificates, and what is not opened.
3. `protocols`: HTTP, WebSocket, gRPC, events, mail, DNS and bytes of any kind as layers of mitmproxy with our hooks
   called in place; long bodies in windows. What nothing here can read ends in `protocols.refuse`.
4. `addon.Edge` answers the hooks: it turns flows into messages (`messages`, `zones`), asks the gate, has the decision
   recorded, and only then lets go (or `answers`).
5. `inspection`: the engine among a worker's flows for as long as that is short, else in processes with few rights.
6. Everything else the edge needs is handed to it (`ports`): it knows no detector, no policy language, no store.
"""
