"""What the energy slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from navswap.events.envelope import DomainEvent
from navswap.features.energy.documents import EnergyStation, Setpoint, Shed


def energy_stream(station_id: str) -> str:
    """Return the live stream of a station's energy."""
    return f"energy:{station_id}"


class EnergyChange(DomainEvent):
    """The energy of a station changed; the payload is the whole state, so that nobody must ask again."""

    station_id: str
    revision: int
    limit_kw: float | None
    shed: Shed | None
    setpoints: list[Setpoint]
    load_kw: float | None
    load_until: datetime | None
    plan_id: str | None

    @classmethod
    def of(cls, station: EnergyStation) -> Self:
        """Tell the state as it was just written."""
        return cls(station_id=station.id, **state_of(station))

    @property
    def charging_kw(self) -> float:
        """Return the power of all slots together."""
        return sum(one.power_kw for one in self.setpoints)

    def key(self) -> str:
        """Order by station."""
        return self.station_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the station's energy."""
        return {energy_stream(self.station_id): self.revision}


class EnergyStationChanged(EnergyChange):
    """A plan was made or the meter was read, and no charger has to change."""

    type: ClassVar[str] = "energy.station.changed"


class CommandIssued(EnergyChange):
    """Chargers of a station are to draw other powers from now on; `commands` are those that change, 0 for off."""

    type: ClassVar[str] = "energy.command.issued"

    commands: list[Setpoint]
    late_promises: list[str]

    @classmethod
    def to(
        cls, station: EnergyStation, commands: list[Setpoint], late_promises: list[str]
    ) -> "CommandIssued":
        """Tell the commands with the state that they lead to."""
        return cls(station_id=station.id, commands=commands, late_promises=late_promises, **state_of(station))


def state_of(station: EnergyStation) -> dict[str, object]:
    """Return those fields of a state that every event tells."""
    names = EnergyChange.model_fields.keys() & EnergyStation.model_fields.keys()
    return {name: getattr(station, name) for name in names}
