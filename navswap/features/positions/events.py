"""What positions publish within the worker: the points of one poll of the topic, once the GPS log has them.

These are no facts of the outbox: each slice that follows positions hands in a handler for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from navswap.kit.gps import GpsPoint
from navswap.kit.origin import Origin

POSITIONS = "positions"
"""Topic of GPS batches straight from the edge, keyed by subject; no outbox, the latest wins."""


@dataclass(frozen=True, slots=True)
class SubjectPoints:
    """Points of one subject, in the order of their arrival, and the origin of the last report among them."""

    points: Sequence[GpsPoint]
    origin: Origin


@dataclass(frozen=True, slots=True)
class LoggedPositions:
    """What one poll brought.

    `received` are all points by subject, repeated ones too; `fresh` those that the log did not know, with the
    role of their subject.
    """

    received: Mapping[str, SubjectPoints]
    fresh: Sequence[tuple[GpsPoint, str]]
