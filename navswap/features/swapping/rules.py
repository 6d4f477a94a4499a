"""Pure decisions of swapping: what may be held, how an entry may end, which station is best."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from navswap.features.swapping.documents import BonusQuote, EntryState
from navswap.kit.forecasts import Source

SERVICE_MINUTES = 2.0
"""Time at the station of one swap, from scan to ride-off."""

CHARGE_PERCENT_PER_MINUTE = 0.8
"""Charge gained in a slot: a pack of 1.7 kWh at about 0.8 kW."""

FREE_FLOW_KMH = 24.0
"""Speed of a scooter in a city without jams, stops included."""

DETOUR = 1.3
"""Road distance over straight distance in a city grid."""

NORMAL_90 = 1.2816
"""The 90 % quantile of the standard normal distribution."""

MAX_BONUS_CREDITS = 2_000
"""Most that a rider earns by bringing an empty pack."""

BONUS_STEP_CREDITS = 100
"""Bonuses are round, so that they do not flicker with every pack that moves."""

NORMAL_FULL_SHARE = 0.5
"""Share of slots whose pack is full and free up to which a station needs no empties."""

LEAST_FREE_PACKS = 3
"""A station with fewer free packs is not advertised: who comes takes one of the last."""

EMPTY_SOC_PERCENT = 50.0
"""Charge up to which a returned pack counts as empty; swapping full packs to and fro earns nothing."""

SCARCE_MINUTES = 6.0
"""What the risk that the last packs are gone on arrival costs in the ranking, shared by the packs left."""


@dataclass(frozen=True, slots=True)
class DemandForecast:
    """Walk-in swaps expected at a station over the time of a hold."""

    expected_swaps: float
    source: Source


def poisson_quantile(mean: float, probability: float) -> int:
    """Return the least count that a Poisson variable does not exceed with the given probability."""
    if mean < 0 or not 0 < probability < 1:
        raise ValueError("mean must be at least 0 and probability between 0 and 1")
    term = math.exp(-mean)
    count, reached = 0, term
    while reached < probability and count < 10_000:
        count += 1
        term *= mean / count
        reached += term
    return count


def walk_in_buffer(forecast: DemandForecast, charged_packs: int, ready_soon_packs: int) -> int:
    """Return how many charged packs are kept back for riders who come without a hold.

    Nine times in ten the buffer and the packs that charge up in time are enough for the walk-ins foreseen.
    It never takes more than half of the packs: a hold is a promise, a walk-in is a chance.
    """
    needed = poisson_quantile(forecast.expected_swaps, 0.9) - ready_soon_packs
    return max(0, min(needed, charged_packs // 2))


def charge_gained(span: timedelta) -> float:
    """Return the charge in % that a pack in a slot gains over a span."""
    return CHARGE_PERCENT_PER_MINUTE * span.total_seconds() / 60


def packs_to_promise(charged_packs: int, held_packs: int, buffer: int) -> int:
    """Return how many more packs may be held."""
    return max(0, charged_packs - held_packs - buffer)


def end_of_lapsed(arrived_at: datetime | None, verified_at: datetime | None) -> EntryState:
    """Return how an entry ends whose time ran out: EXPIRED if the rider was there, NO_SHOW if not."""
    return EntryState.EXPIRED if arrived_at or verified_at else EntryState.NO_SHOW


def moved_until(hold_until: datetime, now: datetime, hold: timedelta) -> datetime:
    """Return when a hold lapses that was moved to another station: the rider has the time of a new one."""
    return max(hold_until, now + hold)


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What an estimate and the ranking know of a station; `slow_down` is how traffic lengthens the ride, 1 or more."""

    station_id: str
    distance_metres: float
    packs_to_promise: int
    queue_length: int
    best_charging_soc_percent: float | None
    promised_soc_percent: float
    buffer_packs: int = 0
    slow_down: float = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Minutes until the rider is there, and until served once there; the delay by traffic is a part of the first."""

    eta_minutes: float
    wait_p50_minutes: float
    wait_p90_minutes: float
    source: Source
    traffic_delay_minutes: float = 0.0


def ride_minutes(distance_metres: float) -> float:
    """Return the baseline time to ride a straight distance through a city, on free roads."""
    return distance_metres * DETOUR / 1000 / FREE_FLOW_KMH * 60


def minutes_until_charged(facts: StationFacts) -> float:
    """Return the time until the next pack reaches the promise; infinite where none is charging."""
    if facts.packs_to_promise > 0:
        return 0.0
    if facts.best_charging_soc_percent is None:
        return math.inf
    missing = facts.promised_soc_percent - facts.best_charging_soc_percent
    return max(0.0, missing / CHARGE_PERCENT_PER_MINUTE)


def baseline_estimate(facts: StationFacts) -> Estimate:
    """Estimate without a model.

    Riders ahead are served one by one; n exponential services have mean n·s and deviation √n·s. Riders who
    are ahead now are partly served while this one rides; a pack still charging is waited for.
    """
    ride = ride_minutes(facts.distance_metres)
    eta = ride * facts.slow_down
    ahead = max(0.0, facts.queue_length - eta / SERVICE_MINUTES)
    charging = max(0.0, minutes_until_charged(facts) - eta)
    p50 = ahead * SERVICE_MINUTES + charging
    p90 = p50 + NORMAL_90 * math.sqrt(max(ahead, 0.25)) * SERVICE_MINUTES
    return Estimate(eta, p50, p90, Source.BASELINE, traffic_delay_minutes=eta - ride)


class ReasonKind(StrEnum):
    """What moved a station up or down in the ranking."""

    RIDE = "RIDE"
    TRAFFIC_DELAY = "TRAFFIC_DELAY"
    WAIT = "WAIT"
    UNCERTAIN_WAIT = "UNCERTAIN_WAIT"
    SCARCE_PACKS = "SCARCE_PACKS"


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


def rank(candidates: list[tuple[StationFacts, Estimate]]) -> list[Ranked]:
    """Order stations by what they cost a rider in minutes; one where no pack will be ready is left out."""
    ranked = [
        Ranked(facts, estimate, _reasons(facts, estimate))
        for facts, estimate in candidates
        if math.isfinite(estimate.wait_p50_minutes)
    ]
    return sorted(ranked, key=lambda one: (one.cost_minutes, one.facts.station_id))


def _reasons(facts: StationFacts, estimate: Estimate) -> tuple[Reason, ...]:
    parts = [
        Reason(ReasonKind.RIDE, estimate.eta_minutes - estimate.traffic_delay_minutes),
        Reason(ReasonKind.TRAFFIC_DELAY, estimate.traffic_delay_minutes),
        Reason(ReasonKind.WAIT, estimate.wait_p50_minutes),
        Reason(ReasonKind.UNCERTAIN_WAIT, (estimate.wait_p90_minutes - estimate.wait_p50_minutes) / 2),
        Reason(ReasonKind.SCARCE_PACKS, SCARCE_MINUTES / (1 + facts.packs_to_promise)),
    ]
    return tuple(sorted(parts, key=lambda part: -part.minutes))


def quote_bonus(free_packs: int, charging_packs: int, empty_slots: int) -> BonusQuote:
    """Return what a rider earns by bringing an empty pack to a station with this stock.

    A station needs empties when full packs keep its chargers idle: riders who come there spare the stations that run
    short. The bonus grows evenly from 0 at the normal share of full slots to the most at a station that is all full.
    """
    slots = free_packs + charging_packs + empty_slots
    full_share = free_packs / slots if slots else 0.0
    need = max(0.0, full_share - NORMAL_FULL_SHARE) / (1 - NORMAL_FULL_SHARE)
    steps = math.floor(need * MAX_BONUS_CREDITS / BONUS_STEP_CREDITS + 1e-9)
    return BonusQuote(
        credits=steps * BONUS_STEP_CREDITS if free_packs >= LEAST_FREE_PACKS else 0,
        free_packs=free_packs,
        charging_packs=charging_packs,
        empty_slots=empty_slots,
    )


def bonus_earned(quoted: BonusQuote | None, returned_soc_percent: float | None) -> int:
    """Return the credits that a swap earns: what was quoted, if an empty pack was brought; None is no pack."""
    if quoted is None or returned_soc_percent is None or returned_soc_percent > EMPTY_SOC_PERCENT:
        return 0
    return quoted.credits
