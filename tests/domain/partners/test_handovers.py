from datetime import UTC, datetime, timedelta

import pytest

from navswap.features.partners.domain.handovers import Direction, HandoverCode, require_agreed
from navswap.features.partners.errors import (
    HandoverCodeExpiredError,
    HandoverCodeInvalidError,
    MorePacksThanAgreedError,
)
from navswap.kit.errors import NavSwapError

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CODE = HandoverCode("code", "driver", "shop", Direction.INTO_SHOP, 3, NOON + timedelta(minutes=5))


@pytest.mark.parametrize("packs", [1, 3])
def test_a_code_covers_what_the_transporter_agreed_to_until_its_time(packs: int) -> None:
    last = CODE.expires_at - timedelta(milliseconds=1)
    refusals = []
    for now in (NOON, last):
        try:
            require_agreed(CODE, "shop", Direction.INTO_SHOP, packs, now)
        except NavSwapError as refusal:
            refusals.append(refusal)
    assert refusals == []


@pytest.mark.parametrize(
    ("shop_id", "direction", "packs", "now", "refusal"),
    [
        ("another", Direction.INTO_SHOP, 1, NOON, HandoverCodeInvalidError),
        ("shop", Direction.OUT_OF_SHOP, 1, NOON, HandoverCodeInvalidError),
        ("shop", Direction.INTO_SHOP, 1, CODE.expires_at, HandoverCodeExpiredError),
        ("shop", Direction.INTO_SHOP, 4, NOON, MorePacksThanAgreedError),
    ],
)
def test_a_code_covers_nothing_else(
    shop_id: str, direction: Direction, packs: int, now: datetime, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        require_agreed(CODE, shop_id, direction, packs, now)
