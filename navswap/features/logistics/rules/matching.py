"""Who is offered which job: the assignment with the least cost in minutes, fairness included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from navswap.features.logistics.rules.flow import FlowProblem, solve
from navswap.features.logistics.rules.rebalancing import drive_minutes
from navswap.kit.geo import Point, distance_metres
from navswap.kit.roads import SlowDown, free_roads

MAX_PICKUP_MINUTES = 60.0
"""Nobody is offered a job whose origin is farther away."""
CANDIDATES = 32
"""Cheapest transporters of a job that the assignment looks at."""
FAIRNESS_MINUTES = 10.0
"""What waiting long, and having earned little, is worth at most, each; a detour up to that is taken for it."""
LONG_WAIT_MINUTES = 60.0
"""Having waited so long is waiting long."""
MISSED_MINUTES = 15.0
"""What it costs that a transporter let an offer of the same job expire: others come first."""
PROMISE_MINUTES = 60.0
"""What a load for promised packs is worth on top, where there are fewer transporters than jobs."""
EXCLUSIVE_ROUNDS = 2
"""So many times a job is offered to one transporter alone; then to all who can take it, and the first wins."""
BROADCAST = 50
"""Most transporters that a job is offered to at once."""

LEFT_OPEN_MINUTES = MAX_PICKUP_MINUTES + 2 * FAIRNESS_MINUTES + MISSED_MINUTES + 1
"""What leaving a job open until the next batch costs: more than any offer of it, but not any detour of others."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A transporter who is online, seen lately and without a job; `free_places` is the room in the vehicle."""

    transporter_id: str
    point: Point
    free_places: int
    free_since: datetime
    earned_credits: int


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job without a taker: offered `rounds` times, turned down by some, let expire by others."""

    job_id: str
    origin: Point
    packs: int
    promised: int
    rounds: int
    declined: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """An offer to make: the way to the origin, and what fairness adds to it (below 0: favours the transporter)."""

    job_id: str
    transporter_id: str
    pickup_minutes: float
    fairness_minutes: float
    exclusive: bool

    @property
    def cost_minutes(self) -> float:
        """Return what the assignment weighs."""
        return self.pickup_minutes + self.fairness_minutes


def match(
    jobs: Sequence[OpenJob], carriers: Sequence[Carrier], now: datetime, slow_down: SlowDown = free_roads
) -> list[Match]:
    """Match open jobs and transporters in one batch; `slow_down` is how traffic lengthens the ways.

    A job goes to one transporter alone at first, the batch such that the sum of costs is least; one that nobody took
    in its rounds goes to all others who can take it, nearest first.
    """
    mean = sum(one.earned_credits for one in carriers) / max(1, len(carriers))
    look = partial(_candidates, mean=mean, now=now, slow_down=slow_down)
    alone = [job for job in jobs if job.rounds < EXCLUSIVE_ROUNDS]
    chosen = _assign(alone, [look(job, carriers) for job in alone], carriers)
    busy = {one.transporter_id for one in chosen}
    rest = [one for one in carriers if one.transporter_id not in busy]
    for job in jobs:
        if job.rounds >= EXCLUSIVE_ROUNDS:
            chosen += look(job, rest)[:BROADCAST]
    return chosen


def fairness_minutes(carrier: Carrier, mean_earned: float, now: datetime) -> float:
    """Return what fairness adds to the way of a transporter, -20 to 10 minutes.

    Waiting counts for it in proportion up to an hour; earnings above the mean against it, below the mean for it.
    """
    waited = (now - carrier.free_since).total_seconds() / 60
    patience = min(1.0, max(0.0, waited / LONG_WAIT_MINUTES))
    ahead = (carrier.earned_credits - mean_earned) / mean_earned if mean_earned > 0 else 0.0
    return FAIRNESS_MINUTES * (min(1.0, max(-1.0, ahead)) - patience)


def _candidates(
    job: OpenJob, carriers: Sequence[Carrier], mean: float, now: datetime, slow_down: SlowDown
) -> list[Match]:
    """Return the transporters who can take a job, cheapest first."""
    found = []
    for carrier in carriers:
        if carrier.free_places < job.packs or carrier.transporter_id in job.declined:
            continue
        pickup = drive_minutes(distance_metres(carrier.point, job.origin))
        if pickup <= MAX_PICKUP_MINUTES:
            pickup *= slow_down(carrier.point, job.origin)
        if pickup > MAX_PICKUP_MINUTES:
            continue
        fairness = fairness_minutes(carrier, mean, now)
        if carrier.transporter_id in job.missed:
            fairness += MISSED_MINUTES
        exclusive = job.rounds < EXCLUSIVE_ROUNDS
        found.append(Match(job.job_id, carrier.transporter_id, pickup, fairness, exclusive))
    return sorted(found, key=lambda one: (one.cost_minutes, one.transporter_id))


def _assign(
    jobs: Sequence[OpenJob], options: Sequence[Sequence[Match]], carriers: Sequence[Carrier]
) -> list[Match]:
    """Choose at most one match a job and a transporter, at the least cost of matches and of jobs left open.

    A flow of one unit a job: source 0, jobs, transporters, sink; the arc past the transporters leaves a job open.
    """
    if not jobs:
        return []
    places = {one.transporter_id: 1 + len(jobs) + place for place, one in enumerate(carriers)}
    sink = 1 + len(jobs) + len(carriers)
    arcs: list[tuple[int, int, int, Match | None]] = [(node, sink, 0, None) for node in places.values()]
    for node, (job, matches) in enumerate(zip(jobs, options, strict=True), start=1):
        urgency = PROMISE_MINUTES if job.promised else 0.0
        arcs += [(0, node, 0, None), (node, sink, _cost(LEFT_OPEN_MINUTES + urgency), None)]
        arcs += [
            (node, places[one.transporter_id], _cost(one.cost_minutes), one) for one in matches[:CANDIDATES]
        ]
    tails, heads, costs, meanings = zip(*arcs, strict=True)
    flow = solve(
        FlowProblem(
            tails=np.array(tails),
            heads=np.array(heads),
            capacities=np.ones(len(arcs), dtype=np.int64),
            costs=np.array(costs),
            source=0,
            sink=sink,
            units=len(jobs),
        )
    )
    return [one for units, one in zip(flow, meanings, strict=True) if units and one is not None]


def _cost(minutes: float) -> int:
    """Return a cost in whole seconds, moved so that the fairest is not below 0."""
    return round((minutes + 2 * FAIRNESS_MINUTES) * 60)
