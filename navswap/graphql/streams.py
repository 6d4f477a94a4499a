"""Subscriptions that build their messages by hand; to be deleted with its last use: `live.stream` stands in its place."""

from navswap.events.stream import ResyncMessage
from navswap.graphql.live import AfterCursor, Resync
from navswap.graphql.live import followed as live
from navswap.graphql.live import until_session_ends as guarded

__all__ = ["AfterCursor", "Resync", "guarded", "live", "resync_of"]


def resync_of(moment: ResyncMessage) -> Resync:
    """Return the GraphQL type of a resync."""
    return Resync(reason=moment.reason)
