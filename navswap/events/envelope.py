"""What every event looks like on its way, and the base of the payloads that slices publish."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict

from navswap.events.payloads import dump_fact, read_fact
from navswap.infra.telemetry import correlation_id
from navswap.kit.facts import Fact

Event = TypeVar("Event", bound="Fact | DomainEvent")


class DomainEvent(BaseModel, ABC):
    """A fact, in the past tense. Slices subclass it in their `events.py`.

    `type` names the fact (`swapping.swap.completed`); its first segment is the topic that carries it.
    """

    model_config = ConfigDict(frozen=True)

    type: ClassVar[str]

    @classmethod
    def topic(cls) -> str:
        """Return the topic, without the prefix of an installation."""
        return cls.type.partition(".")[0]

    @abstractmethod
    def key(self) -> str:
        """Return the aggregate id that orders this event: one key, one Kafka partition."""

    def streams(self) -> dict[str, int]:
        """Return the live streams that this event belongs to, each with its gapless sequence there."""
        return {}


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
    def around(cls, event: Fact | DomainEvent, occurred_at: datetime, identifier: str) -> Self:
        """Wrap a payload; the correlation id is that of the request at hand."""
        payload = dump_fact(event) if isinstance(event, Fact) else event.model_dump(mode="json")
        return cls(
            id=identifier,
            type=event.type,
            topic=event.topic(),
            key=event.key(),
            streams=event.streams(),
            occurred_at=occurred_at,
            correlation_id=correlation_id(),
            payload=payload,
        )

    def to_bytes(self) -> bytes:
        """Return the envelope as the JSON that Kafka carries."""
        return orjson.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read what `to_bytes` wrote; raises ValueError for anything else."""
        return cls.model_validate_json(value)


def read_payload(kind: type[Event], payload: dict[str, Any]) -> Event:
    """Read the payload of an envelope; raises ValueError for one of another kind."""
    if issubclass(kind, DomainEvent):
        return kind.model_validate(payload)
    return read_fact(kind, payload)
