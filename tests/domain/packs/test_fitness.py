from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.packs.domain.custody import may_break_hold
from navswap.features.packs.domain.fitness import CHANGEABLE, Order, PackAction, carry_out, report, set_faulty
from navswap.features.packs.domain.values import Condition, Pack, PackReading, Place, PlaceKind
from navswap.features.packs.events import PackRecalled, PackReleased, PackRetired

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SLOT = Place(PlaceKind.SLOT, "station", 3)
ORDER = Order("order", "swollen cells", NOW)
PACK = Pack("P-1", 95.0, 97.0, 120, SLOT, NOW - timedelta(hours=1))


def recalled(fitness: Condition = Condition.FIT) -> Pack:
    return carry_out(replace(PACK, condition=fitness), PackAction.RECALL, ORDER).after


def test_a_measurement_replaces_what_was_measured_before() -> None:
    after = report(PACK, PackReading("P-1", 40.0, 96.5), NOW).after
    assert (after.soc_percent, after.soh_percent, after.reported_at, after.revision) == (40.0, 96.5, NOW, 2)
    assert report(PACK, PackReading("P-1", 40.0), NOW).after.soh_percent == 97.0


@pytest.mark.parametrize(
    ("pack", "measured", "condition"),
    [
        (PACK, True, Condition.FAULTY),
        (PACK, None, Condition.FIT),
        (replace(PACK, condition=Condition.FAULTY), False, Condition.FIT),
        (replace(PACK, condition=Condition.FAULTY), None, Condition.FAULTY),
        (replace(PACK, condition=Condition.FAULTY, faulted=True), False, Condition.FAULTY),
        (replace(PACK, condition=Condition.RETIRED), True, Condition.RETIRED),
        (recalled(), True, Condition.RECALLED),
    ],
)
def test_a_measurement_makes_no_pack_fit_that_a_fault_or_an_order_keeps_out_of_use(
    pack: Pack, measured: bool | None, condition: Condition
) -> None:
    assert report(pack, PackReading("P-1", 50.0, faulty=measured), NOW).after.condition is condition


def test_a_fault_keeps_a_pack_faulty_until_it_is_over() -> None:
    faulty = set_faulty(PACK, faulty=True).after
    assert (faulty.condition, faulty.faulted) == (Condition.FAULTY, True)
    mended = set_faulty(faulty, faulty=False).after
    assert (mended.condition, mended.faulted, mended.revision) == (Condition.FIT, False, 3)
    retired = replace(PACK, condition=Condition.RETIRED)
    assert not set_faulty(retired, faulty=True).is_change


@pytest.mark.parametrize("fitness", [Condition.FIT, Condition.FAULTY])
@pytest.mark.parametrize("faulty", [True, False])
def test_a_recalled_pack_is_released_to_what_became_of_it_meanwhile(fitness: Condition, faulty: bool) -> None:
    pack = recalled(fitness)
    assert carry_out(pack, PackAction.RELEASE, ORDER).after.condition is fitness
    changed = set_faulty(pack, faulty=faulty).after
    assert changed.condition is Condition.RECALLED
    expected = Condition.FAULTY if faulty else Condition.FIT
    released = carry_out(changed, PackAction.RELEASE, ORDER).after
    assert (released.condition, released.withdrawal) == (expected, None)


@pytest.mark.parametrize("action", list(PackAction))
@pytest.mark.parametrize("condition", list(Condition))
def test_an_action_changes_the_conditions_that_it_is_for(action: PackAction, condition: Condition) -> None:
    pack = recalled() if condition is Condition.RECALLED else replace(PACK, condition=condition)
    done = carry_out(pack, action, ORDER)
    assert done.is_change == (condition in CHANGEABLE[action])
    if done.is_change:
        expected = {PackAction.RETIRE: "RETIRED", PackAction.RECALL: "RECALLED", PackAction.RELEASE: "FIT"}
        assert done.after.condition == expected[action]
        fact_of = {
            PackAction.RETIRE: PackRetired,
            PackAction.RECALL: PackRecalled,
            PackAction.RELEASE: PackReleased,
        }
        assert done.facts == (fact_of[action].of(done.after, "order"),)
    else:
        assert done.facts == ()


@pytest.mark.parametrize("action", [PackAction.RETIRE, PackAction.RECALL])
def test_a_held_pack_that_is_taken_out_of_use_stays_held_until_its_hold_is_moved(action: PackAction) -> None:
    done = carry_out(replace(PACK, held_by="entry"), action, ORDER)
    assert done.after.held_by == "entry"
    assert may_break_hold(replace(PACK, held_by="entry"), done.after)
    if action is PackAction.RECALL:
        assert not may_break_hold(PACK, carry_out(PACK, action, ORDER).after), "it is not held"
        [released] = carry_out(done.after, PackAction.RELEASE, ORDER).facts
        assert isinstance(released, PackReleased)


def test_an_order_leaves_its_reason_with_the_pack() -> None:
    withdrawal = recalled(Condition.FAULTY).withdrawal
    assert withdrawal is not None
    assert (withdrawal.order_id, withdrawal.reason, withdrawal.withdrawn_at) == (
        "order",
        "swollen cells",
        NOW,
    )
    assert withdrawal.fitness is Condition.FAULTY


@given(st.lists(st.sampled_from(PackAction), max_size=8))
def test_nothing_leads_out_of_retirement(actions: list[PackAction]) -> None:
    pack, retired = PACK, False
    for action in actions:
        pack = carry_out(pack, action, ORDER).after
        retired = retired or action is PackAction.RETIRE
        assert (pack.condition is Condition.RETIRED) == retired
        assert (pack.withdrawal is not None) == (pack.condition in {Condition.RECALLED, Condition.RETIRED})
