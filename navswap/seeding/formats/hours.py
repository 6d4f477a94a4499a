"""Opening hours as people write them, in OpenStreetMap's notation; what cannot be read for certain is unknown."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from navswap.kit.opening_hours import UnreadableHoursError, require_readable
from navswap.seeding.formats.localized import read_texts
from navswap.seeding.formats.values import plain_text
from navswap.seeding.formats.weeks import DAYS, Week, clock, day_named, notation_of, runs_of, week_of_rules

_ALWAYS = re.compile(
    r"(?:(?:open|opened|daily|public|access|hours|horario|horaires?|orario|accès libre|geöffnet|ouvert|abierto|aperto|aberto|24/7)\W+)?(?:"
    r"24\s*[/x*-]\s*7(?:\s*[/x-]\s*365)?|"
    r"(?:0?0[:.]?(?:00)?\s*[-–~]\s*24(?:[:.]00)?)|"
    r"24\s*-?\s*(?:h|hr|hrs|hour|hours|std|stunden|heures?|horas?|hs|ore|uur|uren|timer|tim|jam|godz|godziny|saat)\.?"
    r"(?:\s*(?:/|sur|op|su|am)\s*24(?:\s*(?:h|uur))?)?(?:\W*(?:access|open|service))?|"
    r"7\s*(?:j|jours)?\s*[/x]\s*7\W*(?:et|-|,)?\W*24\s*h?\s*(?:/|sur)\s*24\s*h?|24\s*h?\s*/\s*24\W*(?:et|-|,)?\W*7\s*j?\s*/\s*7|"
    r"24\s*(?:小時|小时|時間|시간)(?:\s*(?:營業|营业|開放|开放|服務|服务|全年無休|営業|利用可能?|이용\s*가능|운영|영업))*|"
    r"全天候?|全天(?:營業|营业|開放|开放)|全年無休|年中無休\W*24時間|연중무휴\W*24시간|24시|"
    r"rund um die uhr|durchgehend|always(?: open)?|(?:a|r)ound the clock|siempre abierto|todo el día|toujours ouvert|en continu|"
    r"sempre aperto|dia e noite|całodobowo|całą dobę|круглосуточно|24\s*часа|24\s*ชั่วโมง|ตลอด\s*24\s*ชั่วโมง|24\s*giờ|24\s*שעות|24\s*ساعة|7/24|24 ?घंटे|döygnet runt|dygnet runt|døgnåpent|hele døgnet|"
    r"twentyfourseven|24hours7days|all day|tutti i giorni 24 ore"
    r")(?:\W*(?:daily|a day|every ?day|per day|per dag|al giorno|al día|por dia|na dobę|au quotidien|7\s*/\s*7|7\s*[dj]\s*/\s*7|"
    r"7 days(?: a week| per week)?|7 tage|7 dagen|7 jours|täglich|tous les jours|todos los días|alle tage|24\s*/\s*7|365 days(?: a year)?))*",
    re.IGNORECASE,
)
_REST_SAYS_MORE = re.compile(
    r"\d|clos|off\b|except|unless|week|day|night|ferm|außer|geschl|salvo|tranne", re.IGNORECASE
)
_ALWAYS_AT_LAST = re.compile(
    r"[^\d;]*\b(?:las|the|les|die|le|de|as)\s+24\s*(?:h|hours|horas|hs|heures|stunden|ore|uur)(?:\s*(?:a day|del día|du jour|al giorno|por dia))?",
    re.IGNORECASE,
)
"""Words that end with day and night and have no other number: `disponibilidad las 24 horas`."""
_SPAN = re.compile(
    r"(?<![\d:.])(\d{1,2})(?:[:.h](\d{2}))?\s*(?:h(?:rs?)?\b)?\s*([ap]\.?m\b\.?)?\s*-\s*"
    r"(\d{1,2})(?:[:.h](\d{2}))?(?!\d)\s*(?:h(?:rs?)?\b)?\s*([ap]\.?m\b\.?)?",
    re.ASCII | re.IGNORECASE,
)

_DAY_WORDS: Sequence[str] = (
    "lun seg pon pn пн",
    "tue tues die dins mar ter wt вт",
    "mit mer mie woe wo qua śr sr ср",
    "thur thurs don jeu jue gio qui czw cz чт",
    "fre ven vie vr sex pt пт",
    "sam sab sáb za zat sob sb сб",
    "son dim dom zo zon nd ndz niedz вс",
)
_GERMANIC = ("mo ma", "di", "mi", "do", "fr", "sa", "so")
_ROMANCE = ("lu", "ma", "me mi", "je ju gi", "ve vi", "sa", "do di")
"""Two letters mean other days in other languages: `di` is Tuesday in German and Sunday in French."""
_ONLY_ROMANCE = re.compile(r"\b(?:lu|je|ju|gi|ve|vi)\b", re.IGNORECASE)


def _day_by_word(*columns: Sequence[str]) -> Mapping[str, int]:
    return {word: day for names in columns for day, words in enumerate(names) for word in words.split()}


_SHORT_GERMANIC = _day_by_word(_DAY_WORDS, _GERMANIC)
_SHORT_ROMANCE = _day_by_word(_DAY_WORDS, _ROMANCE)
_IDEOGRAPHS = {
    ideograph: day
    for day, each in enumerate(("月一월", "火二화", "水三수", "木四목", "金五금", "土六토", "日天일"))
    for ideograph in each
}
_EAST_ASIAN_DAY = re.compile(
    r"(?:週|周|星期|禮拜|礼拜)([一二三四五六日天])|([月火水木金土日월화수목금토일])(?:曜日?|요일)?(?![가-힣一-龥])|([土日])(?=[日祝・])"
)
_HALF_OF_DAY = re.compile(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)
_SECONDS = re.compile(r"\b(\d{1,2}:\d{2}):\d{2}\b", re.ASCII)
_LETTER = r"[^\W\d_]"
_WORD = re.compile(rf"{_LETTER}+(?:-feira)?\.?", re.IGNORECASE)
_REPLACED: Sequence[tuple[str, str]] = (
    (r"[–—―~〜～]|\s-\s|(?<=[一二三四五六日天])\s*(?:至|到)\s*(?=週|周|星期)", "-"),
    (r"연중무휴|年中無休|全年無休|^\W*(?:hours|horaires?|horarios?|orari|orario|öffnungszeiten|openingstijden)\s*:?\s", ""),
    (r"(?<=[^\W\d_]:)\s*(?:open\s*)?24\s*(?:hours?|hrs?|h|stunden|std|heures?|horas?|ore)\b\.?", " 00:00-24:00"),
    (r"(\d{1,2})\s*(?:時|时|點|点|시)\s*(\d{1,2})\s*(?:分|분)", r"\1:\2"),
    (r"(\d{1,2})\s*(?:時|时|點|点|시)(?:\s*半)?", r"\1:00"),
    (r"(\d{1,2})[:.](\d{2})\s*(?:uhr|u\.?|uur|hrs?|hs?|ч)\b\.?", r"\1:\2"),
    (r"(\d{1,2})\s*(?:uhr|uur|hrs|hs|час(?:ов|а)?)\b\.?", r"\1:00"),
    (r"\b(\d{1,2})\s*h\s*(\d{2})\b", r"\1:\2"),
    (r"\b(\d{1,2})\s*h\b", r"\1:00"),
    (r"(?<=\d)\s*(?:to|bis|till|until|à|às|as|a|al|alle|hasta|tot|do|до|至|到|から|부터)\s*(?=\d)", "-"),
    (r"(?<=\d)\s*(?:まで|까지)", ""),
    (r"(?<=[^\W\d_])\.?\s+(?:to|bis|t/m|thru|through|à|às|a|al|au|até|tot|do|до|至|到)\s+(?=[^\W\d_])", "-"),
    (
        (
            r"\b(?:daily|every ?day|all days|7 days(?: a week)?|täglich|tägl\.?|tous les jours|todos los d[ií]as|todos os dias|diario|diariamente|"
            r"ogni giorno|tutti i giorni|dagelijks|codziennie|ежедневно|everyday|alle tage|7\s*j?/7|her gün)(?!\w)"
        ),
        "Mo-Su",
    ),
    (r"每日|每天|毎日|매일|全日", "Mo-Su "),
    (r"\b(?:week ?days|workdays|werktags|werktage|en semaine|días laborables|dni robocze|будни|hafta içi)(?!\w)|平日|평일", "Mo-Fr "),
    (r"\b(?:weekends?|week-ends?|wochenende|am wochenende|fines? de semana|fins? de semana|выходные|hafta sonu)(?!\w)|週末|周末|주말", "Sa-Su "),
    (r"\b(?:public holidays?|holidays?|feiertags?|feiertage|jours fériés|fériés|festivos|feriados|festivi|feestdagen)(?!\w)|国定假日|祝日?|공휴일", "PH"),
    (r"\b(?:closed|geschlossen|fermée?|cerrado|chiuso|fechado|gesloten|nieczynne|выходной|zamknięte|kapalı)(?!\w)|休館|休業|定休|휴무|公休", "off"),
    (r"(?<!\w)(?:das|de|from|von|dalle|dal|du|lundi au|od|с|van|entre|between|open|geöffnet|ouvert|abierto|aberto|aperto|hours?|uhr|hrs)(?!\w)", " "),
    (r"\s*(?:&|\band\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b|\+)\s*", ","),
)  # fmt: skip
_FEW = {
    "l-v": "Mo-Fr",
    "l-d": "Mo-Su",
    "l-s": "Mo-Sa",
    "m-f": "Mo-Fr",
    "s-d": "Sa-Su",
    "s,d": "Sa,Su",
    "l-j": "Mo-Th",
    "v-d": "Fr-Su",
}
_DAYS = rf"(?:{'|'.join(DAYS)}|PH)"
_RULE = re.compile(
    rf"({_DAYS}(?:\s*[-,]\s*{_DAYS})*)?\s*:?\s*((?:\d{{2}}:\d{{2}}-\d{{2}}:\d{{2}})(?:\s*[,/]\s*\d{{2}}:\d{{2}}-\d{{2}}:\d{{2}})*|off)"
)

_DAYS_LAST = re.compile(
    rf"(\d{{2}}:\d{{2}}-\d{{2}}:\d{{2}}(?:,\d{{2}}:\d{{2}}-\d{{2}}:\d{{2}})*),?\s*\(?({_DAYS}(?:[-,]{_DAYS})*)\)?"
)
"""Spans before their days: `09:00-18:00 Mo-Fr`."""


def opening_hours(value: object) -> str | None:
    """Return opening hours in OpenStreetMap's notation; None for those that cannot be read.

    They may be a text, one in several languages, a list of days with their spans, or an object of either.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
        return opening_hours(value) if isinstance(value, dict | list) else None
    if isinstance(value, dict):
        return _of_object(value)
    if isinstance(value, list):
        return _of_list(value)
    text = plain_text(value)
    return None if text is None else _of_text(unicodedata.normalize("NFKC", text))


