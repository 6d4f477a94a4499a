"""What a scenario does to the stations of a run, when it begins and when it ends."""

from navswap.features.stations.domain.lifecycle import set_state
from navswap.features.stations.domain.values import StationState
from navswap.simulation.engine.run import Run
from navswap.simulation.world.scenario import Scenario

DAY_MINUTES = 24 * 60.0


class Changes:
    """Closes stations, cuts feeders and changes chargers as a scenario says."""

    def __init__(self, run: Run, scenario: Scenario) -> None:
        self._run = run
        self._scenario = scenario

    def plan(self, day: int) -> None:
        """Put the changes of a day on the agenda; an ordinary day has none."""
        if self._scenario.is_ordinary:
            return
        for minute in sorted({0.0, *self._scenario.changes_of_day(day)}):
            self._run.agenda.at(day * DAY_MINUTES + minute, self._apply, day)

    def _apply(self, now: float, day: int) -> None:
        minute, scenario, run = now - day * DAY_MINUTES, self._scenario, self._run
        for station in run.stations:
            site = run.city.stations[station.index]
            share = scenario.power_share(day, minute, site)
            charger_kw = scenario.charger_kw(day, minute, site)
            station.shed_kw = station.feeder_kw * share
            for bay in station.bays:
                most = bay.model.max_charge_kw
                bay.derating = 1.0 if charger_kw is None else min(1.0, charger_kw / most)
            run.energy.draw(station, station.settle(now), now)
            station.share_power(now)
            closed = scenario.is_closed(day, minute, site)
            wanted = StationState.CLOSED if closed else StationState.OPEN
            changed = set_state(station.value, wanted, run.agenda.moment_of(now))
            station.value = changed.after
            run.publish(changed.facts, now)
