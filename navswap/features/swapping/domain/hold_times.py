"""How long a hold lasts: the time that all holds have, or as long as the rider is worth waiting for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.kit.forecasts import Source

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class HoldTime:
    """How long a hold lasts that is given now; `model` names the model that said so with its version, empty where none did."""

    lasts: timedelta
    source: Source = Source.BASELINE
    model: str = ""


@dataclass(frozen=True, slots=True)
class HoldQuestion:
    """A hold that is about to be given to a rider who is on the way: how far the way is, and how long the ride."""

    station_id: str
    rider_id: str
    distance_metres: float
    ride_minutes: float
    packs: int
    bonus_credits: int


def usual_hold(ride_minutes: float, parameters: SwappingParameters) -> HoldTime:
    """Return the hold where no model says otherwise: as long as all, and longer for a ride that it might not outlast."""
    latest = ceil(ride_minutes * parameters.latest_ride_share) * _MINUTE
    return HoldTime(max(parameters.hold, min(latest, _longest(parameters))))


def bounded_hold(minutes: float, model: str, parameters: SwappingParameters) -> HoldTime:
    """Return the hold of so many minutes, in whole ones, between the shortest and the longest that an operator gives."""
    shortest = parameters.hold * parameters.shortest_hold_share
    return HoldTime(min(_longest(parameters), max(shortest, ceil(minutes) * _MINUTE)), Source.MODEL, model)


def _longest(parameters: SwappingParameters) -> timedelta:
    return parameters.hold * parameters.longest_hold_share


def ride_minutes(expected_at: datetime, now: datetime) -> float:
    """Return the minutes until a rider is expected, at least 0."""
    return max(0.0, (expected_at - now) / _MINUTE)
