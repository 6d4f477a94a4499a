"""One row of the archive, and what it is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import orjson

from navswap.events.envelope import Envelope
from navswap.events.payloads import dump_fact_json
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.facts import Fact

PAYLOAD_VERSION: Final = 1
"""The version of the payloads: they gain fields only (`docs/events.md`), so it has not changed yet."""
_UUID_VERSION: Final = 7


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """A fact, or a GPS batch, as the archive keeps it; times are milliseconds since 1970 in UTC.

    `event_id` is unique; of two records of one id the archive returns one. Of records of one millisecond the id gives the
    order, so a source makes ids that sort in the order in which things happened (`kit.ids`).
    `occurred_ms` is when it happened: the day under which it is filed. `known_ms` is when NavSwap knew it, which is never
    earlier; a frame as of a moment holds only what was known by then. `payload` is compact JSON.
    """

    topic: str
    event_id: str
    type: str
    key: str
    occurred_ms: int
    known_ms: int
    payload: str

    @classmethod
    def of(
        cls, fact: Fact, *, event_id: str, occurred_at: datetime, known_at: datetime | None = None
    ) -> Self:
        """Return the record of a fact; known when it happened, where `known_at` does not say otherwise."""
        occurred_ms = epoch_milliseconds(occurred_at)
        known_ms = occurred_ms if known_at is None else epoch_milliseconds(known_at)
        payload = dump_fact_json(fact).decode()
        return cls(fact.topic(), event_id, fact.type, fact.key(), occurred_ms, known_ms, payload)

    @classmethod
    def of_envelope(cls, envelope: Envelope, published_ms: int) -> Self:
        """Return the record of an event of the outbox.

        It became known when the outbox recorded it: its id is a UUIDv7, whose first 48 bits are that millisecond, and
        which stays the same however often Kafka carries it. For another id it is when it was published.
        """
        occurred_ms = epoch_milliseconds(envelope.occurred_at)
        recorded_ms = recorded_milliseconds(envelope.id)
        return cls(
            topic=envelope.topic,
            event_id=envelope.id,
            type=envelope.type,
            key=envelope.key,
            occurred_ms=occurred_ms,
            known_ms=max(occurred_ms, published_ms if recorded_ms is None else recorded_ms),
            payload=orjson.dumps(envelope.payload).decode(),
        )


ReadRaw = Callable[[bytes], ArchiveRecord]
"""Reads a message that is no event; raises ValueError for what does not belong to its topic."""


def recorded_milliseconds(event_id: str) -> int | None:
    """Return the millisecond since 1970 that a UUIDv7 holds; None for any other id."""
    try:
        identifier = UUID(event_id)
    except ValueError:
        return None
    return identifier.int >> 80 if identifier.version == _UUID_VERSION else None
