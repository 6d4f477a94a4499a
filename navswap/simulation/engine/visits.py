"""A rider's wish to swap, as the run follows it; all that chance decides of it is drawn before the run begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from navswap.kit.charging import PackModel
from navswap.kit.roads import RoadParameters


@dataclass(slots=True)
class Visit:
    """One rider who asks once; minutes are those of the run, and None or infinity what has not happened.

    `key` names the visit in keyed draws, `home` is the index of the station that the rider lives at. `rider_id` is given
    when the rider asks.

    `near` are the indexes of the stations in reach, the nearest first, `metres` their straight distances, and `ways` the
    minutes to them on free roads, by streets where the city has some. `slow_ride` is how many times as long as usual this
    ride takes; `soc_percent` falls on the way, `cancels_after` the minutes after which the rider gives a hold back.
    """

    key: int
    home: int
    asked_at: float
    near: Sequence[int]
    metres: Sequence[float]
    ways: Sequence[float]
    model: PackModel
    packs: int
    soc_percent: float
    patience_minutes: float
    slow_ride: float
    walks_in: bool
    shows_up: bool
    cancels_after: float
    rider_id: str = ""
    service_factor: float = 1.0
    station: int = -1
    entry_id: str | None = None
    arrives_at: float = 0.0
    arrived_at: float | None = None
    waits_since: float | None = None
    """When the rider came to the first station without packs, who was led on from there to another one."""
    lacks_packs_since: float | None = None
    """Since when the kiosk has been free for the rider, and the packs not there."""
    leaves_at: float = 0.0
    begun_at: int = -1
    """The station at which the last swap of the visit was begun."""
    completes_at: float = 0.0
    promised_minutes: float | None = None
    """The wait that 9 of 10 such riders have at most, as it was estimated for this one."""
    tries: int = 0
    is_over: bool = False

    def goes_on_from(self, near: Sequence[tuple[int, float]]) -> None:
        """Let the rider look around again, from a station that is the first of those `near`, with their straight distances."""
        self.near = [index for index, _ in near]
        self.metres = [metres for _, metres in near]
        self.ways = ()

    def straight_metres(self, station: int) -> float | None:
        """Return the straight distance to a station from where the rider asked; None where it is not in reach."""
        return self.metres[self.near.index(station)] if station in self.near else None

    def free_minutes(self, station: int) -> float | None:
        """Return the minutes to a station on free roads; None where it is not in reach, or the way goes on from another one."""
        return self.ways[self.near.index(station)] if self.ways and station in self.near else None

    def ride_minutes(self, metres: float, roads: RoadParameters, slow_down: float) -> float:
        """Return the minutes of the ride to the station, so far away straight, which traffic makes `slow_down` times as long."""
        free = self.free_minutes(self.station)
        return (roads.ride_minutes(metres) if free is None else free) * slow_down * self.slow_ride
