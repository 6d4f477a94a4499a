"""Transitions: one step in the life of a value, decided without a database.

A lifecycle function takes the present value and the time, and returns a Transition or raises a typed refusal. Storage
turns the Transition into one conditional update, guarded by the revision that the decision was made on; the twin puts
`after` into a dictionary. Both publish the same facts.
"""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from navswap.kit.facts import Fact
from navswap.kit.values import quick_init


class Versioned(Protocol):
    """A stored value: `revision` grows by 1 with each transition, starting at 1."""

    @property
    def id(self) -> str:
        """Return the identifier."""
        ...

    @property
    def revision(self) -> int:
        """Return how many transitions the value has gone through, its creation included."""
        ...


V = TypeVar("V", bound=Versioned)


@quick_init
@dataclass(frozen=True, slots=True)
class Transition(Generic[V]):
    """A step from `before` (None for a new value) to `after`, and the facts that it makes true.

    Raises ValueError unless the revision grows by exactly 1, or nothing changes at all.
    """

    before: V | None
    after: V
    facts: tuple[Fact, ...] = ()

    def __post_init__(self) -> None:
        if self.before is None or self.before is self.after:
            return
        if self.after.id != self.before.id or self.after.revision != self.before.revision + 1:
            raise ValueError(f"a transition of {self.before.id} must count its revision up by 1")

    @property
    def is_change(self) -> bool:
        """Return whether there is anything to store; a repeated request changes nothing."""
        return self.before is not self.after


def unchanged(value: V) -> Transition[V]:
    """Return the transition of a request that was carried out before: the same value, nothing to publish."""
    return Transition(value, value)