def _of_object(value: dict[str, object]) -> str | None:
    fields = {str(name).lower().replace("_", ""): inner for name, inner in value.items()}
    if fields.get("twentyfourseven") is True:
        return "24/7"
    for name in ("regularhours", "details", "text", "hours", "periods"):
        inner = fields.get(name)
        if inner and not isinstance(inner, dict) and (found := opening_hours(inner)):
            return found
    by_day = {day: inner for name, inner in value.items() if (day := day_named(name)) is not None}
    if by_day and len(by_day) == len(value):
        rules = [
            f"{DAYS[day]} {inner}"
            for day, inner in sorted(by_day.items())
            if isinstance(inner, str) and inner.strip()
        ]
        return _of_text("; ".join(rules)) if rules else None
    texts = read_texts(value)
    return _first_read(texts.values()) if texts else None


def _of_list(value: list[object]) -> str | None:
    if value and all(isinstance(entry, str) for entry in value):
        return _of_text("; ".join(str(entry) for entry in value))
    found = week_of_rules(value) if value else None
    if found is None and (texts := read_texts(value)):
        return _first_read(texts.values()) or None
    return found


def _first_read(texts: Iterable[str]) -> str | None:
    return next((hours for text in texts if (hours := opening_hours(text))), None)


def _of_text(written: str) -> str | None:
    text = _SECONDS.sub(r"\1", _HALF_OF_DAY.sub(r"\1m", " ".join(written.split())))
    if (
        _ALWAYS.fullmatch(text.strip(" .!"))
        or _always_in_its_first_clause(text)
        or _ALWAYS_AT_LAST.fullmatch(text.strip(" .!"))
    ):
        return "24/7"
    plain = _SPAN.fullmatch(re.sub(r"\s*(?:[~–—―〜～-]|\b(?:to|bis|till|until|à|a)\b|至|到)\s*", "-", text))
    if plain:
        return _every_day(plain)
    if re.search(r"\d:\d|24/7|\b(?:sun|dawn|dusk)", text) and _is_readable(text):
        return text
    return _in_rules(_in_notation(text))


