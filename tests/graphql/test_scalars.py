from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.exceptions import StrawberryInputCoercionError

from navswap.edge.schema import LimitedSchema
from navswap.graphql.scalars import read_moment, write_moment

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
    ],
)
def test_rfc_3339_is_read(text: str, moment: datetime) -> None:
    read = read_moment(text)
    assert read == moment
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T08:00:00",
        "2026-03-02",
        "2026-03-02 08:00:00Z",
        "20260302T080000Z",
        "2026-W10-1T08:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-03-02T25:00:00Z",
        "2026-03-02T08:00:60Z",
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
