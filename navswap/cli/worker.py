"""`navswap worker`."""

import asyncio
import signal

from navswap.cli.shell import RUN, command, load_settings
from navswap.infra.telemetry import configure_logging
from navswap.settings import Settings


@command(RUN, "navswap worker", "NAVSWAP_LOG_JSON=false navswap worker")
def worker() -> None:
    """Run the worker process, for production.

    It relays events from the outbox to Kafka, consumes what other processes publish, and takes decisions on time,
    such as the expiry of holds. It serves no port. It ends on SIGTERM or Ctrl-C after the work in hand.
    """
    settings = load_settings()
    configure_logging(settings)
    asyncio.run(_until_told(settings))


async def _until_told(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then let the work in hand end."""
    from navswap.worker import run  # noqa: PLC0415 - takes seconds, and help needs none of it

    work = asyncio.create_task(run(settings), name="worker")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    await asyncio.wait([work])
    if not work.cancelled():
        work.result()
