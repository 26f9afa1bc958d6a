"""TCP ports on the loopback that nobody else takes, also while their server is down."""

import random
import socket
from contextlib import closing

_HOST = "127.0.0.1"

# Below the range from which systems take ports for outgoing connections (Linux 32768, macOS
# 49152): otherwise, while a killed server is down, some client may be given its port.
_FIRST, _LAST = 20_000, 32_000
_TRIES = 200

_random = random.SystemRandom()


class UnableToReservePort(Exception):
    """No free port was found on the loopback."""


class ReservedPort:
    """
    One TCP port number that other test runs stay away from until it is released.

    The UDP port of the same number is held as a lock: it excludes every process on the
    machine, leaves the TCP port alone, and is given back even when this process is killed.
    """

    def __init__(self) -> None:
        """Reserve a port; it raises `UnableToReservePort` when none is free."""
        for _ in range(_TRIES):
            number = _random.randint(_FIRST, _LAST)
            lock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                lock.bind((_HOST, number))
                _check_tcp(number)
            except OSError:
                lock.close()
                continue
            self.number = number
            self._lock = lock
            return
        raise UnableToReservePort(f"{_TRIES} ports from {_FIRST} to {_LAST} were all in use")

    def release(self) -> None:
        """Let others take the port; repeating it does nothing."""
        self._lock.close()


def _check_tcp(number: int) -> None:
    """Raise `OSError` when somebody listens on a TCP port of the loopback."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind((_HOST, number))
