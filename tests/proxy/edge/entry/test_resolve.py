import asyncio
from types import SimpleNamespace

from proxy.edge.entry import resolve
from proxy.edge.entry.resolve import PINNED, Resolver
from proxy.edge.zones import Zones

ZONES = Zones.of({"mainland": ["10.0.0.0/8"]})


def flow(host="internal.test", port=443, client="c1"):
    return SimpleNamespace(
        request=SimpleNamespace(data=SimpleNamespace(host=host, port=port)), client_conn=SimpleNamespace(id=client)
    )


def connecting(host="internal.test", port=443, client="c1", via=None):
    server = SimpleNamespace(address=(host, port), via=via, error=None)
    return SimpleNamespace(server=server, client=SimpleNamespace(id=client))


def run(scenario, answers):
    """Run with a name server that gives these answers in turn; None is a failure."""

    async def main():
        async def getaddrinfo(*_, **__):
            address = answers.pop(0)
            if address is None:
                raise OSError("no such name")
            return [(0, 0, 0, "", (address, 0))]

        asyncio.get_running_loop().getaddrinfo = getaddrinfo
        return await scenario(Resolver(ZONES))

    return asyncio.run(main())


def test_the_connection_goes_to_the_address_that_was_judged():
    async def scenario(resolver):
        assert resolver.needed(flow())
        await resolver.resolve(flow())
        assert not resolver.needed(flow())
        assert resolver.address(flow()) == "10.0.0.1"
        await resolver.server_connect(connecting())  # the name leads elsewhere by now
        return PINNED.get(), resolver.needed(flow(client="c2"))

    assert run(scenario, ["10.0.0.1", "203.0.113.9"]) == ("10.0.0.1", True)


def test_a_pin_is_for_one_connection_even_where_another_is_opened_from_within():
    async def scenario(resolver):
        await resolver.server_connect(connecting())
        pinned = PINNED.get()
        await resolver.server_connect(connecting("203.0.113.7"))
        return pinned, PINNED.get()

    assert run(scenario, ["10.0.0.1"]) == ("10.0.0.1", "")


def test_a_name_that_led_nowhere_when_judged_is_not_connected_to():
    async def scenario(resolver):
        await resolver.resolve(flow())
        data = connecting()
        await resolver.server_connect(data)
        return resolver.address(flow()), data.server.error

    assert run(scenario, [None, "203.0.113.9"]) == ("", "name not found")


def test_pins_end_with_the_client_connection_and_do_not_touch_parent_proxies():
    async def scenario(resolver):
        await resolver.server_connect(connecting(via=("http", ("parent", 3128))))
        unpinned = PINNED.get()
        await resolver.server_connect(connecting())
        resolver.forget("c1")
        return unpinned, PINNED.get(), resolver.needed(flow())

    assert run(scenario, ["10.0.0.1"]) == ("", "10.0.0.1", True)


def test_without_zones_nothing_is_resolved():
    resolver = Resolver(Zones())
    assert not resolver.needed(flow())
    asyncio.run(resolver.server_connect(connecting()))
    assert PINNED.get() == ""


def test_a_connection_that_asks_for_very_many_names_gets_no_more_and_keeps_those_it_has(monkeypatch):
    monkeypatch.setattr(resolve, "PINS", 2)

    async def scenario(resolver):
        for host in ("a.test", "b.test", "c.test"):
            await resolver.resolve(flow(host))
        await resolver.server_connect(refused := connecting("c.test"))
        await resolver.server_connect(connecting("a.test"))
        return refused.server.error, PINNED.get(), [resolver.address(flow(f"{name}.test")) for name in "abc"]

    answers = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.3"]
    assert run(scenario, answers) == ("name not found", "10.0.0.1", ["10.0.0.1", "10.0.0.2", ""])
