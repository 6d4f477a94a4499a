"""Which station serves a rider soonest, and why."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from navswap.features.swapping.domain.expected_queue import expected_queue
from navswap.features.swapping.domain.outages import NO_OUTAGE_FORECAST, OutageForecast
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import (
    NOTHING_FORECAST,
    DemandForecast,
    ReadyPacks,
    packs_to_promise,
    walk_in_buffer,
)
from navswap.features.swapping.domain.queueing import EMPTY, MINUTE, Queue, minutes_until_served
from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.forecasts import Source
from navswap.kit.values import quick_init

NORMAL_90 = 1.2816
"""The 90 % quantile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class VisitNeed:
    """What a rider comes for: so many packs of a model, as the vehicle takes."""

    pack_model: PackModel = STANDARD_PACK
    pack_count: int = 1


PLAIN_VISIT = VisitNeed()
"""One pack of the standard model."""


@quick_init
@dataclass(frozen=True, slots=True)
class StationSupply:
    """What a station has for a visit: charged and held packs of the model, and the minutes that its other free ones take.

    Those are until they are charged, by the plan that the station charges by; infinite for one that nothing charges.
    """

    charged: int
    held: int
    charging_minutes: Sequence[float] = ()

    @property
    def ready_now(self) -> ReadyPacks:
        """Return the packs that can be promised now, whatever charges up meanwhile."""
        return ReadyPacks(self.charged, self.held)

    def ready(self, parameters: SwappingParameters) -> ReadyPacks:
        """Return the packs by what can be promised of them, those included that charge up in half a hold."""
        soon = parameters.hold / 2 / MINUTE
        return ReadyPacks(
            self.charged, self.held, sum([minutes <= soon for minutes in self.charging_minutes])
        )


@quick_init
@dataclass(frozen=True, slots=True)
class StationFacts:
    """What an estimate and the ranking know of a station.

    `charged_in_minutes` is when the pack is charged that completes the visit: 0 where all may be held now, infinite where
    none will; `slow_down` is how many times as long traffic makes the ride, 1 or more; `charged_packs` are those of the
    model, held ones included. From a rider who `is_on_site` no other one takes the last packs on the way. `walk_ins` is the
    forecast of riders without a hold.
    """

    station_id: str
    distance_metres: float
    packs_to_promise: int
    queue: Queue
    charged_in_minutes: float
    need: VisitNeed = PLAIN_VISIT
    buffer_packs: int = 0
    slow_down: float = 1.0
    charged_packs: int = 0
    is_on_site: bool = False
    walk_ins: DemandForecast = NOTHING_FORECAST
    outages: OutageForecast = NO_OUTAGE_FORECAST

    @property
    def visits_to_promise(self) -> int:
        """Return how many riders who come for as many packs could be given a hold now."""
        return self.packs_to_promise // self.need.pack_count


@dataclass(frozen=True, slots=True)
class Approach:
    """The way to a station, the queue there and its outages; who is on site may have the packs kept back for walk-ins."""

    station_id: str
    distance_metres: float
    slow_down: float
    queue: Queue = EMPTY
    is_on_site: bool = False
    outages: OutageForecast = NO_OUTAGE_FORECAST


def find_facts(
    approach: Approach,
    supply: StationSupply,
    need: VisitNeed,
    forecast: DemandForecast,
    parameters: SwappingParameters,
) -> StationFacts:
    """Return what is known of a station for a visit."""
    ready = supply.ready(parameters)
    buffer = walk_in_buffer(forecast, ready, parameters.buffer)
    promisable = packs_to_promise(ready, 0 if approach.is_on_site else buffer)
    return StationFacts(
        station_id=approach.station_id,
        distance_metres=approach.distance_metres,
        packs_to_promise=promisable,
        queue=approach.queue,
        charged_in_minutes=_charged_in(supply, need.pack_count - promisable),
        need=need,
        buffer_packs=buffer,
        slow_down=approach.slow_down,
        charged_packs=supply.charged,
        is_on_site=approach.is_on_site,
        walk_ins=forecast,
        outages=approach.outages,
    )


