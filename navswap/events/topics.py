"""The names of Kafka topics on the broker; which there are, the manifests of the slices say."""

from collections.abc import Iterable

from navswap.settings import Settings


def full_name(settings: Settings, topic: str) -> str:
    """Return the name of a topic on the broker."""
    return settings.kafka_topic_prefix + topic


def full_names(settings: Settings, topics: Iterable[str]) -> list[str]:
    """Return the names of several topics on the broker."""
    return [full_name(settings, topic) for topic in topics]
