"""A run that fills a history as it goes: what models of the twin look back on, and what their bench asks about."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from navswap.events.payloads import dump_fact_json
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.facts import Fact
from navswap.ml.history import History
from navswap.ml.history.reading import Known


class Remembering:
    """Takes the facts of a run into a history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._types = history.types

    def __call__(self, facts: Sequence[Fact], moment: datetime, known_at: datetime) -> None:
        """Add facts that became true at a time, and known at another."""
        moment_ms, known_ms = epoch_milliseconds(moment), epoch_milliseconds(known_at)
        for fact in facts:
            if fact.type in self._types:
                payload = orjson.loads(dump_fact_json(fact))
                self._history.take(Known(fact.type, moment_ms, known_ms), payload)