def _always_in_its_first_clause(text: str) -> bool:
    """Return whether a text begins with day and night, and goes on with what does not bound it."""
    first, *rest = re.split(r"\s*[;,(|]\s*|\.\s+", text, maxsplit=1)
    return bool(rest) and _ALWAYS.fullmatch(first.strip()) is not None and not _REST_SAYS_MORE.search(rest[0])


def _is_readable(text: str) -> bool:
    try:
        require_readable(text)
    except UnreadableHoursError:
        return False
    return True


def _every_day(plain: re.Match[str]) -> str | None:
    """Return the hours of a single span; None where bare numbers such as 9-5 leave open which half of the day they mean."""
    begin, end = _moment(*plain.group(1, 2, 3)), _moment(*plain.group(4, 5, 6))
    is_bare = not any(plain.group(2, 3, 5, 6))
    if begin is None or end is None or (is_bare and end <= begin) or (begin == end and not is_bare):
        return None
    return notation_of({day: [(begin, end)] for day in range(7)})


def _moment(hour: str, minute: str | None, half: str | None) -> int | None:
    return clock(f"{hour}:{minute or '00'}{half or ''}")


def _in_notation(text: str) -> str:
    """Return hours in words of several languages as the notation writes them: `Mon - Fri: 9am - 6:30 PM` is `Mo-Fr 09:00-18:30`."""
    written = text
    for pattern, by in _REPLACED:
        written = re.sub(pattern, by, written, flags=re.IGNORECASE)
    written = re.sub(
        r"(?<!\w)[a-z][-,][a-z](?!\w)",
        lambda found: _FEW.get(found[0].lower(), found[0]),
        written,
        flags=re.IGNORECASE,
    )
    written = _EAST_ASIAN_DAY.sub(
        lambda found: f"{DAYS[_IDEOGRAPHS[found[1] or found[2] or found[3]]]} ", written
    )
    short = _SHORT_ROMANCE if _ONLY_ROMANCE.search(written) else _SHORT_GERMANIC
    written = _WORD.sub(lambda found: _day(found, short), written)
    written = re.sub(rf"(?<=\b[A-Z][a-z]|\bPH)\s*[・,]?\s+(?={_DAYS}\b)", ",", written)
    written = re.sub(r"\s*-\s*", "-", written)
    written = re.sub(
        r"\b([01]\d|2[0-4])(00|15|30|45)-([01]\d|2[0-4])(00|15|30|45)\b", r"\1:\2-\3:\4", written
    )
    written = _SPAN.sub(_span, written)
    return re.sub(r"\s+", " ", written).strip(" .,;")


