"""Races: many want the same thing at once, and one of them gets it."""

import asyncio
from typing import Any

from tests.e2e.day.riders import CONFIRMED, Hold, cancel
from tests.e2e.day.town import Town

CREDITS = "... on AdjustCreditsPayload { entry { id credits } }"


async def for_the_last_pack(town: Town) -> None:
    """Six riders want the one pack of the kiosk."""
    racing = await town.idle_riders(6)
    wanted = town.node("kiosk")
    answers = await asyncio.gather(
        *(
            rider.do("confirmQueue", CONFIRMED, stationId=wanted, idempotencyKey=town.key())
            for rider in racing
        )
    )
    assert sorted(answer.get("code", "held") for answer in answers) == ["NO_CHARGED_PACK"] * 5 + ["held"]
    [winner] = [
        Hold(rider, answer["entry"])
        for rider, answer in zip(racing, answers, strict=True)
        if "entry" in answer
    ]
    await cancel(winner)


async def against_oneself(town: Town) -> None:
    """A rider wants two packs at once, then a second place by the key of the first."""
    [rider] = await town.idle_riders(1)
    keys = {"market": town.key(), "hill": town.key()}
    answers = await asyncio.gather(
        *(
            rider.do("confirmQueue", CONFIRMED, stationId=town.node(name), idempotencyKey=key)
            for name, key in keys.items()
        )
    )
    assert [answer["code"] for answer in answers if "code" in answer] == ["ALREADY_QUEUED"]
    [entry] = [answer["entry"] for answer in answers if "entry" in answer]
    held = town.name_of(entry["station"]["id"])
    reused = {"stationId": town.node("yard"), "idempotencyKey": keys[held]}
    assert (await rider.do("confirmQueue", CONFIRMED, **reused))["code"] == "IDEMPOTENCY_CONFLICT"
    await cancel(Hold(rider, entry))


async def for_the_same_credits(town: Town) -> None:
    """The admin's request is sent three times at once and posted once; no account is left owing."""
    [rider] = await town.idle_riders(1)
    balance = "query Balance($id: ID!) { creditBalance(userId: $id) { credits } }"
    before = (await town.admin.ask(balance, id=rider.node))["credits"]
    gift: dict[str, Any] = {
        "userId": rider.node,
        "credits": 500,
        "reason": "Goodwill",
        "idempotencyKey": town.key(),
    }
    posted = await asyncio.gather(*(town.admin.must("adjustCredits", CREDITS, **gift) for _ in range(3)))
    assert len({answer["entry"]["id"] for answer in posted}) == 1
    correction = {**gift, "credits": -200, "reason": "Correction", "idempotencyKey": town.key()}
    await town.admin.must("adjustCredits", CREDITS, **correction)
    too_much = {**gift, "credits": -1_000_000, "idempotencyKey": town.key()}
    assert (await town.admin.do("adjustCredits", **too_much))["code"] == "INSUFFICIENT_CREDITS"
    assert (await town.admin.ask(balance, id=rider.node))["credits"] == before + 300
