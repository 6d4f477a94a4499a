import dataclasses
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from navswap.simulation.comparison import compare
from navswap.simulation.draws import Draws
from navswap.simulation.engine.simulation import RunOptions
from navswap.simulation.kpis import Kpis
from navswap.simulation.policies import POLICIES
from navswap.simulation.report.charts import nice_top, severity
from navswap.simulation.report.figures import FIGURES, Figure
from navswap.simulation.report.page import Report, render, write_report
from navswap.simulation.report.table import comparison_table
from navswap.simulation.tournament.tournament import Tournament, TournamentOptions, run_tournament
from navswap.simulation.tournament.work import Setting
from tests.support.city import city_of

CITY = city_of(4)


Attributes = list[tuple[str, str | None]]


class Balanced(HTMLParser):
    """Notes open elements, and the addresses that a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str | None] = []
        self.counts: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self.handle_startendtag(tag, attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.loads += [value for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def tournament() -> Tournament:
    policies = (POLICIES["nearest"], POLICIES["do-nothing"])
    return run_tournament(TournamentOptions(Setting(CITY, RunOptions(days=1)), policies, (1, 2), workers=1))


@pytest.fixture(scope="module")
def report(tournament: Tournament) -> Report:
    return Report(CITY, tournament.records, comparison=tournament.comparison)


def test_a_report_is_one_whole_page_that_loads_nothing(report: Report) -> None:
    page = Balanced()
    page.feed(html := render(report))
    assert page.open == []
    assert page.loads == []
    assert not re.search(r"https?:|@import|url\(", html)
    assert "prefers-color-scheme: dark" in html


def test_a_report_shows_every_station_of_every_policy_and_every_figure(report: Report) -> None:
    page = Balanced()
    page.feed(html := render(report))
    for site in CITY.stations:
        assert html.count(f"<title>{escape(site.name)}: ") == 2
    for name in report.records[0].figures:
        assert FIGURES[name].title in html
    assert page.counts["polyline"] == 2 + 2 + 3, "waits, lost swaps, and energy with its price"


def test_the_series_of_a_run_add_up_to_its_figures(tournament: Tournament) -> None:
    for record in tournament.records:
        series, kpis = record.series, record.kpis
        assert len(series.asked) == len(series.kwh) == 24
        assert sum(series.asked) == kpis.riders
        assert sum(series.swaps) == sum(series.swaps_by_station) == kpis.swaps
        assert sum(series.lost) == sum(series.lost_by_station)
        assert sum(series.kwh) == pytest.approx(kpis.energy_kwh)
        assert sum(series.energy_cost) == pytest.approx(kpis.energy_cost)
        assert sum(series.stock_out_minutes_by_station) == pytest.approx(kpis.stock_out_minutes)


def test_a_report_of_one_run_has_no_comparison(tournament: Tournament, tmp_path: Path) -> None:
    write_report(Report(CITY, tournament.records[:1]), tmp_path / "run.html")
    html = (tmp_path / "run.html").read_text("utf-8")
    assert "Differences" not in html
    assert "1 seed," in html


def test_a_long_run_is_shown_by_the_hour_of_the_day(tournament: Tournament) -> None:
    record = tournament.records[0]
    series = dataclasses.replace(record.series, lost=tuple(hour // 24 for hour in range(96)))
    report = Report(CITY, [dataclasses.replace(record, series=series)])
    assert report.by_hour("nearest", "lost").tolist() == [1.5] * 24


def test_names_cannot_break_the_page(report: Report) -> None:
    site = dataclasses.replace(CITY.stations[0], name="<script>&")
    city = dataclasses.replace(CITY, stations=(site, *CITY.stations[1:]))
    assert "<script>" not in render(dataclasses.replace(report, city=city))


def test_a_report_of_another_city_is_refused(tournament: Tournament) -> None:
    with pytest.raises(ValueError, match="other stations"):
        Report(CITY.sample(3, Draws(1)), tournament.records)
    with pytest.raises(ValueError, match="no run"):
        Report(CITY, [])


def test_every_figure_of_a_run_has_a_label() -> None:
    assert {found.name for found in dataclasses.fields(Kpis)} <= set(FIGURES)


@pytest.mark.parametrize(
    ("value", "signed", "written"),
    [
        (1234.567, False, "1,234.6"),
        (-0.26, True, "\N{MINUS SIGN}0.3"),
        (0.26, True, "+0.3"),
        (-0.01, True, "0.0"),
        (float("nan"), False, "\N{EN DASH}"),
    ],
)
def test_a_figure_is_written_with_its_decimals(value: float, signed: bool, written: str) -> None:
    assert Figure("Energy", "kWh", 1).write(value, signed=signed) == written


def test_a_terminal_shows_differences_with_their_intervals() -> None:
    waits = {"nearest": [5.0, 6.0, 7.0], "rules": [3.0, 4.0, 5.1]}
    runs = {policy: [{"mean_wait_minutes": wait} for wait in found] for policy, found in waits.items()}
    console = Console(width=120)
    with console.capture() as shown:
        console.print(comparison_table(compare(runs, [1, 2, 3])))
    # mean -1.9667, standard error 0.0333, t(0.975, 2) = 4.3027
    assert "\N{MINUS SIGN}1.97 [\N{MINUS SIGN}2.11, \N{MINUS SIGN}1.82]" in shown.get()


@pytest.mark.parametrize(("highest", "top"), [(0, 1.0), (7, 8.0), (100, 100.0), (101, 120.0), (0.013, 0.016)])
def test_an_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert nice_top(highest) == pytest.approx(top)


def test_stations_are_coloured_by_the_minutes_without_packs() -> None:
    assert [severity(minutes) for minutes in (0, 10, 15, 16, 61, 500)] == [0, 1, 1, 2, 3, 4]
