"""The running network as one screen of a terminal: figures, queues, alerts, and what happens at the stations."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

Values = Mapping[str, Any]

RATE_SECONDS: Final = 60
FIGURES: Final[Sequence[tuple[str, str, str, Mapping[str, str]]]] = (
    (
        "Stations",
        "stations",
        "",
        {"open": "open", "closed": "closed", "outOfService": "broken", "withoutFreePacks": "no packs"},
    ),
    (
        "Packs",
        "packs",
        "",
        {
            "charged": "charged",
            "held": "held",
            "charging": "charging",
            "faulty": "faulty",
            "withRiders": "riders",
            "withTransporters": "carried",
        },
    ),
    (
        "Riders",
        "queues",
        "swaps",
        {
            "onTheWay": "coming",
            "waiting": "waiting",
            "swapping": "swapping",
            "lateStations": "late at",
            "longestWaitMinutes": "wait min",
            "minutesP90": "p90 min",
        },
    ),
    (
        "Transports",
        "transports",
        "",
        {"open": "open", "accepted": "accepted", "inTransit": "moving", "overdue": "overdue"},
    ),
    (
        "Tickets",
        "tickets",
        "",
        {"critical": "critical", "major": "major", "minor": "minor", "overdue": "overdue"},
    ),
    (
        "Staff",
        "staff",
        "",
        {"people": "people", "onShift": "on shift", "onTheWay": "moving", "diverted": "diverted"},
    ),
    ("Events", "events", "", {"pending": "pending", "oldestSeconds": "oldest s", "deadLettered": "dead"}),
)
"""The panels: title, the part of the network and another one beside it, and the fields with their labels."""
ALARMING: Final = frozenset({"lateStations", "overdue", "critical", "deadLettered"})
NARROW: Final = 112
"""Columns below which the figures stand in two rows."""
HAPPENED: Final = 40
"""Lines that are kept of what happened."""


@dataclass
class Board:
    """What is known of the network, kept up by moments of its subscriptions."""

    live: Values = field(default_factory=dict)
    as_of: datetime | None = None
    names: dict[str, str] = field(default_factory=dict)
    status: dict[str, Values] = field(default_factory=dict)
    happened: deque[tuple[datetime, str, str]] = field(default_factory=lambda: deque(maxlen=HAPPENED))
    updates: deque[datetime] = field(default_factory=deque)

    def take_live(self, change: Values) -> None:
        """Take the network as it is now."""
        if "live" in change:
            self.live = change["live"]
            self.as_of = datetime.fromisoformat(self.live["asOf"])

    def take_station(self, change: Values, now: datetime) -> None:
        """Take a snapshot of stations, or one update; an update is a line of what happened."""
        for station in change.get("stations") or ():
            self.names[station["id"]] = station["name"]
            self.status[station["id"]] = station["status"]
        if "status" in change:
            station_id, fresh = str(change["stationId"]), change["status"]
            name = self.names.get(station_id, station_id)
            said = "; ".join(differences(self.status.get(station_id, {}), fresh))
            self.status[station_id] = fresh
            self.updates.append(now)
            if said:
                self.happened.appendleft((now, name, said))

    def per_minute(self, now: datetime) -> int:
        """Return the updates of stations in the last minute."""
        while self.updates and (now - self.updates[0]).total_seconds() > RATE_SECONDS:
            self.updates.popleft()
        return len(self.updates)

    def screen(self, now: datetime, width: int, height: int) -> RenderableType:
        """Return the screen at a time, for a terminal of so many columns and lines."""
        figures = self._figures()
        rows = [figures] if width >= NARROW else [figures[:4], figures[4:]]
        layout = Layout()
        layout.split_column(
            Layout(self._head(now), size=1),
            *(Layout(name=f"figures {place}", size=8) for place in range(len(rows))),
            Layout(name="lists"),
            Layout(Text("Ctrl-C ends it", "dim"), size=1),
        )
        for place, row in enumerate(rows):
            layout[f"figures {place}"].split_row(*(Layout(panel) for panel in row))
        lines = max(3, height - 4 - 8 * len(rows))
        layout["lists"].split_row(
            Layout(Panel(self._queues(lines), title="Longest queues", box=box.ROUNDED)),
            Layout(
                Panel(self._alerts(lines), title=f"Alerts {self.live.get('alertCount', '')}", box=box.ROUNDED)
            ),
            Layout(Panel(self._events(lines), title="Stations", box=box.ROUNDED)),
        )
        return layout

    def lines(self, now: datetime) -> RenderableType:
        """Return the figures as plain lines, for what is no terminal."""
        return Group(self._head(now), *self._figures(), self._alerts(HAPPENED))

    def _head(self, now: datetime) -> Text:
        if self.as_of is None:
            return Text("NavSwap  connecting", "bold")
        age = max(0, round((now - self.as_of).total_seconds()))
        return Text.assemble(
            ("NavSwap  ", "bold"),
            f"{self.as_of:%Y-%m-%d %H:%M:%S} UTC",
            (
                "  live" if age <= RATE_SECONDS else f"  {age} s old",
                "green" if age <= RATE_SECONDS else "red",
            ),
            (f"  stations watched: {len(self.status)}, updates a minute: {self.per_minute(now)}", "dim"),
        )

    def _figures(self) -> list[Panel]:
        return [
            _panel(title, {**(self.live.get(part) or {}), **(self.live.get(beside) or {})}, fields)
            for title, part, beside, fields in FIGURES
        ]

    def _queues(self, most: int) -> Table:
        table = Table(box=None, show_header=False, expand=True, pad_edge=False)
        for queue in ((self.live.get("queues") or {}).get("longest") or ())[:most]:
            table.add_row(Text(queue["station"]["name"]), Text(str(queue["length"]), justify="right"))
        return table

    def _alerts(self, most: int) -> Table:
        table = Table(box=None, show_header=False, expand=True, pad_edge=False)
        for alert in (self.live.get("alerts") or ())[:most]:
            where = (alert.get("station") or {}).get("name", "")
            kind = Text(alert["kind"].replace("_", " ").lower(), "yellow")
            table.add_row(kind, Text(where), Text(f"{alert['value']:g}", justify="right"))
        return table

    def _events(self, most: int) -> Table:
        table = Table(box=None, show_header=False, expand=True, pad_edge=False)
        for time, name, said in list(self.happened)[:most]:
            table.add_row(Text(f"{time:%H:%M:%S}", "dim"), Text(name), Text(said))
        return table


def differences(before: Values, after: Values) -> Iterable[str]:
    """Yield what changed between two statuses of a station, in words."""
    for field_name, value in after.items():
        old = before.get(field_name)
        if field_name in before and old != value and isinstance(value, int | str):
            yield f"{_words(field_name)} {old} → {value}"


def now_in_utc() -> datetime:
    """Return the time of this machine; the screen shows how old the network's is beside it."""
    return datetime.now(UTC)


def _panel(title: str, values: Values, fields: Mapping[str, str]) -> Panel:
    table = Table(box=None, show_header=False, expand=True, pad_edge=False)
    for name, label in fields.items():
        value = values.get(name)
        shown = "-" if value is None else f"{value:g}"
        style = "bold red" if name in ALARMING and value else "bold"
        table.add_row(Text(label, no_wrap=True), Text(shown, style, justify="right"))
    return Panel(table, title=title, box=box.ROUNDED)


def _words(name: str) -> str:
    """Return the name of a field as words: `longestWaitMinutes` is `longest wait minutes`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
