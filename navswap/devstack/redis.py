"""Redis without persistence: what it holds may be lost."""

from collections.abc import Sequence
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from navswap.devstack.binaries import find_binary
from navswap.devstack.child import Child, wait_until_ready
from navswap.devstack.ports import LOOPBACK, free_port


class RedisServer:
    """A `redis-server` child on a free loopback port, the same at every start."""

    title = "Redis"

    def __init__(self, data_dir: Path, log: Path, *, held: Sequence[int] = ()) -> None:
        self._data_dir = data_dir
        self._log = log
        self._port = free_port()
        self._held = held
        self.child: Child | None = None

    def start(self) -> str:
        """Start the server and return its URL; raises DevStackError."""
        binary = find_binary("redis-server")
        self._data_dir.mkdir(parents=True, exist_ok=True)
        port = self._port
        self.child = Child(self.title, self._command(binary, port), self._log, held=self._held)
        with Redis(host=LOOPBACK, port=port, socket_timeout=5) as client:
            wait_until_ready(self.child, lambda: _answers(client))
        return f"redis://{LOOPBACK}:{port}/0"

    def stop(self) -> None:
        """End the server."""
        if self.child is not None:
            self.child.stop()

    def _command(self, binary: Path, port: int) -> list[str]:
        return [
            str(binary),
            *("--bind", LOOPBACK),
            *("--port", str(port)),
            *("--dir", str(self._data_dir)),
            *("--save", ""),
            *("--appendonly", "no"),
        ]


def _answers(client: "Redis") -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False
