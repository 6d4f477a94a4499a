"""Free ports on the loopback address."""

import errno
import random
import socket

from navswap.devstack.errors import DevStackError

LOOPBACK = "127.0.0.1"
FIRST_PORT, LAST_PORT = 20_000, 29_999
"""Below the range from which Linux and macOS take the local ports of outgoing connections."""


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether nothing listens on the port now."""
    return _why_not(port, host) is None


def is_listening(port: int, host: str = LOOPBACK) -> bool:
    """Return whether a server accepts connections on the port."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """Return a port in [20000, 29999] that nothing listens on; raises DevStackError when none is found."""
    for _ in range(100):
        port = random.randint(FIRST_PORT, LAST_PORT)  # noqa: S311 - spreads servers over ports, guards nothing
        if is_free(port):
            return port
    raise DevStackError(f"No free port between {FIRST_PORT} and {LAST_PORT} on {LOOPBACK}; end some servers")


def require_free_port(host: str, port: int, chosen_by: str) -> None:
    """Raise DevStackError with one clear line when something listens on the port, or no server of the stack can."""
    error = _why_not(port, host)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        raise DevStackError(
            f"Port {port} on {host} is taken: end the program that listens there, or choose another with {chosen_by}"
        )
    raise DevStackError(
        f"Cannot listen on port {port} of {host}: {error.strerror}; choose another with {chosen_by}, or correct "
        "NAVSWAP_HOST"
    )


def _why_not(port: int, host: str) -> OSError | None:
    """Return what keeps a server from listening on the port, None for nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
