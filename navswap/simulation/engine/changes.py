"""What scenarios and feeders do to the stations of a run, when it begins and when it ends."""

from navswap.features.stations.domain.lifecycle import set_state
from navswap.features.stations.domain.values import StationState
from navswap.kit.charging import CHARGE_EFFICIENCY
from navswap.simulation.engine.broken_holds import BrokenHolds
from navswap.simulation.engine.meters import publish_feeder
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.world.feeder import Feeders
from navswap.simulation.world.scenario import Scenario

DAY_MINUTES = 24 * 60.0
JUST_AFTER = 1e-6
"""Minutes: the sum of a day and a minute, taken apart again, may lie a hair before the minute at which an event ends."""


class Changes:
    """Closes stations and changes chargers as a scenario says, and cuts feeders at their events."""

    def __init__(self, run: Run, scenario: Scenario, feeders: Feeders, holds: BrokenHolds) -> None:
        self._run = run
        self._scenario = scenario
        self._feeders = feeders
        self._holds = holds

    def plan(self, day: int) -> None:
        """Put the changes of a day on the agenda."""
        midnight, agenda = day * DAY_MINUTES, self._run.agenda
        for event in self._feeders.events(day):
            for minute in (event.from_minute, event.until_minute):
                agenda.at(midnight + minute, self._feed, self._run.stations[event.station])
        if not self._scenario.is_ordinary:
            for minute in sorted({0.0, *self._scenario.changes_of_day(day)}):
                agenda.at(midnight + minute, self._apply, day)

    def _feed(self, now: float, station: SimStation) -> None:
        """Give a station the power that its feeder has now."""
        day, minute = divmod(now + JUST_AFTER, DAY_MINUTES)
        share = self._feeders.power_share(station.index, int(day), minute)
        self._run.energy.draw(station, station.settle(now), now)
        before, station.shed_kw = station.available_kw, station.feeder_kw * share
        station.share_power(now)
        if station.available_kw != before:
            publish_feeder(self._run, station, now)

    def _apply(self, now: float, day: int) -> None:
        minute, scenario, run = now - day * DAY_MINUTES, self._scenario, self._run
        for station in run.stations:
            site = run.city.stations[station.index]
            charger_kw = scenario.charger_kw(day, minute, site)
            efficiency = scenario.charger_efficiency(day, minute, site) or CHARGE_EFFICIENCY
            for bay in station.bays:
                most = bay.model.max_charge_kw
                bay.derating = 1.0 if charger_kw is None else min(1.0, charger_kw / most)
                bay.efficiency = efficiency  # of the packs that come in from now on
            self._feed(now, station)
            closed = scenario.is_closed(day, minute, site)
            wanted = StationState.CLOSED if closed else StationState.OPEN
            if station.value.status.state is StationState.OUT_OF_SERVICE and not closed:
                continue  # a fault keeps it out of service
            changed = set_state(station.value, wanted, run.agenda.moment_of(now))
            if changed.is_change:
                station.value = changed.after
                run.publish(changed.facts, now)
                self._holds.reassign(now, station)
