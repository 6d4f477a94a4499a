"""Names of live streams that more than one room needs."""


def session_stream(session_id: str) -> str:
    """Return the stream that ends the live subscriptions of a session."""
    return f"session:{session_id}"
