"""Opening hours that files write as structures: a day and its spans, a column for each day, a flag for day and night."""

import re
from collections.abc import Iterable, Mapping, Sequence

from navswap.seeding.formats.words import normal, tokens, word_set

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
Span = tuple[int, int]
"""Minutes since midnight; an end that is not after its begin lies on the next day."""
Week = dict[int, list[Span]]
"""Spans by the day on which they begin, 0 for Monday; a day without spans is closed."""

_WHOLE_DAY = 24 * 60
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)
_NAMES: Sequence[str] = (
    "mon monday montag lundi lunes lunedi maandag segunda segundafeira poniedzialek понедельник 月曜日 星期一 월요일",
    "tue tues tuesday dienstag mardi martes martedi dinsdag terca tercafeira wtorek вторник 火曜日 星期二 화요일",
    "wed wednesday mittwoch mercredi miercoles mercoledi woensdag quarta quartafeira sroda среда 水曜日 星期三 수요일",
    "thu thur thurs thursday donnerstag jeudi jueves giovedi donderdag quinta quintafeira czwartek четверг 木曜日 星期四 목요일",
    "fri friday freitag vendredi viernes venerdi vrijdag sexta sextafeira piatek пятница 金曜日 星期五 금요일",
    "sat saturday samstag sonnabend samedi sabado sabato zaterdag sobota суббота 土曜日 星期六 토요일",
    "sun sunday sonntag dimanche domingo domenica zondag niedziela воскресенье 日曜日 星期日 일요일",
)
_DAY_OF: Mapping[str, int] = {
    normal(name): day for day, names in enumerate(_NAMES) for name in (DAYS[day], *names.split())
}
_EVERY = {
    "everyday": range(7),
    "daily": range(7),
    "alldays": range(7),
    "workdays": range(5),
    "weekdays": range(5),
    "weekend": range(5, 7),
    "weekends": range(5, 7),
}
_OPENS = word_set("from open opens opening start starts begin begins von de desde dalle od abre")
_CLOSES = word_set("to until till close closes closing end ends bis a hasta alle do cierra")
_EVERY_DAY = tuple(
    (normal(opens), normal(closes))
    for opens, closes in (
        ("opening_time", "closing_time"),
        ("open_time", "close_time"),
        ("opens_at", "closes_at"),
        ("hora_apertura", "hora_cierre"),
        ("hora_abertura", "hora_fechamento"),
        ("orario_apertura", "orario_chiusura"),
        ("利用可能開始時間", "利用可能終了時間"),
        ("営業開始時間", "営業終了時間"),
        ("開始時間", "終了時間"),
    )
)
_CLOSED = word_set("closed off geschlossen ferme cerrado chiuso fechado gesloten none")


def clock(written: object) -> int | None:
    """Return a time of the day as minutes since midnight, up to 24:00; None where there is none such."""
    found = _CLOCK.fullmatch(str(written).strip()) if isinstance(written, str | int) else None
    if found is None or isinstance(written, bool):
        return None
    hours, minutes, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hours <= 12:
        return None
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    moment = hours * 60 + minutes
    return moment if moment <= _WHOLE_DAY and minutes < 60 else None


def day_named(name: object) -> int | None:
    """Return the day of the week that a word names, 0 for Monday; None where it names none."""
    return _DAY_OF.get(normal(name)) if isinstance(name, str) else None


def days_named(name: object) -> Iterable[int]:
    """Return the days that a word stands for: one of them, all, those of work, or the weekend; none for another word."""
    day = day_named(name)
    if day is not None:
        return (day,)
    return _EVERY.get(normal(name), ()) if isinstance(name, str) else ()


def notation_of(week: Mapping[int, Iterable[Span]]) -> str | None:
    """Return a week in OpenStreetMap's notation, days with the same hours together; None for one without any hours."""
    merged = {day: _merged(week.get(day, ())) for day in range(7)}
    if not any(merged.values()):
        return None
    if all(spans == [(0, _WHOLE_DAY)] for spans in merged.values()):
        return "24/7"
    groups: dict[str, list[int]] = {}
    for day, spans in merged.items():
        if spans:
            written = ",".join(f"{_written(opens)}-{_written(closes)}" for opens, closes in spans)
            groups.setdefault(written, []).append(day)
    return "; ".join(f"{runs_of(days)} {hours}" for hours, days in groups.items())


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that overlap as one."""
    found: list[Span] = []
    for opens, closes in sorted(spans):
        if found and found[-1][0] < found[-1][1] and opens <= found[-1][1] and opens < closes:
            found[-1] = (found[-1][0], max(found[-1][1], closes))
        elif (opens, closes) not in found:
            found.append((opens, closes))
    return found


def _written(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def runs_of(days: Sequence[int]) -> str:
    """Return days as the notation writes them: Mo-Fr, or Mo,Th."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)


