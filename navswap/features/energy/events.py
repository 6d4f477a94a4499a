"""What the energy slice publishes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from navswap.features.energy.domain.values import EnergyStation, FeederState, Setpoint
from navswap.kit.facts import Fact


def energy_stream(station_id: str) -> str:
    """Return the live stream of a station's energy."""
    return f"energy:{station_id}"


@dataclass(frozen=True, slots=True)
class EnergyChanged(Fact):
    """The energy of a station changed; the payload is the whole state, so that a reader needs no second look."""

    station: EnergyStation

    def key(self) -> str:
        """Order by station."""
        return self.station.id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the station's energy."""
        return {energy_stream(self.station.id): self.station.revision}


class EnergyStationChanged(EnergyChanged):
    """A plan was made, the meter was read or a fault derates a charger, and no charger has to change now."""

    type: ClassVar[str] = "energy.station.changed"


@dataclass(frozen=True, slots=True)
class CommandIssued(EnergyChanged):
    """Chargers of a station are to draw other powers from now on; `commands` are those that change, 0 for off."""

    type: ClassVar[str] = "energy.command.issued"

    commands: tuple[Setpoint, ...]
    late_promises: tuple[str, ...]
    """Held packs that will not be ready in time."""


@dataclass(frozen=True, slots=True)
class LoadMeasured(Fact):
    """What a station drew in a quarter of an hour of the clock, at most once for each; it happened at `ends_at`."""

    type: ClassVar[str] = "energy.load.measured"

    station_id: str
    starts_at: datetime
    ends_at: datetime
    load_kw: float
    """The mean, chargers and all else together."""
    limit_kw: float | None
    """What the station might draw when it was measured; None where that is unknown."""

    def key(self) -> str:
        """Order by station."""
        return self.station_id


@dataclass(frozen=True, slots=True)
class FeederChanged(Fact):
    """A feeder gives less from now on, or more again; `usual_kw` is what it gives in its normal state."""

    type: ClassVar[str] = "energy.feeder.changed"

    station_id: str
    state: FeederState
    limit_kw: float | None
    usual_kw: float | None
    changed_at: datetime

    def key(self) -> str:
        """Order by station."""
        return self.station_id
