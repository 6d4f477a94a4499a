"""Plots as SVG: lines over time, and stations on a map. Colours are classes, so that a page sets them for light and dark."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 56.0, 30.0, 44.0
MAP_WIDTH, MOST_MAP_HEIGHT, MARGIN = 360.0, 420.0, 14.0
MINUTES_A_DAY_CLASSES = (0.0, 15.0, 60.0, 240.0)
"""Stations are coloured by these minutes a day without a free charged pack: up to each, and above the last."""
METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Line:
    """Values at equal distances; `colour` is the number of the policy from 0 on, None for a price."""

    label: str
    values: Sequence[float]
    colour: int | None


@dataclass(frozen=True, slots=True)
class Axes:
    """What stands at the axes; `ticks` are places on the horizontal axis, by the index of a value, with their texts."""

    across: str
    up: str
    ticks: Sequence[tuple[float, str]]
    right: str = ""
    is_stepped: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A station: degrees, its name, minutes a day without a free charged pack, and swaps a day."""

    longitude: float
    latitude: float
    name: str
    minutes: float
    swaps: float


def line_chart(
    lines: Sequence[Line], axes: Axes, described: Callable[[int], str], right: Line | None = None
) -> str:
    """Return a plot of lines; `right` has its own scale at the right, `described` the text shown at an index."""
    count = max(len(line.values) for line in lines)
    top = nice_top(max((max(line.values, default=0.0) for line in lines), default=0.0))
    slots = count if axes.is_stepped else max(count - 1, 1)
    step = (WIDTH - LEFT - RIGHT) / slots

    def across(index: float) -> float:
        return LEFT + index * step

    def up(value: float, of: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / of)

    parts = [f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(axes.up)}">']
    parts += [_text(8, 14, axes.up, "start"), _text(WIDTH - 8, 14, axes.right, "end")]
    for tick in range(5):
        value = top * tick / 4
        parts.append(
            f'<line class="grid" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{up(value, top):.1f}" y2="{up(value, top):.1f}"/>'
        )
        parts.append(_text(LEFT - 8, up(value, top) + 4, short(value), "end"))
    parts += [_text(across(place), HEIGHT - BOTTOM + 18, text, "middle") for place, text in axes.ticks]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, axes.across, "middle"))
    if right is not None:
        right_top = nice_top(max(right.values))
        for tick in range(5):
            value = right_top * tick / 4
            parts.append(_text(WIDTH - RIGHT + 8, up(value, right_top) + 4, short(value), "start"))
        points = _points(right.values, across, lambda value: up(value, right_top), is_stepped=True)
        parts.append(f'<polyline class="price" points="{points}"/>')
    for line in lines:
        points = _points(line.values, across, lambda value: up(value, top), is_stepped=axes.is_stepped)
        parts.append(f'<polyline class="line c{line.colour}" points="{points}"/>')
    for index in range(count):
        left = across(index) if axes.is_stepped else across(index) - step / 2
        parts.append(
            f'<rect class="hit" x="{left:.1f}" y="{TOP:g}" width="{step:.1f}" height="{HEIGHT - TOP - BOTTOM:g}">'
            f"<title>{escape(described(index))}</title></rect>"
        )
    return "".join([*parts, "</svg>"])


def station_map(dots: Sequence[Dot], label: str) -> str:
    """Return stations where they stand, north up: the larger the more swaps, coloured by the minutes without packs."""
    middle = math.cos(math.radians(sum(dot.latitude for dot in dots) / len(dots)))
    wests = [dot.longitude * middle for dot in dots]
    souths = [dot.latitude for dot in dots]
    spread = max(max(wests) - min(wests), (max(souths) - min(souths)) * MAP_WIDTH / MOST_MAP_HEIGHT, 1e-6)
    scale = (MAP_WIDTH - 2 * MARGIN) / spread
    height = (max(souths) - min(souths)) * scale + 2 * MARGIN
    most = max((dot.swaps for dot in dots), default=0.0) or 1.0
    largest = max(2.5, min(9.0, 90.0 / math.sqrt(len(dots))))
    parts = [f'<svg viewBox="0 0 {MAP_WIDTH:g} {height:.1f}" role="img" aria-label="{escape(label)}">']
    for dot in sorted(dots, key=lambda found: found.minutes):
        x = MARGIN + (dot.longitude * middle - min(wests)) * scale
        y = height - MARGIN - (dot.latitude - min(souths)) * scale
        radius = largest * (0.4 + 0.6 * math.sqrt(dot.swaps / most))
        parts.append(
            f'<circle class="s{severity(dot.minutes)}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>'
            f"{escape(dot.name)}: {dot.minutes:.0f} min a day without a free charged pack, {dot.swaps:.0f} swaps a day"
            "</title></circle>"
        )
    return "".join([*parts, "</svg>"])


def interval_bar(low: float, mean: float, high: float) -> str:
    """Return a small plot of an interval around 0, which is in its middle."""
    reach = max(abs(low), abs(high)) or 1.0

    def across(value: float) -> float:
        return 60 + 54 * value / reach

    return (
        '<svg class="interval" viewBox="0 0 120 16" aria-hidden="true"><line class="zero" x1="60" x2="60" y1="0" y2="16"/>'
        f'<line class="reach" x1="{across(low):.1f}" x2="{across(high):.1f}" y1="8" y2="8"/>'
        f'<circle class="mean" cx="{across(mean):.1f}" cy="8" r="3.5"/></svg>'
    )


def severity(minutes_a_day: float) -> int:
    """Return the class of colour of a station, 0 to 4."""
    return sum(minutes_a_day > bound for bound in MINUTES_A_DAY_CLASSES)


def nice_top(highest: float) -> float:
    """Return where an axis ends: a round number that four parts divide well, not below the highest value."""
    if highest <= 0 or not math.isfinite(highest):
        return 1.0
    magnitude = 10.0 ** math.floor(math.log10(highest))
    return next(
        part * magnitude
        for part in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)
        if part * magnitude >= highest * (1 - 1e-9)
    )


def short(value: float) -> str:
    """Return a number at an axis."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _points(
    values: Sequence[float],
    across: Callable[[float], float],
    up: Callable[[float], float],
    *,
    is_stepped: bool,
) -> str:
    if not is_stepped:
        return " ".join(f"{across(index):.1f},{up(value):.1f}" for index, value in enumerate(values))
    return " ".join(
        f"{across(index):.1f},{up(value):.1f} {across(index + 1):.1f},{up(value):.1f}"
        for index, value in enumerate(values)
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
