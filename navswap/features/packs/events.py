"""What the packs slice publishes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self

from navswap.features.packs.domain.values import Condition, Pack, Place
from navswap.kit.facts import Fact
from navswap.kit.values import quick_init


@quick_init
@dataclass(frozen=True, slots=True)
class PackMoved(Fact):
    """A pack changed hands; the chain of these is its custody."""

    type: ClassVar[str] = "packs.pack.moved"

    serial_number: str
    model_id: str
    origin: Place
    target: Place
    soc_percent: float
    revision: int

    @classmethod
    def of(cls, pack: Pack, origin: Place) -> Self:
        """Return the move of a pack to where it is now."""
        return cls(pack.id, pack.model_id, origin, pack.place, pack.soc_percent, pack.revision)

    def key(self) -> str:
        """Order by pack."""
        return self.serial_number


@dataclass(frozen=True, slots=True)
class PackConditionChanged(Fact):
    """A pack was taken out of use, or given back; it stays where it is."""

    serial_number: str
    condition: Condition
    place: Place
    held_by: str | None
    order_id: str
    revision: int

    @classmethod
    def of(cls, pack: Pack, order_id: str) -> Self:
        """Return what an order has made of a pack."""
        return cls(pack.id, pack.condition, pack.place, pack.held_by, order_id, pack.revision)

    def key(self) -> str:
        """Order by pack."""
        return self.serial_number


class PackRetired(PackConditionChanged):
    """A pack is never handed out again."""

    type: ClassVar[str] = "packs.pack.retired"


class PackRecalled(PackConditionChanged):
    """A pack is not handed out until it is released, and is to be carried to a depot."""

    type: ClassVar[str] = "packs.pack.recalled"


class PackReleased(PackConditionChanged):
    """A recalled pack is again what it was."""

    type: ClassVar[str] = "packs.pack.released"


@dataclass(frozen=True, slots=True)
class HealthMeasured(Fact):
    """How a pack in a slot fares, with its first reading of a day (UTC)."""

    type: ClassVar[str] = "packs.health.measured"

    serial_number: str
    model_id: str
    place: Place
    condition: Condition
    soc_percent: float
    soh_percent: float
    equivalent_cycles: float
    """Full charges that all of its charging amounts to."""
    throughput_kwh: float | None
    """What those have put into it, at its capacity as new; None for an unknown model."""
    temperature_celsius: float | None
    age_days: float | None
    revision: int

    @classmethod
    def of(cls, pack: Pack, capacity_kwh: float | None, now: datetime) -> Self:
        """Return how a pack fares that was just measured; the capacity is that of its model as new."""
        usage = pack.usage
        cycles = pack.cycles + usage.charged_percent / 100
        born = usage.commissioned_at
        return cls(
            pack.id,
            pack.model_id,
            pack.place,
            pack.condition,
            pack.soc_percent,
            pack.soh_percent,
            round(cycles, 3),
            None if capacity_kwh is None else round(cycles * capacity_kwh, 3),
            usage.temperature_celsius,
            None if born is None else round((now - born) / timedelta(days=1), 2),
            pack.revision,
        )

    def key(self) -> str:
        """Order by pack."""
        return self.serial_number
