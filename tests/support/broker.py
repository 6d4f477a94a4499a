"""The embedded broker in the process of a test, on one port: it can go away and come back, with its logs or without them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from navswap.devstack.broker.connection import Connection
from navswap.devstack.broker.log import Topics
from navswap.devstack.broker.requests import Broker
from navswap.devstack.ports import LOOPBACK, free_port


class OwnBroker:
    """A broker whose port stays the same."""

    def __init__(self) -> None:
        self.port = free_port()
        self.broker = Broker(LOOPBACK, self.port)
        self._server: asyncio.Server | None = None
        self._connections: list[Connection] = []

    @property
    def bootstrap(self) -> str:
        """Return its address."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def topics(self) -> Topics:
        """Return its topics."""
        return self.broker._topics

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.get_running_loop().create_server(self._connection, LOOPBACK, self.port)

    async def stop(self) -> None:
        """Listen no more and end all connections; logs stay as they are."""
        if self._server is not None:
            self._server.close()
            self.drop_connections()
            await self._server.wait_closed()
            self._server = None

    async def restart(self) -> None:
        """Go away and come back with all logs, as a broker does that keeps them."""
        await self.stop()
        await self.start()

    async def restart_empty(self) -> None:
        """Go away and come back with nothing."""
        await self.stop()
        self.broker = Broker(LOOPBACK, self.port)
        await self.start()

    def drop_connections(self) -> None:
        """End all connections; it goes on to listen."""
        for connection in self._connections:
            connection._close()
        self._connections.clear()

    def forget_sessions(self) -> None:
        """End all fetch sessions, as a broker does that has too many."""
        self.broker._sessions._sessions.clear()

    def _connection(self) -> asyncio.BaseProtocol:
        connection = Connection(self.broker)
        self._connections.append(connection)
        return cast("asyncio.BaseProtocol", connection)


@asynccontextmanager
async def own_broker() -> AsyncIterator[OwnBroker]:
    """Run a broker in this process."""
    broker = OwnBroker()
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()
