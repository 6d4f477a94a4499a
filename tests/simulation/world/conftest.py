from datetime import date

import pytest

from navswap.simulation.draws import Draws
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.city import City
from tests.support.city import demonstration_city


@pytest.fixture(scope="session")
def city() -> City:
    return demonstration_city()


@pytest.fixture(scope="session")
def large_city(city: City) -> City:
    """Three hundred stations with the cabinets that the figures of demand are of."""
    return city.sample(300, Draws(5), slots=30)


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return Calendar(date(2026, 1, 1), "IN")
