import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.kit.opening_hours import require_readable
from navswap.seeding.formats.hours import opening_hours
from navswap.seeding.formats.weeks import DayColumns, clock, notation_of

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@pytest.mark.parametrize(
    "written",
    [
        "24HR",
        "24 heures",
        "24h/24 7j/7",
        "24 uur per dag",
        "24 uur op 24",
        "24小時營業",
        "24시간 이용가능",
        "całodobowo",
        "круглосуточно",
        "rund um die Uhr",
        "Accès libre 24h/24",
        "Mo-So 0-24 Uhr",
        "00:00-24:00",
        "24 hours daily; also accept fleet card",
        "24/7; Customer use only",
        {"twentyfourseven": True},
        '{"List": [{"Value": "24HR", "Lang": "en"}, {"Value": "24小時", "Lang": "zh"}]}',
        {
            "text": "Mo-So",
            "details": [{"fromWeekday": 1, "toWeekday": 7, "fromTime": "00:00", "toTime": "24:00"}],
        },
    ],
)
def test_day_and_night_is_known_in_many_languages(written: object) -> None:
    assert opening_hours(written) == "24/7"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "Mo-Fr 08:00-12:00,Mo-Fr 14:00-18:00,Th 08:00-18:00",
            "Mo-We,Fr 08:00-12:00,14:00-18:00; Th 08:00-18:00",
        ),
        ("Mo.-Fr. 8:00-20:00 Uhr, Sa. 9:00-18:00 Uhr", "Mo-Fr 08:00-20:00; Sa 09:00-18:00"),
        ("L-V 8:00-22:00", "Mo-Fr 08:00-22:00"),
        ("Seg a Sex das 8h às 18h", "Mo-Fr 08:00-18:00"),
        ("Segunda a Sexta: 08h00 às 22h00", "Mo-Fr 08:00-22:00"),
        ("Du lundi au samedi 9h-19h", "Mo-Sa 09:00-19:00"),
        ("8h-12h / 14h-18h", "Mo-Su 08:00-12:00,14:00-18:00"),
        ("Lun-Ven 8:00-20:00; Sab 9:00-13:00", "Mo-Fr 08:00-20:00; Sa 09:00-13:00"),
        ("ma-zo 09:00-21:00", "Mo-Su 09:00-21:00"),
        ("pn-pt 6:00-22:00, sb 8:00-14:00", "Mo-Fr 06:00-22:00; Sa 08:00-14:00"),
        ("ежедневно 08:00-22:00", "Mo-Su 08:00-22:00"),
        ("8時30分\uff5e17時15分", "Mo-Su 08:30-17:15"),
        ("平日 9:00〜18:00 土日祝 10:00〜17:00", "Mo-Fr 09:00-18:00; Sa-Su 10:00-17:00; PH 10:00-17:00"),
        ("週一至週五 08:00-22:00", "Mo-Fr 08:00-22:00"),
        ("월-금 09:00-18:00", "Mo-Fr 09:00-18:00"),
        ("M-F 7am-6pm", "Mo-Fr 07:00-18:00"),
        ("9 a.m. to 9 p.m.", "Mo-Su 09:00-21:00"),
        ("Mon-Fri 9:30 a. m. - 9 p. m.", "Mo-Fr 09:30-21:00"),
        ("06:00:00-22:00:00", "Mo-Su 06:00-22:00"),
        ("Mon-Sat 6:00:00 AM - 10:30:00 PM", "Mo-Sa 06:00-22:30"),
        ("Mon-Fri 8:30am-5pm; Sat 9am-1pm", "Mo-Fr 08:30-17:00; Sa 09:00-13:00"),
        ("Monday-Friday 9:00-17:30 Saturday 10:00-16:00 Sunday Closed", "Mo-Fr 09:00-17:30; Sa 10:00-16:00; Su off"),
        ("9:00-18:00 täglich", "Mo-Su 09:00-18:00"),
        ("Mo-Fr 22:00-06:00", "Mo-Fr 22:00-06:00"),
        ("08:00 - 02:00", "Mo-Su 08:00-02:00"),
        (
            ["Monday: 9:00 AM \u2013 5:00 PM", "Tuesday: 9:00 AM \u2013 5:00 PM", "Wednesday: Closed"],
            "Mo-Tu 09:00-17:00; We off",
        ),
        (
            {"regular_hours": [{"weekday": 7, "period_begin": "08:00", "period_end": "20:00"}]},
            "Su 08:00-20:00",
        ),
        (
            [{"on": "Workdays", "Period": [{"begin": "06:00", "end": "22:00"}]}],
            "Mo-Fr 06:00-22:00",
        ),
    ],
)  # fmt: skip
def test_hours_in_the_words_of_many_languages_are_read(written: object, read: str) -> None:
    assert opening_hours(written) == read


