from hypothesis import given
from hypothesis import strategies as st

from proxy.core.frames import PREFIX, Frames


def frame(message: bytes, flag: int = 0) -> bytes:
    return bytes((flag,)) + len(message).to_bytes(4) + message


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces, cut at places taken modulo its length."""
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


places = st.lists(st.integers(0, 1 << 16), max_size=12)
messages = st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 1)), max_size=8)


tails = st.binary(max_size=4).filter(lambda tail: tail[:1] <= b"\1")


@given(messages, places, tails | st.binary(max_size=300).map(lambda tail: b"\2" + tail))
def test_any_cutting_gives_the_same_messages_and_the_same_rest(sent, cuts, tail):
    whole = [frame(*message) for message in sent]
    frames, got, fed = Frames(), [], 0
    for piece in cut(b"".join(whole) + tail, cuts):
        frames.feed(piece)
        fed += len(piece)
        while (message := frames.next()) is not None:
            got.append(message)
        assert len(frames) == fed - sum(map(len, got))
    assert got == whole
    assert frames.next() is None
    assert frames.rest() == tail
    assert len(frames) == 0


@given(messages, places, st.integers(0, 7), st.binary(max_size=500))
def test_a_message_that_is_skipped_passes_as_it_is_and_the_next_one_is_found(sent, cuts, at, big):
    whole = [frame(*message) for message in sent]
    whole.insert(min(at, len(whole)), frame(big + b"!", 1))
    frames, passed, got = Frames(), [], []
    for piece in cut(b"".join(whole), cuts):
        frames.feed(piece)
        while True:
            if skipped := frames.skipped():
                passed.append(skipped)
            if frames.size and len(got) == min(at, len(whole) - 1) and not passed:
                assert frames.size == PREFIX + len(big) + 1
                frames.skip()
                continue
            message = frames.next()
            if message is None:
                break
            got.append(message)
    assert b"".join(passed) == frame(big + b"!", 1)
    assert [*got[:at], b"".join(passed), *got[at:]] == whole


@given(st.binary(max_size=400), places)
def test_whatever_comes_nothing_is_lost_or_made_up(data, cuts):
    frames, got = Frames(), []
    for piece in cut(data, cuts):
        frames.feed(piece)
        while (message := frames.next()) is not None:
            got.append(message)
    assert b"".join(got) + frames.rest() == data
