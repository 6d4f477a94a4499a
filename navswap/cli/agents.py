"""Who lives in the live twin, and on which roads, by the seeds."""

from typing import TYPE_CHECKING

from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.simulation.live.command import People
    from navswap.simulation.live.roads import Roads


def people_of(settings: Settings) -> "People":
    """Return the accounts of the demonstration city but those that the welcome screen offers to people.

    An agent behind the same account would ride, hold and answer beside the person who tries it; the control room only
    watches, so it shares the analyst's. Raises
    SeedsUnreadableError, PublishedPasswordError.
    """
    from navswap.seeding.city import load_demo_city  # noqa: PLC0415 - takes seconds
    from navswap.seeding.files import demo_password, seeds_dir  # noqa: PLC0415
    from navswap.simulation.live.command import People  # noqa: PLC0415

    city = load_demo_city(seeds_dir(settings))
    for_people = {account.email for account in city.accounts.accounts}
    names = {station.id: station.name for station in city.stations}
    return People(
        password=demo_password(settings, city),
        riders=[rider.email for rider in city.riders if rider.email not in for_people],
        staff=[member.email for member in city.staff if member.email not in for_people],
        technicians={member.email for member in city.staff if member.technician} - for_people,
        transporters={
            driver.email: driver.capacity_packs
            for driver in city.transporters
            if driver.email not in for_people
        },
        shops=[shop.email for shop in city.partner_shops if shop.email not in for_people],
        homes={member.email: names[member.home_station] for member in city.staff},
        overseers=[account.email for account in city.accounts.accounts if account.role == "ANALYST"],
    )


def roads_of(settings: Settings) -> "Roads":
    """Return the streets of the seeds; straight ways where there is no file of streets. Raises BadStreetsError."""
    from navswap.seeding.files import seeds_dir  # noqa: PLC0415 - takes seconds
    from navswap.simulation.live.roads import StraightRoads  # noqa: PLC0415
    from navswap.simulation.world.streets import Streets  # noqa: PLC0415

    file = seeds_dir(settings) / "streets.geojson"
    return Streets.load(file) if file.is_file() else StraightRoads()
