import asyncio

from proxy.edge.inspection.shares import Shares, Turns


def take_all(shares, client):
    taken = 0
    while shares.room(client, 1):
        shares.take(client, 1)
        taken += 1
    return taken


def test_one_client_never_has_all_and_the_next_one_gets_some():
    shares = Shares(100)
    assert take_all(shares, "a") == 75
    assert take_all(shares, "b") == 18
    assert take_all(shares, "c") == 5
    assert not shares.room("a", 1)


def test_what_is_given_back_is_free_again():
    shares = Shares(100)
    first = take_all(shares, "a")
    shares.take("a", -first)
    assert shares.taken == 0
    assert take_all(shares, "b") == first


def test_a_client_that_holds_much_gets_no_more_when_others_come():
    shares = Shares(100)
    shares.take("a", 60)
    assert shares.room("a", 1)
    take_all(shares, "b")
    assert not shares.room("a", 1)


def serve(*order):
    """Let clients queue up in that order behind one who has its turn; the order in which they are let in."""

    async def scenario():
        turns, served = Turns(), []

        async def one(client):
            await turns.acquire(client)
            served.append(client)
            await asyncio.sleep(0)
            turns.release()

        await turns.acquire("first")
        waiting = [asyncio.ensure_future(one(client)) for client in order]
        await asyncio.sleep(0)
        turns.release()
        await asyncio.gather(*waiting)
        await asyncio.wait_for(turns.acquire("last"), 1)
        return "".join(served)

    return asyncio.run(scenario())


def test_turns_go_round_by_client():
    assert serve("a", "a", "a", "a", "b", "c", "b") == "abcabaa"


def test_who_had_the_last_turn_is_not_the_next_when_another_waits():
    assert serve("first", "first", "b") == "bfirstfirst"


def test_who_gives_up_is_passed_over():
    async def scenario():
        turns = Turns()
        await turns.acquire("a")
        gives_up = asyncio.ensure_future(turns.acquire("b"))
        stays = asyncio.ensure_future(turns.acquire("c"))
        await asyncio.sleep(0)
        gives_up.cancel()
        await asyncio.sleep(0)
        turns.release()
        await asyncio.wait_for(stays, 1)
        too_late = asyncio.ensure_future(turns.acquire("d"))
        await asyncio.sleep(0)
        turns.release()  # its turn comes
        too_late.cancel()  # just as it gives up
        await asyncio.wait((too_late,))
        await asyncio.wait_for(turns.acquire("e"), 1)
        return gives_up.cancelled(), too_late.cancelled()

    assert asyncio.run(scenario()) == (True, True)
