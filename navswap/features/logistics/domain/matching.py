"""Who is offered which job: the assignment with the least cost in minutes, fairness included."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Self

import numpy as np

from navswap.features.logistics.domain.flow import FlowProblem, solve
from navswap.features.logistics.domain.parameters import MatchingParameters
from navswap.features.logistics.domain.values import JobOffer, OfferState, TransportJob
from navswap.kit.geo import Point, distance_metres
from navswap.kit.roads import SlowDown

NOT_ASKED_AGAIN = (OfferState.DECLINED, OfferState.ACCEPTED)
"""A transporter whose offer ended so is not offered that job again: it declined it, or took it and did not fetch it."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A transporter who is online, seen lately and without a job; `room_packs` is the room in the vehicle."""

    transporter_id: str
    point: Point
    room_packs: int
    free_since: datetime
    earned_credits: int


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job without a transporter: offered `rounds` times, declined by some, let expire by others."""

    job_id: str
    origin: Point
    packs: int
    promised: int
    rounds: int
    declined: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, job: TransportJob, origin: Point, offers: Iterable[JobOffer]) -> Self:
        """Return what matching needs of a job: where its packs are, and how its earlier offers ended."""
        ended = [(offer.transporter_id, offer.state) for offer in offers]
        return cls(
            job_id=job.id,
            origin=origin,
            packs=job.packs,
            promised=job.promised_packs,
            rounds=job.rounds,
            declined=frozenset(name for name, state in ended if state in NOT_ASKED_AGAIN),
            missed=frozenset(name for name, state in ended if state is OfferState.EXPIRED),
        )


@dataclass(frozen=True, slots=True)
class Match:
    """An offer to make: the drive to the origin, and what fairness adds to it (below 0: favours the transporter)."""

    job_id: str
    transporter_id: str
    pickup_minutes: float
    fairness_minutes: float
    is_exclusive: bool

    @property
    def cost_minutes(self) -> float:
        """Return what the assignment weighs."""
        return self.pickup_minutes + self.fairness_minutes


def match(
    jobs: Sequence[OpenJob],
    carriers: Sequence[Carrier],
    now: datetime,
    parameters: MatchingParameters,
    slow_down: SlowDown,
) -> list[Match]:
    """Match open jobs and transporters in one batch; `slow_down` is how traffic lengthens the drives.

    A job goes to one transporter alone at first, the batch such that the sum of costs is least; one that no transporter
    took in its rounds goes to all others who can take it, nearest first.
    """
    mean = sum(carrier.earned_credits for carrier in carriers) / max(1, len(carriers))
    rank = partial(_candidates, mean=mean, now=now, parameters=parameters, slow_down=slow_down)
    alone = [job for job in jobs if job.rounds < parameters.exclusive_rounds]
    chosen = _assign(alone, [rank(job, carriers) for job in alone], carriers, parameters)
    busy = {match.transporter_id for match in chosen}
    rest = [carrier for carrier in carriers if carrier.transporter_id not in busy]
    for job in jobs:
        if job.rounds >= parameters.exclusive_rounds:
            chosen += rank(job, rest)[: parameters.broadcast]
    return chosen


def fairness_minutes(
    carrier: Carrier, mean_earned: float, now: datetime, parameters: MatchingParameters
) -> float:
    """Return what fairness adds to the drive of a transporter, from -2 to +1 times the parameter of that name.

    Waiting counts for it in proportion up to a long wait; earnings above the mean against it, below the mean for it.
    """
    waited = (now - carrier.free_since).total_seconds() / 60
    patience = min(1.0, max(0.0, waited / parameters.long_wait_minutes))
    ahead = (carrier.earned_credits - mean_earned) / mean_earned if mean_earned > 0 else 0.0
    return parameters.fairness_minutes * (min(1.0, max(-1.0, ahead)) - patience)


def _candidates(
    job: OpenJob,
    carriers: Sequence[Carrier],
    mean: float,
    now: datetime,
    parameters: MatchingParameters,
    slow_down: SlowDown,
) -> list[Match]:
    """Return the transporters who can take a job, cheapest first."""
    found = []
    for carrier in carriers:
        if carrier.room_packs < job.packs or carrier.transporter_id in job.declined:
            continue
        pickup = parameters.roads.carry_minutes(distance_metres(carrier.point, job.origin))
        if pickup <= parameters.max_pickup_minutes:  # traffic is looked up for the near ones only
            pickup *= slow_down(carrier.point, job.origin)
        if pickup > parameters.max_pickup_minutes:
            continue
        fairness = fairness_minutes(carrier, mean, now, parameters)
        if carrier.transporter_id in job.missed:
            fairness += parameters.missed_minutes
        is_exclusive = job.rounds < parameters.exclusive_rounds
        found.append(Match(job.job_id, carrier.transporter_id, pickup, fairness, is_exclusive))
    return sorted(found, key=lambda match: (match.cost_minutes, match.transporter_id))


def _assign(
    jobs: Sequence[OpenJob],
    options: Sequence[Sequence[Match]],
    carriers: Sequence[Carrier],
    parameters: MatchingParameters,
) -> list[Match]:
    """Choose at most one match a job and a transporter, at the least cost of matches and of jobs left open.

    A flow of one unit a job: source 0, jobs, transporters, sink; the arc past the transporters leaves a job open. Costs
    are seconds in units that leave room below one second: so of equal costs, the job that comes first is served.
    """
    if not jobs:
        return []
    nodes = {carrier.transporter_id: 1 + len(jobs) + place for place, carrier in enumerate(carriers)}
    sink = 1 + len(jobs) + len(carriers)
    least = 2 * parameters.fairness_minutes  # so much below 0 is the cost of the fairest match at the origin
    second = len(jobs) + 1
    arcs: list[tuple[int, int, int, Match | None]] = [(node, sink, 0, None) for node in nodes.values()]
    for node, (job, matches) in enumerate(zip(jobs, options, strict=True), start=1):
        urgency = parameters.promise_minutes if job.promised else 0.0
        arcs += [
            (0, node, 0, None),
            (node, sink, second * _seconds(parameters.left_open_minutes + urgency + least) - node, None),
        ]
        arcs += [
            (node, nodes[match.transporter_id], second * _seconds(match.cost_minutes + least), match)
            for match in matches[: parameters.candidates]
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
    return [match for units, match in zip(flow, meanings, strict=True) if units and match is not None]


def _seconds(minutes: float) -> int:
    return round(minutes * 60)