def _day(found: re.Match[str], short: Mapping[str, int]) -> str:
    word = found[0].rstrip(".")
    if word in {*DAYS, "PH", "off"}:
        return word
    day = short.get(word.lower())
    if day is None:
        day = day_named(word)
    return found[0] if day is None else DAYS[day]


def _span(found: re.Match[str]) -> str:
    begin, end = _moment(*found.group(1, 2, 3)), _moment(*found.group(4, 5, 6))
    if begin is None or end is None or (not any(found.group(2, 3, 5, 6)) and end <= begin):
        return found[0]
    return f"{begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _in_rules(written: str) -> str | None:
    """Return rules of days and spans as one week; None where anything besides them stands in the text.

    A day that stands in several rules is open in all their spans, unlike in the notation, where the last one counts.
    """
    if last := _DAYS_LAST.fullmatch(written):
        written = f"{last[2]} {last[1]}"
    rules = [found.groups() for found in _RULE.finditer(written)]
    rest = _RULE.sub("", written)
    if not rules or re.search(r"[^\s;,/|.·]", rest):
        return None
    week: Week = {}
    holidays = ""
    for days, spans in rules:
        named = list(_days(days)) if days else list(range(7))
        if days and "PH" in days:
            holidays = f"; PH {spans}"
        for day in named:
            week.setdefault(day, []).extend(_spans(spans))
    found = notation_of(week)
    if found is None:
        return None
    closed = [day for day, spans in sorted(week.items()) if not spans]
    found += (f"; {runs_of(closed)} off" if closed else "") + holidays
    return found if _is_readable(found) else None


def _days(written: str) -> Iterator[int]:
    for part in re.split(r"\s*,\s*", written):
        ends = [DAYS.index(name) for name in re.split(r"\s*-\s*", part) if name in DAYS]
        if ends:
            first, last = ends[0], ends[-1]
            yield from (day % 7 for day in range(first, (last if last >= first else last + 7) + 1))


def _spans(written: str) -> Iterator[tuple[int, int]]:
    for part in re.findall(r"(\d{2}:\d{2})-(\d{2}:\d{2})", written):
        opens, closes = (clock(end) for end in part)
        if opens is not None and closes is not None:
            yield opens, closes
