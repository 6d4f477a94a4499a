"""The Kafka topics, by the slice that publishes to them."""

from navswap.settings import Settings

USERS = "users"
STATIONS = "stations"
PACKS = "packs"
SWAPPING = "swapping"
GEOFENCES = "geofences"
TRAFFIC = "traffic"
CREDITS = "credits"
LOGISTICS = "logistics"
ENERGY = "energy"
PARTNERS = "partners"
FAULTS = "faults"
PROCUREMENT = "procurement"
STAFFING = "staffing"
POSITIONS = "positions"
"""GPS batches straight from the edge, keyed by subject; no outbox, the latest wins."""

FACTS = (
    USERS,
    STATIONS,
    PACKS,
    SWAPPING,
    GEOFENCES,
    TRAFFIC,
    CREDITS,
    LOGISTICS,
    ENERGY,
    PARTNERS,
    FAULTS,
    PROCUREMENT,
    STAFFING,
)
"""Topics that the outbox relay fills."""

ALL = (*FACTS, POSITIONS)


def full_name(settings: Settings, topic: str) -> str:
    """Return the name of a topic on the broker."""
    return settings.kafka_topic_prefix + topic


def full_names(settings: Settings, topics: tuple[str, ...] = ALL) -> list[str]:
    """Return the names of several topics on the broker."""
    return [full_name(settings, topic) for topic in topics]
