"""Which station a rider goes to: the nearest, the nearest with packs, or the one that the domain ranks first."""

from dataclasses import dataclass

from navswap.features.swapping.domain.ranking import (
    Approach,
    Ranked,
    VisitNeed,
    baseline_estimate,
    find_facts,
    rank,
)
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.visits import Visit
from navswap.simulation.policies import StationChoice


@dataclass(frozen=True, slots=True)
class Choice:
    """A station, its straight distance, and the wait that 9 of 10 riders have there at most; None where it is not known."""

    station: SimStation
    metres: float
    wait_p90_minutes: float | None


class StationChooser:
    """Chooses stations as the policy says."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._parameters = run.parameters.swapping
        self._needs: dict[tuple[str, int], VisitNeed] = {}

    def choose(self, now: float, visit: Visit) -> Choice | None:
        """Return where a rider goes; None where no station is open."""
        open_ones = ((i, metres) for i, metres in visit.near if self._run.gives_holds(i, now))
        if self._run.policy.choice is StationChoice.RECOMMENDED and not visit.walks_in:
            return self._recommended(now, visit)
        first: Choice | None = None
        for index, metres in open_ones:
            station = self._run.stations[index]
            first = first or Choice(station, metres, None)
            if self._run.policy.choice is StationChoice.BLIND or visit.walks_in:
                break
            if station.ready(visit.model, now).free >= visit.packs:
                ranked = self._rank(now, visit, station, metres)
                wait_p90 = None if ranked is None else ranked.estimate.wait_p90_minutes
                return Choice(station, metres, wait_p90)
        return first

    def _recommended(self, now: float, visit: Visit) -> Choice | None:
        """Return the station that the domain ranks first.

        The ride alone bounds the cost of a station from below, so those whose ride costs more than the best one are not
        looked at: the result is that of ranking them all.
        """
        best: Ranked | None = None
        for index, metres in visit.near:
            roads = self._parameters.roads
            if best is not None and roads.ride_minutes(metres) >= best.cost_minutes:
                break
            if self._run.gives_holds(index, now):
                ranked = self._rank(now, visit, self._run.stations[index], metres)
                if ranked is not None and (best is None or ranked.cost_minutes < best.cost_minutes):
                    best = ranked
        if best is None:
            return None
        station = self._run.station_of[best.facts.station_id]
        return Choice(station, best.facts.distance_metres, best.estimate.wait_p90_minutes)

    def _rank(self, now: float, visit: Visit, station: SimStation, metres: float) -> Ranked | None:
        run = self._run
        slow_down = run.slow_down(station.index, now)
        facts = find_facts(
            Approach(
                station.id,
                metres,
                slow_down,
                queue=station.queue_at(run.agenda.moment_of(now), self._parameters),
            ),
            station.supply(visit.model, now),
            self._need(visit),
            run.forecasts.walk_ins(station.index, now),
            self._parameters,
        )
        ranked = rank([(facts, baseline_estimate(facts, self._parameters))], self._parameters)
        return ranked[0] if ranked else None

    def _need(self, visit: Visit) -> VisitNeed:
        key = visit.model.id, visit.packs
        if (need := self._needs.get(key)) is None:
            need = self._needs[key] = VisitNeed(visit.model, visit.packs)
        return need
