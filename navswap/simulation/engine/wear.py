"""How packs age in a run, and which packs riders had before they were first seen."""

from dataclasses import replace

from navswap.features.packs.domain.values import Pack, Place, PlaceKind
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.engine.events import Agenda
from navswap.simulation.engine.visits import Visit

CYCLE_LOSS_PERCENT = 0.01
"""Health that a full cycle costs: 20 % in 2,000 cycles."""


class Wear:
    """Ages packs, and counts what that costs."""

    def __init__(self, draws: Draws, agenda: Agenda) -> None:
        self._draws = draws
        self._agenda = agenda
        self.lost_percent = 0.0
        self.entered = 0
        """Packs of riders who were seen for the first time."""

    def after_ride(self, pack: Pack) -> Pack:
        """Return a pack that came back, with the health that its last discharge has left."""
        depth = (100.0 - pack.soc_percent) / 100
        lost = min(pack.soh_percent, CYCLE_LOSS_PERCENT * depth)
        self.lost_percent += lost
        return replace(pack, soh_percent=pack.soh_percent - lost, cycles=pack.cycles + 1)

    def packs_of_new_rider(self, visit: Visit, now: float) -> tuple[Pack, ...]:
        """Return the packs that a rider rode with before."""
        first = self.entered
        self.entered += visit.packs
        return tuple(
            Pack(
                id=f"{visit.rider_id}-P{number + 1}",
                soc_percent=visit.soc_percent,
                soh_percent=100.0 - 20.0 * self._draws.uniform(Purpose.PACK_START, first + number, 7),
                cycles=0,
                place=Place(PlaceKind.RIDER, visit.rider_id),
                reported_at=self._agenda.moment_of(now),
                model_id=visit.model.id,
            )
            for number in range(visit.packs)
        )
