"""The queue that a rider will meet at a kiosk, as far as it can be known: no ride takes exactly what is estimated of it.

The services of two riders overlap where they arrive less than one service apart: the later one waits for the rest of it. Who
that is, and whether it happens at all, follows from two estimates, so it is a matter of probabilities.
"""

import math
from dataclasses import dataclass

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.queueing import Queue, minutes_until_served
from navswap.kit.normal import normal_cdf, normal_excess

LEAST_DEVIATION = 0.25
"""Minutes by which any arrival deviates from its estimate: a rider parks, or finds the way in."""
HALVINGS = 8
"""After so many, a service of some minutes is known to a second."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another rider on the way to a kiosk: by how many minutes that one comes first, on average, and the deviation of it."""

    first_by_minutes: float
    deviation: float

    def exceeds(self, minutes: float, service_minutes: float) -> float:
        """Return the probability that the rider waits longer than so many minutes, 0 or more, for the service of the other."""
        longest_gap = max(0.0, service_minutes - minutes)
        return self._within(longest_gap) - self._within(0.0)

    def shared_minutes(self, service_minutes: float) -> float:
        """Return the minutes that the later of the two is expected to wait, whichever that is."""
        gap, deviation = self.first_by_minutes, self.deviation
        return (
            normal_excess(gap + service_minutes, deviation)
            - 2 * normal_excess(gap, deviation)
            + normal_excess(gap - service_minutes, deviation)
        )

    def _within(self, minutes: float) -> float:
        """Return the probability that the other comes first by less than so many minutes, or comes later."""
        return normal_cdf((minutes - self.first_by_minutes) / self.deviation)


@dataclass(frozen=True, slots=True)
class ExpectedQueue:
    """The other riders around the arrival of one.

    `certain_minutes` (at least 0) is how long those keep the kiosk who are there already or come closely after each other,
    `walk_ins_per_minute` (at least 0) how many come without a hold.
    """

    certain_minutes: float
    overlaps: tuple[Overlap, ...]
    walk_ins_per_minute: float
    service_minutes: float

    @property
    def shared_minutes(self) -> float:
        """Return the minutes of waiting that the arrival is expected to bring: to the rider, and to those who come just after."""
        service = self.service_minutes
        overlapping = sum([overlap.shared_minutes(service) for overlap in self.overlaps])
        return self.certain_minutes + overlapping + self.walk_ins_per_minute * service * service

    def wait_quantile(self, probability: float) -> float:
        """Return the minutes of waiting for others that the rider does not exceed with a probability."""
        if self._exceeds(0.0) <= 1 - probability:
            return self.certain_minutes
        low, high = 0.0, self.service_minutes
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._exceeds(middle) <= 1 - probability else (middle, high)
        return self.certain_minutes + high

    def _exceeds(self, minutes: float) -> float:
        """Return the probability of a wait longer than what is certain and so many minutes, 0 up to a service."""
        free = math.exp(-self.walk_ins_per_minute * (self.service_minutes - minutes))
        for overlap in self.overlaps:
            free *= 1 - overlap.exceeds(minutes, self.service_minutes)
        return 1 - free


def expected_queue(
    queue: Queue, eta_minutes: float, walk_ins_per_minute: float, parameters: SwappingParameters
) -> ExpectedQueue:
    """Return what a rider who is there in `eta_minutes` has to expect at the kiosk.

    Where riders come so closely after each other that their services add up, what is beyond the last of these services is
    certain: the queue as it is counted without chance.
    """
    service, spread = parameters.visits.service_minutes, parameters.ride_spread
    present = max(0.0, queue.present_minutes(service) - eta_minutes)
    added_up = minutes_until_served(queue, eta_minutes, service) - service
    overlaps = tuple(
        [
            Overlap(eta_minutes - arrival, max(LEAST_DEVIATION, spread * math.hypot(eta_minutes, arrival)))
            for arrival in queue.arriving_minutes
        ]
    )
    return ExpectedQueue(max(present, added_up), overlaps, walk_ins_per_minute, service)
