"""gRPC by its own client and server, grpcio, on both sides of a real master with the engine of the default policy."""

import grpc
import pytest

from proxy.core.message import Action
from tests.e2e.rig import PATIENCE
from tests.proxy.edge.protocols.registers import FROM_MAINLAND, ID, KEY, MASKED, Talk, ended, lines, text, unary


def test_all_four_kinds_of_calls_leave_masked_and_nothing_else_changes(dial, server):
    channel, p = dial()
    assert unary(channel, text(f"id {ID}")) == text("ok")
    sent = [text("a"), text(f"b {ID}"), text("c")]
    assert channel.stream_unary("/people.Register/In")(iter(sent), timeout=PATIENCE) == text("ok")
    server.answers = [text(str(number)) for number in range(5)]
    assert list(channel.unary_stream("/people.Register/Out")(text("x"), timeout=PATIENCE)) == server.answers
    masked = [text(f"id {MASKED}"), text("a"), text(f"b {MASKED}"), text("c"), text("x")]
    assert server.seen == masked
    ended(p)
    assert not [part for _, _, parts, _ in lines(p) for part in parts if ID in part]


def test_both_sides_of_a_call_talk_in_turns(dial, server):
    channel, p = dial()
    talk = Talk(channel)
    for number in range(3):
        assert talk.ask(text(f"{number} {ID}")) == text("heard") + text(f"{number} {MASKED}")
    talk.say(None)
    assert list(talk.call) == []
    assert talk.call.code() is grpc.StatusCode.OK
    ended(p)
    redacted = [line for line in lines(p) if line[1] is Action.REDACT]
    assert [parts for _, _, parts, _ in redacted] == [["body/grpc:1/protobuf:/1"]] * 3


@pytest.mark.parametrize("coding", [grpc.Compression.Gzip, grpc.Compression.Deflate], ids=["gzip", "deflate"])
def test_compressed_messages_are_read_and_compressed_again(dial, server, coding):
    channel, _ = dial()
    assert unary(channel, text(f"{ID} {ID} {ID}"), compression=coding) == text("ok")
    assert server.seen == [text(f"{MASKED} {MASKED} {MASKED}")]


def test_metadata_is_read_both_ways_and_leaves_masked(dial, server):
    channel, _ = dial()
    unary(channel, text("x"), metadata=(("x-id", ID), ("x-id-bin", ID.encode())))
    assert server.metadata["x-id"] == MASKED
    assert server.metadata["x-id-bin"] == MASKED.encode()


def test_what_a_server_on_the_mainland_answers_is_read(dial, server):
    channel, p = dial(zones=FROM_MAINLAND)
    server.answers = [text(str(number)) for number in range(5)] + [text(f"b {ID}"), text("c")]
    server.trailing = (("x-id", ID),)
    call = channel.unary_stream("/people.Register/Out")(text("x"), timeout=PATIENCE)
    assert list(call) == [*server.answers[:5], text(f"b {MASKED}"), text("c")]
    assert dict(call.trailing_metadata())["x-id"] == MASKED
    ended(p)


def test_a_blocked_message_ends_the_call_with_permission_denied_and_nothing_of_it_leaves(dial, server):
    channel, p = dial()
    talk = Talk(channel)
    assert talk.ask(text("fine")) == text("heard") + text("fine")
    with pytest.raises(grpc.RpcError) as failed:
        talk.ask(text(KEY))
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    told = dict(failed.value.trailing_metadata())
    incident = p.record.decisions[-2][2].incident
    assert told["egress-incident"] == incident
    assert told["egress-rule"] == "KEY-0001"
    assert failed.value.details() == f"Blocked by the data export policy; incident {incident}"
    assert server.over.get(timeout=PATIENCE) is False
    assert server.seen == [text("fine")]
    assert [(action, count) for _, action, _, count in lines(p)] == [
        (Action.LOG, 0), (Action.BLOCK, 0), (Action.LOG, 1),
    ]  # fmt: skip
    ended(p)


def test_a_blocked_upload_is_cut_so_that_the_server_cannot_take_it_for_complete(dial, server):
    server.patience = PATIENCE
    channel, p = dial()
    with pytest.raises(grpc.RpcError) as failed:
        channel.stream_unary("/people.Register/In")(iter([text("a"), text(KEY), text("c")]), timeout=PATIENCE)
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    ended(p)
    assert not [message for message in server.seen if message != text("a")]
    assert not server.took_it_for_complete()


def test_a_blocked_answer_ends_the_call_behind_those_before_it(dial, server):
    channel, p = dial(zones=FROM_MAINLAND)
    server.answers = [text("a"), text(KEY), text("c")]
    call = channel.unary_stream("/people.Register/Out")(text("x"), timeout=PATIENCE)
    assert next(call) == text("a")
    with pytest.raises(grpc.RpcError) as failed:
        next(call)
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    ended(p)


def test_a_blocked_head_reaches_no_server(dial, server):
    channel, p = dial()
    with pytest.raises(grpc.RpcError) as failed:
        unary(channel, text("x"), metadata=(("x-key", KEY.replace("\n", " ").strip()),))
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert not server.metadata
    ended(p)
