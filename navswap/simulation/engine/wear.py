"""How packs age in a run, and which packs riders had before they were first seen."""

from datetime import datetime, timedelta

from navswap.features.packs.domain.values import Pack, PackUsage, Place, PlaceKind
from navswap.kit.values import replace
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.engine.events import Agenda
from navswap.simulation.engine.visits import Visit
from navswap.simulation.world.ageing import calendar_loss_percent, charge_loss_percent, worn

DAY_MINUTES = 24 * 60.0
LEAST_CYCLES_A_DAY, CYCLES_SPREAD = 0.4, 0.8
"""Full charges a day of packs before a run, from and how many more at most."""
CARE_SPREAD = 0.15
"""How much older or younger a pack is than its wear says, at most, as a share."""


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
        usage, gained = pack.usage, max(0.0, pack.soc_percent - soc_on_arrival)
        return replace(
            pack,
            soh_percent=health,
            usage=replace(usage, charged_percent=usage.charged_percent + gained),
        )

    def packs_of_new_rider(self, visit: Visit, now: float) -> tuple[Pack, ...]:
        """Return the packs that a rider rode with before."""
        first = self.entered
        self.entered += visit.packs
        place, moment = Place(PlaceKind.RIDER, visit.rider_id), self._agenda.moment_of(now)
        packs = []
        for number in range(visit.packs):
            soh = 100.0 - 20.0 * self._draws.uniform(Purpose.PACK_START, first + number, 7)
            cycles, usage = past_of(soh, self._draws, (first + number, 0), moment)
            packs.append(
                Pack(
                    id=f"{visit.rider_id}-P{number + 1}",
                    soc_percent=visit.soc_percent,
                    soh_percent=soh,
                    cycles=cycles,
                    place=place,
                    reported_at=moment,
                    model_id=visit.model.id,
                    usage=usage,
                )
            )
        return tuple(packs)


def past_of(soh_percent: float, draws: Draws, key: tuple[int, int], now: datetime) -> tuple[int, PackUsage]:
    """Return the full charges of a pack of a health, and when it was made: two packs as worn may be of different age.

    `key` is the entity and the index of its draws, of which two are taken.
    """
    entity, index = key
    a_day = LEAST_CYCLES_A_DAY + CYCLES_SPREAD * draws.uniform(Purpose.PACK_AGE, entity, index)
    care = 1.0 + CARE_SPREAD * (2 * draws.uniform(Purpose.PACK_AGE, entity, index + 1) - 1)
    lost_a_day = calendar_loss_percent(1.0, soc_percent=80.0) + a_day * charge_loss_percent(30.0, 100.0)
    days = (100.0 - soh_percent) / lost_a_day * care
    return round(a_day * days), PackUsage(commissioned_at=now - timedelta(days=days))
