"""What every event looks like on its way."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict

from navswap.events.payloads import dump_fact, read_fact
from navswap.infra.telemetry import correlation_id, traceparent
from navswap.kit.facts import Fact

F = TypeVar("F", bound=Fact)


class Envelope(BaseModel):
    """An event with what carries it: identity, order, time and correlation."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    topic: str
    key: str
    streams: dict[str, int]
    occurred_at: datetime
    correlation_id: str
    payload: dict[str, Any]
    traceparent: str | None = None
    """The W3C trace of the request that caused it, where its client gave one."""

    @classmethod
    def around(
        cls,
        event: Fact,
        occurred_at: datetime,
        identifier: str,
        feeds: Mapping[str, int] = MappingProxyType({}),
    ) -> Self:
        """Wrap a payload with its places in its feeds; the correlation id is that of the request at hand."""
        return cls(
            id=identifier,
            type=event.type,
            topic=event.topic(),
            key=event.key(),
            streams={**event.streams(), **feeds},
            occurred_at=occurred_at,
            correlation_id=correlation_id(),
            payload=dump_fact(event),
            traceparent=traceparent(),
        )

    @cached_property
    def facts_read(self) -> dict[Any, Fact]:
        """Return what `fact_of` has read; no part of the envelope."""
        return {}

    def to_bytes(self) -> bytes:
        """Return the envelope as the JSON that Kafka carries."""
        return orjson.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read what `to_bytes` wrote; raises ValueError for anything else."""
        return cls.model_validate_json(value)


def fact_of(envelope: Envelope, kind: type[F]) -> F:
    """Return the fact that an envelope carries, read once for all who ask; raises ValueError for one of another kind."""
    known = envelope.facts_read.get(kind)
    if not isinstance(known, kind):
        known = envelope.facts_read[kind] = read_fact(kind, envelope.payload)
    return known
