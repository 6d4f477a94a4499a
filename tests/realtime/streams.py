"""A stream of numbers to test the streams with."""

from typing import ClassVar

from navswap.events.envelope import DomainEvent


class Counted(DomainEvent):
    """A test's own fact."""

    type: ClassVar[str] = "swapping.counter.counted"

    counter: str
    value: int

    def key(self) -> str:
        return self.counter

    def streams(self) -> dict[str, int]:
        return {f"counter:{self.counter}": self.value}
