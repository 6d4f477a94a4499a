"""Batches of scheduled work."""

import pytest

from navswap.infra.batches import work_through


async def test_one_that_fails_holds_up_no_other_and_is_told() -> None:
    done: list[int] = []

    async def work(number: int) -> int:
        if number in {2, 4}:
            raise RuntimeError(str(number))
        done.append(number)
        return 1

    with pytest.raises(RuntimeError, match="2"):
        await work_through(range(1, 6), work)
    assert done == [1, 3, 5]
    assert await work_through([7, 9], work) == 2
