"""Meters of a run that is recorded: what each station drew, quarter of an hour by quarter of an hour, and what feeders give."""

from navswap.features.energy.domain.metering import QUARTER
from navswap.features.energy.domain.values import FeederState
from navswap.features.energy.events import FeederChanged, LoadMeasured
from navswap.simulation.draws import Purpose
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.world.weather import Weather

QUARTER_MINUTES = 15.0
QUARTERS_AN_HOUR = 4
DAY_MINUTES = 24 * 60.0
METER_ERROR = 0.01
"""A meter is off by so much of what it measures at most."""
LIGHT_SHARE, COOLING_SHARE, SPREAD_SHARE = 0.3, 0.07, 0.25
"""Of what a station draws beside its chargers: lamps at night, fans for each °C above `COOL_CELSIUS`, and chance."""
COOL_CELSIUS = 26.0
NIGHT_HOURS = frozenset({0, 1, 2, 3, 4, 5, 18, 19, 20, 21, 22, 23})


class Meters:
    """Publishes the load of every station at every quarter of an hour; it reads and changes nothing of the run."""

    def __init__(self, run: Run, weather: Weather) -> None:
        self._run = run
        self._weather = weather
        self._read = [0.0] * len(run.stations)
        self._quarter = 0

    def start(self) -> None:
        """Put the first reading on the agenda."""
        self._run.agenda.at(QUARTER_MINUTES, self._measure, None)

    def _measure(self, now: float, about: object) -> None:
        run = self._run
        run.agenda.at(now + QUARTER_MINUTES, self._measure, about)
        ends_at = run.agenda.moment_of(now)
        loads = []
        for station in run.stations:
            drawn = run.energy.kwh_by_station[station.index] + station.kwh
            drawn += sum([bay.unsettled_kwh(now) for bay in station.bays if bay.power_kw > 0.0])
            charging_kw = (drawn - self._read[station.index]) * QUARTERS_AN_HOUR
            self._read[station.index] = drawn
            limit_kw = station.available_kw
            load_kw = max(0.0, charging_kw) + (self._auxiliary_kw(station, now) if limit_kw > 0.0 else 0.0)
            error = METER_ERROR * (2 * self._draw(station, 2 * self._quarter) - 1)
            loads.append(
                LoadMeasured(
                    station.id, ends_at - QUARTER, ends_at, round(load_kw * (1 + error), 4), limit_kw
                )
            )
        self._quarter += 1
        run.publish(loads, now)

    def _auxiliary_kw(self, station: SimStation, now: float) -> float:
        """Return what a station draws beside its chargers: more at night and where it is hot."""
        day, minute = divmod(now - QUARTER_MINUTES / 2, DAY_MINUTES)
        hour = int(minute // 60)
        warmth = max(0.0, self._weather.day(int(day)).celsius[hour] - COOL_CELSIUS)
        share = 1.0 + COOLING_SHARE * warmth + (LIGHT_SHARE if hour in NIGHT_HOURS else 0.0)
        share += SPREAD_SHARE * (2 * self._draw(station, 2 * (self._quarter // QUARTERS_AN_HOUR) + 1) - 1)
        return self._run.parameters.energy.auxiliary_kw * share

    def _draw(self, station: SimStation, index: int) -> float:
        key = self._run.city.stations[station.index].key
        return self._run.draws.uniform(Purpose.METER, key, index)


def publish_feeder(run: Run, station: SimStation, now: float) -> None:
    """Publish what a feeder gives from now on, where no charging plan does so."""
    if station.planner is not None:
        return
    limit_kw, usual_kw = station.available_kw, station.feeder_kw
    state = FeederState.OUTAGE if limit_kw <= 0.0 else FeederState.LIMITED
    if limit_kw >= usual_kw:
        state = FeederState.NORMAL
    changed = FeederChanged(station.id, state, limit_kw, usual_kw, run.agenda.moment_of(now))
    run.publish((changed,), now)
