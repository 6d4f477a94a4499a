"""An example of each event, made of its class: the payload as Kafka carries it, with values that a field of that name may have.

`uv run python -m tests.docs.event_examples` writes them into `docs/events.md`; its test holds the page against this.
"""

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import orjson

from navswap.events.payloads import dump_fact, read_fact
from navswap.kit.facts import Fact

PAGE: Final = Path(__file__).parents[2] / "docs" / "events.md"
MARK: Final = "Example of the payload: "

_ID: Final = "019caf7a-3c11-7d58-9f04-6c9b1f1d2a01"
_TEXTS: Final = {
    "station_id": "MRG-002",
    "serial_number": "MRG-P0457",
    "model_id": "NS-48",
    "pack_model_id": "NS-48",
    "time_zone": "Asia/Kolkata",
    "cell": "883da11415fffff",
    "cell_id": "883da11415fffff",
    "zone": "mount-road",
    "day": "2026-03-02",
}
_NUMBERS: Final = {
    "longitude": 80.25,
    "latitude": 13.06,
    "soc_percent": 96.0,
    "evse_id": 3,
    "probability": 0.5,
}
_MOMENT: Final = "2026-03-02T08:14:30Z"
_LATER: Final = "2026-03-02T08:29:30Z"
_ENDS: Final = frozenset(
    {"ends_at", "due_at", "hold_until", "code_expires_at", "work_ends_at", "ready_at", "escalate_at"}
)


def example_of(event: type[Fact]) -> str:
    """Return the payload of an event as compact JSON; it reads back as the event."""
    payload = _object(event)
    return orjson.dumps(dump_fact(read_fact(event, payload))).decode()


def _object(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: _value(each.name, hints[each.name], each) for each in fields(kind)}


def _value(name: str, hint: Any, described: Field[Any] | None = None) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        inner = next(part for part in parts if part is not type(None))
        return None if _is_absent(described) else _value(name, inner)
    if origin in {tuple, list, frozenset}:
        return [_value(name, parts[0])]
    if origin is not None and issubclass(origin, Mapping):
        return {_text("key"): _value(name, parts[1])}
    if is_dataclass(hint):
        return _object(hint)  # type: ignore[arg-type]  # a class, as all hints are
    return _plain(name, hint)


def _plain(name: str, kind: type[Any]) -> Any:
    if issubclass(kind, Enum):
        return next(iter(kind)).value
    if issubclass(kind, date):
        if not issubclass(kind, datetime):
            return _MOMENT[:10]
        return _LATER if name in _ENDS else _MOMENT
    if issubclass(kind, bool):
        return False
    return _NUMBERS.get(name, 1) if issubclass(kind, (int, float)) else _text(name)


def _text(name: str) -> str:
    is_id = name == "id" or name.endswith(("_id", "_by"))
    return _TEXTS.get(name, _ID if is_id else name.replace("_", "-"))


def _is_absent(described: Field[Any] | None) -> bool:
    """Return whether a field is left out in most events: it may be null, and is null where nothing is said."""
    return described is not None and described.default is not MISSING and described.default is None


def with_examples(page: str, events: Mapping[str, type[Fact]]) -> str:
    """Return the page with an example below the fields of each section that describes events."""
    without = re.sub(rf"^{re.escape(MARK)}.*\n\n", "", page, flags=re.MULTILINE)
    return re.sub(
        r"(^### (?P<names>.+)\n(?:(?!^##).*\n)*?(?:\| `.*\n)+\n)",
        lambda found: f"{found[1]}{_line(found['names'], events)}\n\n",
        without,
        flags=re.MULTILINE,
    )


def _line(names: str, events: Mapping[str, type[Fact]]) -> str:
    first = re.findall(r"`([^`]+)`", names)[0]
    return f"{MARK}`{example_of(events[first])}`"


def _write() -> None:
    from tests.docs.test_events import EVENTS  # noqa: PLC0415 - it imports this module

    page = PAGE.read_text("utf-8")
    PAGE.write_text(with_examples(page, {event.type: event for event in EVENTS}), "utf-8")


if __name__ == "__main__":
    _write()
