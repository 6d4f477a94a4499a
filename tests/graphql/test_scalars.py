import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.exceptions import StrawberryInputCoercionError

from navswap.edge.schema import LimitedSchema
from navswap.graphql.scalars import (
    MAX_CREDITS,
    SCALARS,
    Credits,
    Metres,
    Minutes,
    NonNegativeInt,
    Percent,
    read_moment,
    write_moment,
)

TAIPEI = timezone(timedelta(hours=8))


@strawberry.type
class Query:
    @strawberry.field
    def later(self, than: datetime) -> datetime:
        return than + timedelta(hours=1)

    @strawberry.field
    def naive(self) -> datetime:
        return datetime(2026, 3, 2)  # noqa: DTZ001 - the bug that the test is about


SCHEMA = LimitedSchema(query=Query)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T08:00:00Z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02t08:00:00z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T16:00:00+08:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T08:00:00-00:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T08:00:00.123456789Z", datetime(2026, 3, 2, 8, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-03-02T08:00:00.5Z", datetime(2026, 3, 2, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-02T08:00:00,5Z", datetime(2026, 3, 2, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-02T08:00:00.12345678901234567890Z", datetime(2026, 3, 2, 8, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-03-02T08:00Z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T08:00:00+0000", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T16:00+08", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02 08:00:00Z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("20260302T080000Z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("20260302T1600+0800", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02 08:00:00 +0000", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02 16:00:00 +0800", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02 08:00:00 UTC", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02 08:00:00.5 gmt", datetime(2026, 3, 2, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-02T08:00:00Z[UTC]", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T16:00:00+08:00[Asia/Taipei]", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T03:00:00\u221205:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-01T24:00:00Z", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-02-28T24:00+08:00", datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("20260301T240000.000Z", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T05:29:60+05:30", datetime(2017, 1, 1, tzinfo=UTC)),
        ("20161231T235960.25Z", datetime(2017, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_moments_that_can_be_read_in_one_way_only_are_read(text: str, moment: datetime) -> None:
    read = read_moment(text)
    assert read == moment
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T08:00:00",
        "2026-03-02",
        "2026-03-02T080000Z",
        "20260302 080000Z",
        "2026-03-02 08:00:00  +0000",
        "2026-03-02 08:00:00 CST",
        "2026-03-02T08:00:00[Asia/Taipei]",
        "2026-W10-1T08:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-03-02T25:00:00Z",
        "2026-03-02T08:00:60Z",
        "2026-03-02T08:59:60Z",
        "2026-03-02T23:59:61Z",
        "2026-03-02T24:00:01Z",
        "2026-03-02T24:30Z",
        "9999-12-31T24:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2026-03-02T08:00:00Z\n",
        "٢٠٢٦-03-02T08:00:00Z",
        "now",
        "",
        1772438400,
        None,
        ["2026-03-02T08:00:00Z"],
    ],
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(StrawberryInputCoercionError, match="not a moment"):
        read_moment(value)


def test_moments_are_written_in_utc_to_the_millisecond() -> None:
    assert write_moment(datetime(2026, 3, 2, 16, 0, 0, 1999, tzinfo=TAIPEI)) == "2026-03-02T08:00:00.001Z"


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis adds the zones
def test_what_is_written_is_read_back(moment: datetime) -> None:
    assert timedelta(0) <= moment - read_moment(write_moment(moment)) < timedelta(milliseconds=1)


async def test_a_schema_speaks_of_moments_that_way() -> None:
    document = "query ($m: DateTime!) { later(than: $m) }"
    result = await SCHEMA.execute(document, {"m": "2026-03-02T16:00:00+08:00"})
    assert result.data == {"later": "2026-03-02T09:00:00.000Z"}
    refused: Any = await SCHEMA.execute(document, {"m": "2026-03-02T16:00:00"})
    assert refused.errors[0].extensions["code"] == "BAD_USER_INPUT"
    literal: Any = await SCHEMA.execute('{ later(than: "2026-03-02") }')
    assert "not a moment" in literal.errors[0].message


async def test_a_moment_of_ours_without_a_zone_is_a_bug() -> None:
    result: Any = await SCHEMA.execute("{ naive }")
    assert result.errors[0].message == "Internal error"


@strawberry.type
class Numbers:
    metres: Metres
    percent: Percent | None
    count: NonNegativeInt


@strawberry.type
class NumbersQuery:
    @strawberry.field
    def numbers(self, metres: Metres, count: NonNegativeInt, percent: Percent | None = None) -> Numbers:
        return Numbers(metres=metres, percent=percent, count=count)

    @strawberry.field
    def minutes(self, each: list[Minutes]) -> list[Minutes]:
        return each

    @strawberry.field
    def below(self) -> Minutes:
        return -2.5

    @strawberry.field
    def endless(self) -> Minutes:
        return math.inf


NUMBERS = LimitedSchema(query=NumbersQuery)


async def test_a_number_with_a_unit_is_read_and_written_as_a_plain_number() -> None:
    result = await NUMBERS.execute(
        "query ($count: NonNegativeInt!) { numbers(metres: 12, count: $count, percent: 99.5) { metres percent count }"
        " minutes(each: [0, 1.5]) }",
        {"count": 3},
    )
    assert result.errors is None
    assert result.data == {
        "numbers": {"metres": 12.0, "percent": 99.5, "count": 3},
        "minutes": [0.0, 1.5],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metres": -0.1}, "Metres is at least 0; -0.1 lies outside."),
        ({"metres": "1"}, "Metres is a number, at least 0; '1' is none."),
        ({"metres": True}, "Metres is a number, at least 0; True is none."),
        ({"metres": 10**400}, "Metres is a number, at least 0; 1"),
        ({"metres": math.inf}, "Metres is a number, at least 0; inf is none."),
        ({"metres": math.nan}, "Metres is a number, at least 0; nan is none."),
        ({"percent": 100.5}, "Percent is 0 to 100; 100.5 lies outside."),
        ({"count": -1}, "NonNegativeInt is 0 to 2,147,483,647; -1 lies outside."),
        ({"count": 2**31}, "NonNegativeInt is 0 to 2,147,483,647; 2147483648 lies outside."),
        ({"count": 1.5}, "NonNegativeInt is a whole number; 1.5 is none."),
        ({"count": math.nan}, "NonNegativeInt is a whole number; nan is none."),
        ({"count": math.inf}, "NonNegativeInt is a whole number; inf is none."),
        ({"count": False}, "NonNegativeInt is a whole number; False is none."),
    ],
)
async def test_a_value_outside_the_bounds_is_refused_with_the_bounds(
    arguments: dict[str, object], message: str
) -> None:
    result = await NUMBERS.execute(
        "query ($metres: Metres!, $count: NonNegativeInt!, $percent: Percent) {"
        " numbers(metres: $metres, count: $count, percent: $percent) { metres } }",
        {"metres": 1, "count": 1, **arguments},
    )
    assert result.errors is not None
    [error] = result.errors
    assert message in error.message
    assert error.extensions == {"code": "BAD_USER_INPUT"}


async def test_a_literal_outside_the_bounds_is_refused_before_anything_runs() -> None:
    result = await NUMBERS.execute("{ numbers(metres: -1, count: 1) { metres } }")
    assert result.data is None
    assert result.errors is not None
    assert "Metres is at least 0; -1 lies outside." in result.errors[0].message


async def test_an_answer_is_written_as_it_is_unless_it_is_no_number() -> None:
    assert (await NUMBERS.execute("{ below }")).data == {"below": -2.5}
    assert (await NUMBERS.execute("{ endless }")).errors is not None


def test_the_bounds_are_in_the_schema() -> None:
    printed = NUMBERS.as_str()
    assert '"""A share in percent, 0 to 100."""\nscalar Percent' in printed
    assert '"""A distance in metres, at least 0."""\nscalar Metres' in printed


def test_credits_are_whole_numbers_beyond_32_bits() -> None:
    credit = SCALARS[Credits]
    assert credit.serialize is not None
    assert credit.parse_value is not None
    for amount in (0, 2**31, MAX_CREDITS):
        assert credit.serialize(amount) == credit.parse_value(amount) == amount
    for refused in (-1, MAX_CREDITS + 1, 0.5, True, "1"):
        with pytest.raises(StrawberryInputCoercionError):
            credit.parse_value(refused)
