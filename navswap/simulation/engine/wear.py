"""How packs age in a run, and which packs riders had before they were first seen."""

from navswap.features.packs.domain.values import Pack, Place, PlaceKind
from navswap.kit.values import replace
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.engine.events import Agenda
from navswap.simulation.engine.visits import Visit
from navswap.simulation.world.ageing import calendar_loss_percent, charge_loss_percent, worn

DAY_MINUTES = 24 * 60.0


class Wear:
    """Ages packs, and counts what that costs."""

    def __init__(self, draws: Draws, agenda: Agenda) -> None:
        self._draws = draws
        self._agenda = agenda
        self.lost_percent = 0.0
        self.entered = 0
        """Packs of riders who were seen for the first time."""

    def after_charge(self, pack: Pack, soc_on_arrival: float, idle_minutes: float) -> Pack:
        """Return a charged pack with the health that its charge and its time in the slot have left."""
        charged = charge_loss_percent(soc_on_arrival, pack.soc_percent)
        idle = calendar_loss_percent(idle_minutes / DAY_MINUTES, soc_percent=pack.soc_percent)
        health = worn(pack.soh_percent, charged + idle)
        self.lost_percent += pack.soh_percent - health
        return replace(pack, soh_percent=health, cycles=pack.cycles + 1)

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
