"""What the energy slice publishes."""

from dataclasses import dataclass
from typing import ClassVar

from navswap.features.energy.domain.values import EnergyStation, Setpoint
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
