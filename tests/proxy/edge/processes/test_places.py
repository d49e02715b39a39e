import socket
from contextlib import closing
from types import SimpleNamespace

from proxy.edge.processes.places import Places, reserve


def test_a_place_that_was_deaf_for_long_hears_again():
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        address = probe.getsockname()
    (listener,) = reserve(address, 1)
    places = Places([], SimpleNamespace(cells=lambda number: number), [(listener,)], dict)
    with closing(listener):
        listener.listen()
        for _ in range(3):  # three workers in a row did not come as far as to listen
            places.deafen(0)
        listener.listen()
        with socket.create_connection(address) as client, closing(listener.accept()[0]) as accepted:
            client.sendall(b"x")
            assert accepted.recv(1) == b"x"
