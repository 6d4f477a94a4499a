"""What the packs in slots measure of themselves once a day, in a run that is recorded: a little wrong, as such sensors are."""

from scipy.special import ndtri

from navswap.features.packs.domain.values import Pack
from navswap.features.packs.events import HealthMeasured
from navswap.kit.values import replace
from navswap.simulation.draws import Purpose
from navswap.simulation.engine.bays import Bay
from navswap.simulation.engine.run import Run
from navswap.simulation.world.places import key_of
from navswap.simulation.world.weather import Weather

DAY_MINUTES = 24 * 60.0
SOH_ERROR_PERCENT = 0.15
"""Standard deviation of a measured health about the true one, in percentage points."""
CELSIUS_ERROR = 1.5
WARMER_CELSIUS, CHARGING_CELSIUS = 3.0, 7.0
"""A pack is so much warmer than the air, and so much more while it charges."""


class HealthReports:
    """Publishes the health of all packs in slots at every midnight; it changes nothing of the run."""

    def __init__(self, run: Run, weather: Weather) -> None:
        self._run = run
        self._weather = weather

    def start(self) -> None:
        """Put the first midnight on the agenda."""
        self._run.agenda.at(0.0, self._report, None)

    def _report(self, now: float, about: object) -> None:
        run, day = self._run, int(now // DAY_MINUTES)
        run.agenda.at(now + DAY_MINUTES, self._report, about)
        air, moment = self._weather.day(day).celsius[0], run.agenda.moment_of(now)
        measured = [
            (self._measure(bay, bay.pack, now, air), bay.model.capacity_kwh)
            for station in run.stations
            for bay in station.bays
            if bay.pack is not None
        ]
        run.publish([HealthMeasured.of(pack, capacity_kwh, moment) for pack, capacity_kwh in measured], now)

    def _measure(self, bay: Bay, pack: Pack, now: float, air: float) -> Pack:
        key, day = key_of(pack.id), int(now // DAY_MINUTES)
        soc = bay.soc_at(now)
        warmth = air + WARMER_CELSIUS + (CHARGING_CELSIUS if bay.power_kw > 0.0 else 0.0)
        usage = replace(
            pack.usage,
            charged_percent=pack.usage.charged_percent + max(0.0, soc - bay.soc_on_arrival),
            temperature_celsius=round(warmth + CELSIUS_ERROR * self._normal(key, 2 * day), 1),
        )
        soh = pack.soh_percent + SOH_ERROR_PERCENT * self._normal(key, 2 * day + 1)
        return replace(
            pack, soc_percent=round(soc, 2), soh_percent=round(min(100.0, max(0.0, soh)), 2), usage=usage
        )

    def _normal(self, key: int, index: int) -> float:
        return float(ndtri(max(1e-12, self._run.draws.uniform(Purpose.HEALTH, key, index))))
