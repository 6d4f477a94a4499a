"""Small bar charts as SVG, readable on a light and a dark page."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

_WIDTH, _ROW, _LEFT, _TOP = 640, 22, 130, 34


def bar_chart(title: str, values: Mapping[str, float], highest: float | None = None) -> str:
    """Return a chart of one bar a value, in their order; `highest` is the end of the scale."""
    scale = highest or max(values.values(), default=1.0) or 1.0
    height = _TOP + _ROW * len(values) + 8
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
            f'aria-label="{escape(title)}" font-family="sans-serif" font-size="12" fill="#6b7280">'
        ),
        f'<text x="8" y="20" font-size="14">{escape(title)}</text>',
    ]
    for place, (label, value) in enumerate(values.items()):
        top = _TOP + place * _ROW
        width = max(0.0, min(1.0, value / scale)) * (_WIDTH - _LEFT - 80)
        parts.append(f'<text x="{_LEFT - 8}" y="{top + 14}" text-anchor="end">{escape(label)}</text>')
        parts.append(
            f'<rect x="{_LEFT}" y="{top + 3}" width="{width:.1f}" height="15" rx="2" fill="#2563eb"/>'
        )
        parts.append(f'<text x="{_LEFT + width + 6:.1f}" y="{top + 14}">{value:.3g}</text>')
    return "\n".join([*parts, "</svg>"])


def write_chart(path: Path, chart: str) -> None:
    """Write a chart to a file."""
    path.write_text(chart + "\n", encoding="utf-8")
