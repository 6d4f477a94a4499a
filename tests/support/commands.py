"""What MongoDB and Redis are asked on behalf of one request.

A command counts for the request in whose context it is sent, by the correlation id; what the process does beside its
requests does not. The listener is registered for all clients that are opened after this module was imported.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pymongo import monitoring
from redis.asyncio.connection import AbstractConnection

from navswap.infra.telemetry import CORRELATION_HEADER, correlation_id
from navswap.kit.ids import new_id
from tests.support.api import Api


@dataclass
class Asked:
    """The answer of a request, and what the stores were asked for it."""

    body: dict[str, Any]
    mongo: Counter[str] = field(default_factory=Counter)
    """Commands by name and collection, such as `find stations`."""
    redis: int = 0
    """Round trips."""


_OF_CONNECTING = (b"HELLO", b"CLIENT", b"SELECT", b"AUTH")
"""What a new connection of Redis sends before its first command."""


class _Listener(monitoring.CommandListener):
    def __init__(self) -> None:
        self.by_request: dict[str, Counter[str]] = defaultdict(Counter)
        self.is_on = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.is_on:
            about = event.command.get(event.command_name)
            self.by_request[correlation_id()][f"{event.command_name} {about}"] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


_LISTENER = _Listener()
monitoring.register(_LISTENER)


async def asked(api: Api, document: str, **variables: Any) -> Asked:
    """Send an operation, and return its answer with what it cost."""
    request = new_id()
    headers = {CORRELATION_HEADER: request}
    if api.token is not None:
        headers["authorization"] = f"Bearer {api.token}"
    with _listening() as redis:
        answer = await api.http.post(
            f"http://{api.address}/graphql",
            json={"query": document, "variables": variables},
            headers=headers,
        )
    return Asked(answer.json(), _LISTENER.by_request.pop(request, Counter()), redis[request])


@contextmanager
def _listening() -> Iterator[Counter[str]]:
    sent: Counter[str] = Counter()
    send = AbstractConnection.send_packed_command

    async def counted(self: Any, command: Any, *arguments: Any, **named: Any) -> None:
        packed = command if isinstance(command, bytes) else b"".join(command)
        sent[correlation_id()] += not any(word in packed for word in _OF_CONNECTING)
        await send(self, command, *arguments, **named)

    AbstractConnection.send_packed_command = counted  # type: ignore[method-assign]
    _LISTENER.is_on = True
    try:
        yield sent
    finally:
        _LISTENER.is_on = False
        AbstractConnection.send_packed_command = send  # type: ignore[method-assign]