@pytest.mark.parametrize(("written", "sunday"), [("Lu-Di 08:00-20:00", "Mo-Su"), ("Di-Fr 08:00-20:00", "Tu-Fr"), ("Lu-Do 08:00-20:00", "Mo-Su"), ("Mo-Do 08:00-20:00", "Mo-Th")])  # fmt: skip
def test_two_letters_mean_the_day_of_their_language(written: str, sunday: str) -> None:
    assert opening_hours(written) == f"{sunday} 08:00-20:00"


@pytest.mark.parametrize(
    "written",
    ["", "daily", "Open", "unknown", "by appointment", "9-5", "Mon to Fri 9 to 5", "25:99-26:00", "dusk to dawn", "2019-2020",
     "Garage business hours", "24 hours; weekends only", "MO-SU 6:00am-11:00pm; 24 hours for drive-up", "0", True, 24, [], {}, [1, {}]],
)  # fmt: skip
def test_hours_that_are_not_certain_are_unknown(written: object) -> None:
    assert opening_hours(written) is None


@given(
    st.recursive(
        st.none()
        | st.integers()
        | st.text(max_size=40)
        | st.lists(
            st.sampled_from(
                ["Mo", "di", "24h", "8h", "-", "18:00", "Uhr", "closed", ",", ";", "Sa", "a", "7", "時"]
            ),
            max_size=8,
        ).map(" ".join),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["text", "on", "Period", "monday", "details"]), inner)
        ),
        max_leaves=6,
    )
)
def test_whatever_is_written_becomes_readable_hours_or_none(written: object) -> None:
    read = opening_hours(written)
    if read is not None:
        require_readable(read)


spans = st.tuples(st.integers(0, 23 * 60), st.integers(1, 24 * 60)).filter(lambda span: span[0] < span[1])


@given(st.dictionaries(st.integers(0, 6), st.lists(spans, max_size=3), max_size=7))
def test_a_week_that_is_written_is_read_back(week: dict[int, list[tuple[int, int]]]) -> None:
    written = notation_of(week)
    assert (written is None) == (not any(week.values()))
    if written is not None:
        assert opening_hours(written) is not None


def test_a_column_for_each_day_gives_the_hours_of_the_week() -> None:
    columns = DayColumns(DAYS)
    hours = {
        **dict.fromkeys(DAYS[:5], "9:00 AM - 5:00 PM"),
        "Sat": "10:00-12:00, 14:00-16:00",
        "Sun": "Closed",
    }
    assert columns.read(hours) == "Mo-Fr 09:00-17:00; Sa 10:00-12:00,14:00-16:00"
    assert columns.read({**hours, "Sun": "ask"}) is None
    assert columns.read({}) is None


def test_one_day_alone_is_no_week() -> None:
    assert DayColumns(["id", "Sun", "Moon"]).names == []


@pytest.mark.parametrize(("written", "minutes"), [("7am", 420), ("12 pm", 720), ("12am", 0), ("24:00", 1440), ("09:30:00", 570), ("24:01", None), ("13pm", None), ("x", None), (None, None)])  # fmt: skip
def test_a_time_of_the_day_is_read_up_to_midnight(written: object, minutes: int | None) -> None:
    assert clock(written) == minutes