def week_of_rules(rules: Sequence[object]) -> str | None:
    """Return the hours of a list of days: OCPI's regular hours, OICP's days with periods, and the like; None for others."""
    week: Week = {}
    for rule in rules:
        if not isinstance(rule, dict):
            return None
        fields = {normal(str(name)): value for name, value in rule.items()}
        days = _days_of(fields)
        spans = _spans_of(fields)
        if not days or spans is None:
            return None
        for day in days:
            week.setdefault(day, []).extend(spans)
    return notation_of(week)


def _days_of(fields: Mapping[str, object]) -> Sequence[int]:
    first = next(
        (
            fields[name]
            for name in ("weekday", "fromweekday", "on", "day", "days", "dayofweek", "workingday")
            if name in fields
        ),
        None,
    )
    last = fields.get("toweekday", first)
    if isinstance(first, int) and isinstance(last, int) and 1 <= first <= last <= 7:
        return range(first - 1, last)
    if isinstance(first, list):
        return tuple(day for name in first for day in days_named(name))
    return tuple(days_named(first))


def _spans_of(fields: Mapping[str, object]) -> list[Span] | None:
    periods = fields.get("period", fields.get("periods"))
    if isinstance(periods, list):
        found: list[Span] = []
        for period in periods:
            inner = (
                _spans_of({normal(str(name)): value for name, value in period.items()})
                if isinstance(period, dict)
                else None
            )
            if inner is None:
                return None
            found += inner
        return found
    opens = next(
        (
            fields[name]
            for name in ("periodbegin", "begin", "fromtime", "starttime", "from", "open", "opens")
            if name in fields
        ),
        None,
    )
    closes = next(
        (
            fields[name]
            for name in ("periodend", "end", "totime", "endtime", "to", "close", "closes")
            if name in fields
        ),
        None,
    )
    return _span(opens, closes)


def _span(opens: object, closes: object) -> list[Span] | None:
    begin, end = clock(opens), clock(closes)
    if begin is None or end is None:
        return None
    if end in {_WHOLE_DAY - 1, 0} and begin == 0:
        end = _WHOLE_DAY
    return [] if begin == end else [(begin, end)]


class DayColumns:
    """The columns of a table that give the hours of one day each, or of every day, by a text or an opening and a closing time."""

    def __init__(self, names: Iterable[str]) -> None:
        self._columns: dict[int, dict[str, str]] = {}
        listed = list(names)
        for name in listed:
            words = tokens(name.rsplit(".", 1)[-1])
            days = {day for word in words if (day := _DAY_OF.get(word)) is not None and len(word) > 2}
            if len(days) == 1:
                kind = "closes" if set(words) & _CLOSES else "opens" if set(words) & _OPENS else "text"
                self._columns.setdefault(days.pop(), {}).setdefault(kind, name)
        if len(self._columns) < 5:  # a column Sunday alone may say anything
            self._columns = _of_every_day(listed)

    @property
    def names(self) -> list[str]:
        """The columns that are read."""
        return list(dict.fromkeys(name for kinds in self._columns.values() for name in kinds.values()))

    def read(self, fields: Mapping[str, object]) -> str | None:
        """Return the hours of a record in the notation; None where it gives none, or any that cannot be read."""
        week: Week = {}
        for day, kinds in self._columns.items():
            spans = _of_day(
                [fields.get(kinds[kind]) for kind in ("opens", "closes", "text") if kind in kinds]
            )
            if spans is None:
                return None
            week[day] = spans
        return notation_of(week)


def _of_every_day(names: Iterable[str]) -> dict[int, dict[str, str]]:
    """Return for each day the columns of the opening and the closing time of all days, if there are both."""
    by_name = {normal(name.rsplit(".", 1)[-1]): name for name in names}
    for opens, closes in _EVERY_DAY:
        if opens in by_name and closes in by_name:
            return {day: {"opens": by_name[opens], "closes": by_name[closes]} for day in range(7)}
    return {}


def _of_day(values: Sequence[object]) -> list[Span] | None:
    """Return the spans of a day from its text, or from its opening and closing time; none where nothing is written."""
    written = [value.strip() for value in values if isinstance(value, str) and value.strip()]
    if not written or all(normal(value) in _CLOSED for value in written):
        return []
    if len(written) == 2:
        return _span(*written)
    spans: list[Span] = []
    for part in re.split(r"\s*[,;&]\s*", written[0]):
        ends = re.split(r"\s*(?:[–—~-]|\bto\b)\s*", part)
        span = _span(*ends) if len(ends) == 2 else None
        if span is None:
            return None
        spans += span
    return spans
