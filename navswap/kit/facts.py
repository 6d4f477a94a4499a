"""Facts: what a decision has made true, in the past tense, as other slices and subscribers learn of it."""

from abc import ABC, abstractmethod
from typing import ClassVar


class Fact(ABC):
    """The base of the payloads in a slice's `events.py`; each is a frozen dataclass of plain values.

    `type` names the fact (`swapping.swap.completed`); its first segment is the topic that carries it. Field types are
    those that JSON can carry: text, numbers, booleans, datetimes with a time zone, enums, and dataclasses, tuples and
    string-keyed dictionaries of them.
    """

    __slots__ = ()

    type: ClassVar[str]

    @abstractmethod
    def key(self) -> str:
        """Return the aggregate id that orders this fact: one key, one Kafka partition."""

    def streams(self) -> dict[str, int]:
        """Return the live streams that this fact belongs to, each with its gapless sequence there."""
        return {}

    def feeds(self) -> tuple[str, ...]:
        """Return the live streams whose places are counted as facts are published, each once."""
        return ()

    @classmethod
    def topic(cls) -> str:
        """Return the topic, without the prefix of an installation."""
        return cls.type.partition(".")[0]
