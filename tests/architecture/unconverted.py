"""What is not yet as docs/schema_conventions.md wants it, by slice: whoever converts a slice empties its lines."""

ANSWERS_WITHOUT_A_PAYLOAD: set[str] = set()
"""Mutations whose result has no `…Payload` member."""

GUARDED_BUT_NEVER_NULL: set[str] = set()
"""Guarded fields of Query that are not nullable."""

REFUSALS_THAT_INVALID_INPUT_REPLACES = {
    # all
    "BadId",
}
"""Refusals of values."""

STREAMS_WITHOUT_A_MOMENT: set[str] = set()
"""Subscriptions with a message that is neither a StreamMoment nor a Resync."""

STREAMS_NOT_VERIFIED = {
    # partners
    "storageRequestChanged",
}
"""Subscriptions without a `verify_stream` around what is done to them."""

BOOLEANS_NAMED_OTHERWISE: set[str] = set()
"""Booleans that are neither `is…` nor `has…`."""

TIMES_NAMED_OTHERWISE: set[str] = set()
"""Times that are not `…At`."""
