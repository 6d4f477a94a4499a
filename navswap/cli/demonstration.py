"""Loads the demonstration city into a running system.

Imports the whole product, so `up` imports this module only where the city is not there yet.
"""

from navswap.runtime import open_runtime
from navswap.seeding.demo import seed_demo
from navswap.settings import Settings


async def load_demonstration(settings: Settings) -> str:
    """Load the demonstration city and return in a line what there was to load."""
    async with open_runtime(settings) as runtime:
        report = await seed_demo(runtime)
    if not report.changed:
        return "Network as it was left"
    return (
        f"{report.stations.created} stations, {report.packs.created} packs and "
        f"{report.users.created} users loaded"
    )
