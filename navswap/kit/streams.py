"""Names of live streams: a kind and the id of what they are about."""

from collections.abc import Iterable


def session_stream(session_id: str) -> str:
    """Return the stream that ends the live subscriptions of a session."""
    return f"session:{session_id}"


def streams_of(kind: str, ids: Iterable[str] | None) -> list[str]:
    """Return the streams of a kind that are about some ids; None for whatever there is, also what is yet to come."""
    return [every(kind)] if ids is None else [f"{kind}:{identifier}" for identifier in ids]


def every(kind: str) -> str:
    """Return the name under which all streams of a kind are followed: that of a stream without an id."""
    return f"{kind}:"


def kind_of(stream: str) -> str:
    """Return the name under which a stream is followed together with all others of its kind."""
    return every(stream.partition(":")[0])


def is_every(stream: str) -> bool:
    """Return whether a name stands for all streams of a kind."""
    return stream.endswith(":")
