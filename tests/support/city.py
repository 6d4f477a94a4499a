"""The demonstration city, read once a process: runs of the twin look at it and never change it."""

from functools import cache

from navswap.simulation.draws import Draws
from navswap.simulation.world.city import City
from navswap.simulation.world.demand_model import seeds_folder


@cache
def demonstration_city() -> City:
    """Return the whole city of the seeds."""
    return City.from_seeds(seeds_folder())


@cache
def city_of(stations: int, seed: int = 1) -> City:
    """Return the city cut to so many stations."""
    return demonstration_city().sample(stations, Draws(seed))
