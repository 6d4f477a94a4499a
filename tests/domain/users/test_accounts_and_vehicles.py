import pytest

from navswap.features.users.domain import vehicles
from navswap.features.users.domain.accounts import check_account, normal_email
from navswap.features.users.domain.values import Vehicle
from navswap.features.users.domain.vehicles import VehicleDescription
from navswap.kit.errors import InvalidInputError

PASSWORD = "a long password"


def test_an_address_is_stored_in_one_form() -> None:
    assert normal_email("  Rider@Example.TEST ") == "rider@example.test"


@pytest.mark.parametrize(
    ("email", "name", "password", "field"),
    [
        ("", "Name", PASSWORD, "email"),
        ("nobody", "Name", PASSWORD, "email"),
        ("@host", "Name", PASSWORD, "email"),
        ("name@", "Name", PASSWORD, "email"),
        ("a@b@c", "Name", PASSWORD, "email"),
        ("a b@host", "Name", PASSWORD, "email"),
        ("name@host", "", PASSWORD, "name"),
        ("name@host", "Name", "11 letters.", "password"),
    ],
)
def test_an_account_needs_an_address_a_name_and_a_long_password(
    email: str, name: str, password: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_account(email, name, password)
    assert refused.value.field == field


def test_an_account_with_all_of_them_is_good_and_with_a_letter_less_is_not() -> None:
    check_account("name@host", "Name", "12 letters..")
    with pytest.raises(InvalidInputError) as refused:
        check_account("name@host", "Name", "12 letters.")
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    ("name", "count", "field"),
    [
        ("", 1, "name"),
        (" ", 1, "name"),
        ("x" * 101, 1, "name"),
        ("Scooter", 0, "packCount"),
        ("Scooter", 5, "packCount"),
    ],
)
def test_a_vehicle_has_a_name_and_takes_1_to_4_packs(name: str, count: int, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        VehicleDescription(name, "NS-48", count)
    assert refused.value.field == field


def test_a_vehicle_is_registered_renewed_and_left_alone() -> None:
    new = vehicles.save(None, "v", "rider", VehicleDescription("Rickshaw ", "NS-60", 3))
    assert new.before is None
    assert new.after == Vehicle("v", "rider", "Rickshaw", "NS-60", 3)
    renewed = vehicles.save(new.after, "ignored", "rider", VehicleDescription("Rickshaw", "NS-60", 2))
    assert renewed.after == Vehicle("v", "rider", "Rickshaw", "NS-60", 2, revision=2)
    same = vehicles.save(renewed.after, "ignored", "rider", VehicleDescription("Rickshaw", "NS-60", 2))
    assert not same.is_change


def test_a_rider_without_a_vehicle_rides_with_one_pack_of_the_standard_model() -> None:
    plain = Vehicle.plain("rider")
    assert (plain.pack_model_id, plain.pack_count) == ("NS-48", 1)
