"""Shops are asked by the model of partner storage on real stores, and by the rule where the model does not answer."""

import pytest

from navswap.features.packs.service import Place, PlaceKind
from navswap.features.partners.domain.values import StorageCandidate
from navswap.features.partners.service import PartnerShop, PartnersServices, Wanted
from navswap.kit.forecasts import Source
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.models import Answer, serve_model
from tests.factories.network import a_pack, a_station
from tests.factories.partners import ADMIN, a_shop

FULL_SOON: dict[str, Answer] = {f"free_places_p{level}": 3.0 for level in (10, 50, 90)}
WILLING: dict[str, Answer] = {"accepts": 0.9}


async def a_known_shop(runtime: Runtime) -> PartnerShop:
    """A shop with a pack and nine free places, which was published."""
    shop = await a_shop(capacity=10)
    await a_pack(Place(PlaceKind.SHOP, shop.id))
    await PartnersServices.of(runtime).shops.recount(shop.id)
    return shop


async def candidates(runtime: Runtime, packs: int) -> dict[str, StorageCandidate]:
    station = await a_station(runtime)
    plan, _ = await PartnersServices.of(runtime).plans.request(Wanted(station.id, packs), ADMIN, new_id())
    return {candidate.shop_id: candidate for candidate in plan.candidates}


async def test_a_shop_that_will_be_full_is_asked_for_fewer_packs(runtime: Runtime) -> None:
    shop = await a_known_shop(runtime)
    model = await serve_model(runtime, "partner_storage", FULL_SOON | WILLING)
    found = (await candidates(runtime, 8))[shop.id]
    assert (found.packs, found.free_places) == (3, 3.0)
    assert found.acceptance_probability == pytest.approx(0.9)
    assert (found.source, found.model) == (Source.MODEL, model)


async def test_the_rule_answers_for_a_shop_that_the_history_does_not_know(runtime: Runtime) -> None:
    known = await a_known_shop(runtime)
    await serve_model(runtime, "partner_storage", FULL_SOON | WILLING)
    new = await a_shop(capacity=10)
    found = await candidates(runtime, 2)
    assert (found[known.id].source, found[new.id].source) == (Source.MODEL, Source.BASELINE)
    assert (found[new.id].free_places, found[new.id].model) == (10.0, "")


@pytest.mark.parametrize(
    ("answers", "serves_model"), [(FULL_SOON | WILLING, False), (FULL_SOON | {"accepts": float("nan")}, True)]
)
async def test_the_rule_answers_where_the_model_has_no_answer(
    runtime: Runtime, answers: dict[str, Answer], *, serves_model: bool
) -> None:
    shop = await a_known_shop(runtime)
    await serve_model(runtime, "partner_storage", answers, serves_model=serves_model)
    found = (await candidates(runtime, 8))[shop.id]
    assert (found.packs, found.source) == (8, Source.BASELINE)
