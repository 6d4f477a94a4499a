"""What every event looks like on its way."""

from datetime import datetime
from typing import Any, Self

import orjson
from pydantic import BaseModel, ConfigDict

from navswap.events.payloads import dump_fact
from navswap.infra.telemetry import correlation_id
from navswap.kit.facts import Fact


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

    @classmethod
    def around(cls, event: Fact, occurred_at: datetime, identifier: str) -> Self:
        """Wrap a payload; the correlation id is that of the request at hand."""
        return cls(
            id=identifier,
            type=event.type,
            topic=event.topic(),
            key=event.key(),
            streams=event.streams(),
            occurred_at=occurred_at,
            correlation_id=correlation_id(),
            payload=dump_fact(event),
        )

    def to_bytes(self) -> bytes:
        """Return the envelope as the JSON that Kafka carries."""
        return orjson.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read what `to_bytes` wrote; raises ValueError for anything else."""
        return cls.model_validate_json(value)
