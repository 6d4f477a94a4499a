"""Which station a rider goes to: the nearest, the nearest with packs, or the one that the domain ranks first."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from navswap.features.swapping.domain.ranking import (
    Approach,
    Estimate,
    Ranked,
    StationFacts,
    VisitNeed,
    estimate_visit,
    find_facts,
    rank,
)
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.visits import Visit
from navswap.simulation.policies import StationChoice


@dataclass(frozen=True, slots=True)
class Choice:
    """A station, its straight distance, and the wait that 9 of 10 riders have there at most; None where it is not known.

    `has_packs` is whether it is known to have the packs of the visit now.
    """

    station: SimStation
    metres: float
    wait_p90_minutes: float | None
    has_packs: bool = False


class StationChooser:
    """Chooses stations as the policy says."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._parameters = run.parameters.swapping
        self._needs: dict[tuple[str, int], VisitNeed] = {}

    def choose(self, now: float, visit: Visit, refused: Collection[int] = ()) -> Choice | None:
        """Return where a rider goes, those stations left out that have `refused` a hold; None where no other is open."""
        if self._run.policy.choice is StationChoice.RECOMMENDED and not visit.walks_in:
            return self._recommended(now, visit, refused)
        run, first = self._run, None
        looks_on = run.policy.choice is not StationChoice.BLIND and not visit.walks_in
        for index, metres in zip(visit.near, visit.metres, strict=True):
            if index in refused or not run.gives_holds(index, now):
                continue
            station = run.stations[index]
            if looks_on and station.ready(visit.model, now).free >= visit.packs:
                _, estimate = self._estimate(now, visit, station, metres)
                is_known = estimate.wait_p50_minutes < math.inf
                return Choice(
                    station, metres, estimate.wait_p90_minutes if is_known else None, has_packs=True
                )
            first = first or Choice(station, metres, None)
            if not looks_on:
                break
        return first

    def sooner_than_here(self, now: float, visit: Visit, here: SimStation) -> Choice | None:
        """Return where a rider who stands at a station without the packs has them sooner; None where waiting there is best.

        The stations are ranked as for any rider at that place; without a hold the rider might find none again.
        """
        best = self._best(now, visit, (), here)
        return None if best is None or best.facts.is_on_site else self._chosen(best)

    def _recommended(self, now: float, visit: Visit, refused: Collection[int]) -> Choice | None:
        best = self._best(now, visit, refused)
        return None if best is None else self._chosen(best)

    def _chosen(self, best: Ranked) -> Choice:
        return Choice(
            self._run.station_of[best.facts.station_id],
            best.facts.distance_metres,
            best.estimate.wait_p90_minutes,
            has_packs=best.facts.visits_to_promise > 0,
        )

    def _best(
        self, now: float, visit: Visit, refused: Collection[int], here: SimStation | None = None
    ) -> Ranked | None:
        """Return the station that the domain ranks first, for a rider who is on the way or stands at one, `here`.

        For one who stands at a station the others are left out that cannot give a hold.

        The ride alone bounds the cost of a station from below, so those whose ride costs more than the best one are not
        looked at: the result is that of ranking them all.
        """
        best: Ranked | None = None
        for index, metres in zip(visit.near, visit.metres, strict=True):
            roads = self._parameters.roads
            if best is not None and roads.ride_minutes(metres) >= best.cost_minutes:
                break
            if index not in refused and self._run.gives_holds(index, now):
                station = self._run.stations[index]
                candidate = self._estimate(now, visit, station, metres, is_on_site=station is here)
                if here is not None and station is not here and not candidate[0].visits_to_promise:
                    continue
                for ranked in rank([candidate], self._parameters):
                    if best is None or ranked.cost_minutes < best.cost_minutes:
                        best = ranked
        return best

    def _estimate(
        self, now: float, visit: Visit, station: SimStation, metres: float, *, is_on_site: bool = False
    ) -> tuple[StationFacts, Estimate]:
        run = self._run
        slow_down = 1.0 if is_on_site else run.slow_down(station.index, now)
        facts = find_facts(
            Approach(
                station.id,
                metres,
                slow_down,
                queue=station.queue_at(run.agenda.moment_of(now), self._parameters),
                is_on_site=is_on_site,
                outages=run.forecasts.outages_at(station.index, now),
            ),
            station.supply(visit.model, now),
            self._need(visit),
            run.forecasts.walk_ins(station.index, now),
            self._parameters,
        )
        return facts, estimate_visit(facts, self._parameters)

    def _need(self, visit: Visit) -> VisitNeed:
        key = visit.model.id, visit.packs
        if (need := self._needs.get(key)) is None:
            need = self._needs[key] = VisitNeed(visit.model, visit.packs)
        return need
