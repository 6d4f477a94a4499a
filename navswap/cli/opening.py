"""A runtime for one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from navswap.seeding.command import MongoUnreachableError
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.runtime import Runtime


@asynccontextmanager
async def opened_runtime(settings: Settings, *, build_indexes: bool = False) -> "AsyncIterator[Runtime]":
    """Open a runtime of this process that logs what is critical alone; raises MongoUnreachableError."""
    from pymongo.errors import ConnectionFailure  # noqa: PLC0415 - these take seconds, and help needs none of them

    from navswap.infra.telemetry import configure_logging  # noqa: PLC0415
    from navswap.runtime import open_runtime  # noqa: PLC0415

    configure_logging(settings.model_copy(update={"log_level": "CRITICAL"}))
    try:
        async with open_runtime(settings, build_indexes=build_indexes) as runtime:
            yield runtime
    except ConnectionFailure as error:
        raise MongoUnreachableError(
            "MongoDB does not answer. Start `navswap up` first (and give its --data-dir), or set NAVSWAP_MONGO_URL."
        ) from error
