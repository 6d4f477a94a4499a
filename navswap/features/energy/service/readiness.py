"""When packs will be ready, for all stations of a question at once."""

from collections.abc import Mapping, Sequence

from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.readiness import SlotPack, breaks_a_promise, minutes_until_ready
from navswap.features.energy.storage import EnergyStations
from navswap.features.packs.service import ChargingPack
from navswap.infra.mongo import Session
from navswap.kit.charging import PackModel
from navswap.kit.clock import Clock


class ReadinessService:
    """Forecasts from the plans of stations, which obey feeders, sheds, derating and prices, when packs are charged."""

    def __init__(self, clock: Clock, parameters: EnergyParameters) -> None:
        self._clock = clock
        self._parameters = parameters

    async def forecast(
        self,
        packs: Mapping[str, Sequence[ChargingPack]],
        models: Mapping[str, PackModel],
        session: Session | None = None,
    ) -> dict[str, tuple[float, ...]]:
        """Return in how many minutes each pack has the promised charge, by station and in the order of its packs.

        Infinite where nothing charges a pack. One query answers for all stations; where a plan would break a promise
        that it did not know of, it is due again at once. In a transaction the plans are those that it sees.
        """
        slots = {station_id: _slot_packs(charging, models) for station_id, charging in packs.items()}
        asked = [station_id for station_id, charging in slots.items() if charging]
        if not asked:
            return dict.fromkeys(packs, ())
        now, parameters = self._clock.now(), self._parameters
        stations = await EnergyStations.find_by_ids(asked, session)
        late = [
            station.id
            for station in stations.values()
            if breaks_a_promise(station, slots[station.id], parameters, now)
        ]
        if late:
            await EnergyStations.replan_now(late, now, session)
        return {
            station_id: tuple(
                minutes_until_ready(pack, stations.get(station_id), parameters, now) for pack in charging
            )
            for station_id, charging in slots.items()
        }


def _slot_packs(charging: Sequence[ChargingPack], models: Mapping[str, PackModel]) -> list[SlotPack]:
    return [
        SlotPack(
            serial_number=pack.serial_number,
            evse_id=pack.evse_id,
            soc_percent=pack.soc_percent,
            soh_percent=pack.soh_percent,
            model=models[pack.model_id],
            is_held=pack.is_held,
        )
        for pack in charging
    ]
