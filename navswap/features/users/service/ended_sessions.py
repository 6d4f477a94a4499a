"""Follows the ends of sessions in the database, so that every web process refuses their access tokens at once."""

import asyncio
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from navswap.auth.ended_sessions import EndedSessions
from navswap.features.users.storage import Sessions

log = structlog.get_logger(__name__)

PAUSE_SECONDS: Final = 0.5
"""Between two attempts while MongoDB does not answer; an end is to be known within a second of its return."""


async def follow_ended_sessions(ended: EndedSessions) -> None:
    """Add every session that ends, for ever; after an interruption those that ended meanwhile are read.

    It watches MongoDB and not the topic, so that a token is refused while Kafka is away, too.
    """
    while True:
        try:
            async with Sessions.watch_ends() as ends:
                for session_id in await Sessions.list_ended_since(ended.remembered_from):
                    ended.add(session_id)
                async for session_id in ends:
                    ended.add(session_id)
        except PyMongoError as error:
            log.warning("ends_of_sessions_not_followed", error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)
