"""What a run logs for those who look at it afterwards with the whole day known; a run without a log pays nothing for it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from navswap.kit.geo import distance_metres
from navswap.simulation.engine.bays import Bay
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.visits import Visit


class Stay(NamedTuple):
    """A pack in a slot, from one minute of the run to another, and the energy in kWh that was drawn for it meanwhile.

    A stay ends where the pack is taken, and at midnight, where the next one begins. `charger_kw` is the most that its
    charger draws.
    """

    station: int
    since: float
    until: float
    kwh: float
    charger_kw: float


class Demand(NamedTuple):
    """A rider at a station: who got the packs, or left without; minutes are those of the run.

    `at` is when the packs changed hands, or when the rider left. `ready_at` is, for each pack that the rider brought or
    would have brought, when it could be charged as promised, at full power.
    """

    station: int
    model: str
    at: float
    ready_at: tuple[float, ...]
    is_served: bool


class Move(NamedTuple):
    """A pack that was driven from one station to another, so many metres as the crow flies.

    `load` is the number of packs that were taken on board with it, itself included. `ready_at` is when it can be charged as
    promised, at full power.
    """

    origin: int
    target: int
    model: str
    taken_at: float
    delivered_at: float
    ready_at: float
    load: int
    metres: float


class Stock(NamedTuple):
    """A pack that was in a station when the run began, and when it could be charged as promised, at full power."""

    station: int
    model: str
    ready_at: float


class RunLog(Protocol):
    """Takes what happens in a run; all minutes are those of the run."""

    def began(self, stations: Sequence[SimStation]) -> None:
        """Take the packs that stations have when the run begins."""

    def took_out(self, station: SimStation, bay: Bay, now: float) -> None:
        """Take that the pack of a slot, whose charge is settled, leaves it."""

    def put_in(self, station: SimStation, bay: Bay, now: float) -> None:
        """Take that a pack was put into a slot."""

    def served(self, station: SimStation, visit: Visit, brought: Sequence[Bay], now: float) -> None:
        """Take that a rider has swapped, and which slots have the packs that were brought."""

    def lost(self, station: SimStation, visit: Visit, now: float) -> None:
        """Take that a rider left without packs."""

    def loaded(self, station: SimStation, bays: Sequence[Bay], now: float) -> None:
        """Take that the packs of slots, whose charge is settled, are taken on board of one vehicle; they are in them still."""

    def unloaded(self, station: SimStation, bay: Bay, now: float) -> None:
        """Take that a pack that was on board was put into a slot."""

    def day_ended(self, stations: Sequence[SimStation], now: float) -> None:
        """Take that it is midnight, or the end of the run, and the charge of every pack is settled."""


class Collected:
    """A log that is kept in memory: some 100 bytes for each pack of a swap."""

    def __init__(self) -> None:
        self.stays: list[Stay] = []
        self.demand: list[Demand] = []
        self.moves: list[Move] = []
        self.stock: list[Stock] = []
        self._open: dict[tuple[int, int], tuple[float, float, float, float]] = {}
        self._on_board: dict[str, tuple[SimStation, float, int]] = {}

    def began(self, stations: Sequence[SimStation]) -> None:
        """Keep the packs that stations have when the run begins."""
        for station in stations:
            for bay in station.filled():
                ready = bay.soonest_ready(station.promised_soc_percent)
                self.stock.append(Stock(station.index, bay.model.id, ready))
                self.put_in(station, bay, 0.0)

    def put_in(self, station: SimStation, bay: Bay, now: float) -> None:
        """Begin the stay of a pack."""
        self._open[station.index, bay.evse_id] = (
            now,
            bay.soc,
            bay.kwh_a_percent,
            max(bay.charger_kw, bay.model.max_charge_kw),
        )

    def took_out(self, station: SimStation, bay: Bay, now: float) -> None:
        """End the stay of a pack."""
        since, soc, kwh_a_percent, charger_kw = self._open.pop((station.index, bay.evse_id))
        if now > since:
            kwh = (bay.soc - soc) * kwh_a_percent
            self.stays.append(Stay(station.index, since, now, kwh, charger_kw))

    def served(self, station: SimStation, visit: Visit, brought: Sequence[Bay], now: float) -> None:
        """Keep a rider who has swapped."""
        ready = tuple(bay.soonest_ready(station.promised_soc_percent) for bay in brought)
        self.demand.append(Demand(station.index, visit.model.id, now, ready, is_served=True))

    def lost(self, station: SimStation, visit: Visit, now: float) -> None:
        """Keep a rider who left, with packs that are as good as new."""
        bay = Bay(0, visit.model)
        ready = now + bay.minutes_from(visit.soc_percent, station.promised_soc_percent)
        self.demand.append(
            Demand(station.index, visit.model.id, now, (ready,) * visit.packs, is_served=False)
        )

    def loaded(self, station: SimStation, bays: Sequence[Bay], now: float) -> None:
        """End the stays of packs, and keep where they were taken on board."""
        for bay in bays:
            self.took_out(station, bay, now)
            if bay.pack is not None:
                self._on_board[bay.pack.id] = station, now, len(bays)

    def unloaded(self, station: SimStation, bay: Bay, now: float) -> None:
        """Keep a pack that was driven, and begin its stay."""
        self.put_in(station, bay, now)
        if bay.pack is None:
            return
        origin, taken_at, load = self._on_board.pop(bay.pack.id)
        ready_at = bay.soonest_ready(station.promised_soc_percent)
        metres = distance_metres(origin.value.information.point, station.value.information.point)
        self.moves.append(
            Move(origin.index, station.index, bay.model.id, taken_at, now, ready_at, load, metres)
        )

    def day_ended(self, stations: Sequence[SimStation], now: float) -> None:
        """End all stays, and begin them again."""
        for station in stations:
            for bay in station.filled():
                self.took_out(station, bay, now)
                self.put_in(station, bay, now)