def _charged_in(supply: StationSupply, missing: int) -> float:
    """Return the minutes until so many more packs are charged; 0 where none is missing, infinite where they never are."""
    if missing <= 0:
        return 0.0
    if missing > len(supply.charging_minutes):
        return math.inf
    return sorted(supply.charging_minutes)[missing - 1]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Minutes until the rider is there, and the wait once there; the delay by traffic is a part of the first.

    `beyond_p50_minutes` is what waiting costs in the ranking beyond the median wait, None where half of the way to the
    ninetieth percentile stands for it.
    """

    eta_minutes: float
    wait_p50_minutes: float
    wait_p90_minutes: float
    source: Source
    traffic_delay_minutes: float = 0.0
    beyond_p50_minutes: float | None = None

    @property
    def uncertain_minutes(self) -> float:
        """Return what the wait costs in the ranking beside its median."""
        if self.beyond_p50_minutes is not None:
            return self.beyond_p50_minutes
        return (self.wait_p90_minutes - self.wait_p50_minutes) / 2


def estimate_visit(facts: StationFacts, parameters: SwappingParameters) -> Estimate:
    """Estimate by the expected queue where a model forecast who comes without a hold, else as without a model."""
    if facts.walk_ins.source is Source.MODEL:
        return expected_estimate(facts, parameters)
    return baseline_estimate(facts, parameters)


def expected_estimate(facts: StationFacts, parameters: SwappingParameters) -> Estimate:
    """Estimate by how likely other riders are at the kiosk, those on the way and those who come without a hold.

    The median and the ninetieth percentile are those of this rider's wait. What waiting costs is expected of all: also of the
    riders who would wait for this one, so that the ranking spreads arrivals that would fall together. A minute of it counts for
    `waited_minute` of riding.
    """
    ride = parameters.roads.ride_minutes(facts.distance_metres)
    eta = ride * facts.slow_down
    per_minute = facts.walk_ins.expected_swaps / (parameters.hold / MINUTE)
    queue = expected_queue(facts.queue, eta, per_minute, parameters)
    until_charged = facts.charged_in_minutes - eta
    p50, p90 = (max(queue.wait_quantile(share), until_charged) for share in (0.5, 0.9))
    return Estimate(
        eta,
        p50,
        p90,
        Source.MODEL,
        traffic_delay_minutes=eta - ride,
        beyond_p50_minutes=parameters.waited_minute * max(p50, queue.shared_minutes) - p50,
    )


def baseline_estimate(facts: StationFacts, parameters: SwappingParameters) -> Estimate:
    """Estimate without a model.

    The wait is over once the riders who are there before are served and the packs are charged, both from now on, while
    this rider rides. n exponential services have mean n·s and deviation √n·s.
    """
    service = parameters.visits.service_minutes
    ride = parameters.roads.ride_minutes(facts.distance_metres)
    eta = ride * facts.slow_down
    queueing = minutes_until_served(facts.queue, eta, service)
    p50 = max(queueing, facts.charged_in_minutes - eta)
    p90 = p50 + NORMAL_90 * math.sqrt(max(queueing / service, 0.25)) * service
    return Estimate(eta, p50, p90, Source.BASELINE, traffic_delay_minutes=eta - ride)


class ReasonKind(StrEnum):
    """What moved a station up or down in the ranking."""

    RIDE = "RIDE"
    TRAFFIC_DELAY = "TRAFFIC_DELAY"
    WAIT = "WAIT"
    UNCERTAIN_WAIT = "UNCERTAIN_WAIT"
    SCARCE_PACKS = "SCARCE_PACKS"
    OUTAGE = "OUTAGE"


@quick_init
@dataclass(frozen=True, slots=True)
class Reason:
    """One part of the cost of a station, in minutes; the rank is the order of their sum."""

    kind: ReasonKind
    minutes: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A station with its estimate and the reasons of its rank, dearest first."""

    facts: StationFacts
    estimate: Estimate
    reasons: tuple[Reason, ...]

    @property
    def cost_minutes(self) -> float:
        """Return the sum that the ranking orders by."""
        return sum(reason.minutes for reason in self.reasons)


def rank(candidates: Iterable[tuple[StationFacts, Estimate]], parameters: SwappingParameters) -> list[Ranked]:
    """Order stations by what they cost a rider in minutes; one where no pack will be ready is left out."""
    ranked = [
        Ranked(facts, estimate, _reasons(facts, estimate, parameters))
        for facts, estimate in candidates
        if math.isfinite(estimate.wait_p50_minutes)
    ]
    return sorted(ranked, key=lambda station: (station.cost_minutes, station.facts.station_id))


def _reasons(facts: StationFacts, estimate: Estimate, parameters: SwappingParameters) -> tuple[Reason, ...]:
    scarce = 0.0 if facts.is_on_site else parameters.scarce_minutes / (1 + facts.visits_to_promise)
    until_served = estimate.eta_minutes + estimate.wait_p50_minutes
    outage = facts.outages.within(until_served) * parameters.outage_minutes
    parts = [
        Reason(ReasonKind.RIDE, estimate.eta_minutes - estimate.traffic_delay_minutes),
        Reason(ReasonKind.TRAFFIC_DELAY, estimate.traffic_delay_minutes),
        Reason(ReasonKind.WAIT, estimate.wait_p50_minutes),
        Reason(ReasonKind.UNCERTAIN_WAIT, estimate.uncertain_minutes),
        Reason(ReasonKind.SCARCE_PACKS, scarce),
        Reason(ReasonKind.OUTAGE, outage),
    ]
    return tuple(sorted(parts, key=lambda part: -part.minutes))
