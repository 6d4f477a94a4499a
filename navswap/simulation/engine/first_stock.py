"""Stations as a run begins with them."""

import math

from navswap.features.packs.domain.values import Pack, Place, PlaceKind
from navswap.features.stations.domain.values import Information, Station, Status
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.engine.bays import Bay
from navswap.simulation.engine.events import Agenda
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.wear import past_of
from navswap.simulation.world.city import City
from navswap.simulation.world.places import Site

FILLED_SHARE = 0.9
"""Share of the slots that hold a pack when a run begins."""


def build_station(
    index: int, site: Site, city: City, draws: Draws, agenda: Agenda, promised_soc_percent: float
) -> SimStation:
    """Return a station as a run begins with it: most of its slots hold a pack, which has a past."""
    start = agenda.moment_of(0.0)
    models = [city.pack_models[model] for model in site.slot_models]
    information = Information(
        name=site.name,
        point=site.point,
        slot_count=site.slots,
        slot_models=tuple(model.id for model in models),
        opening_hours=site.timetable.notation,
        time_zone=site.timetable.time_zone,
        country=site.timetable.country,
        hours_exceptions=site.timetable.exceptions,
        tariff_id=site.tariff,
        feeder_limit_kw=site.feeder_limit_kw,
    )
    bays = []
    for number, model in enumerate(models, start=1):
        bay = Bay(number, model)
        if draws.uniform(Purpose.PACK_START, site.key, 3 * number) < FILLED_SHARE:
            soh = 100.0 - 20.0 * draws.uniform(Purpose.PACK_START, site.key, 3 * number + 2)
            cycles, usage = past_of(soh, draws, (site.key, 2 * number), start)
            pack = Pack(
                id=f"{site.id}-{number}",
                soc_percent=20.0
                + 80.0 * math.sqrt(draws.uniform(Purpose.PACK_START, site.key, 3 * number + 1)),
                soh_percent=soh,
                cycles=cycles,
                place=Place(PlaceKind.SLOT, site.id, number),
                reported_at=start,
                model_id=model.id,
                usage=usage,
            )
            bay.put(pack, 0.0, promised_soc_percent)
        bays.append(bay)
    station = Station(site.id, information, Status(last_reported=start))
    return SimStation(index, station, bays, site.feeder_limit_kw, promised_soc_percent)
