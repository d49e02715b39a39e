"""On the path of a gate whose workers shall hang: they sleep in their event loop at SIGUSR1, and spin at SIGUSR2."""

import signal
import time


def _sleep(*_: object) -> None:
    time.sleep(3600)


def _spin(*_: object) -> None:
    while True:
        pass


signal.signal(signal.SIGUSR1, _sleep)
signal.signal(signal.SIGUSR2, _spin)
