"""Whose an address is: codes and links that only its owner can have, for ten minutes and five tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from organization import letters
from organization.letters import Letter
from organization.models import AddressCode, AddressKind, AuditEntry, Person
from organization.services import (
    Refused,
    change_person,
    confirm_address,
    enter_code,
    follow_link,
    refuse_address,
    send_code,
)
from tests.people import ada, person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
EMAIL, PHONE = AddressKind.EMAIL, AddressKind.PHONE


@pytest.fixture(autouse=True)
def posted(monkeypatch: pytest.MonkeyPatch) -> list[Letter]:
    box: list[Letter] = []
    monkeypatch.setattr(letters, "_couriers", [box.append])
    return box


def alice() -> Person:
    return person("Alice", email_verified_at=None, phone="13800001234")


def link_of(letter: Letter) -> str:
    return letter.secrets["link"].rstrip("/").rpartition("/")[2]


def fresh(whom: Person) -> Person:
    return Person.objects.get(pk=whom.pk)


@pytest.mark.parametrize(("kind", "address"), [(EMAIL, "alice@example.com"), (PHONE, "13800001234")])
def test_alice_enters_the_code_that_reached_her(
    kind: AddressKind, address: str, posted: list[Letter]
) -> None:
    send_code(whom=alice(), kind=kind, person=alice(), now=NOW)
    (letter,) = posted
    assert (letter.address, letter.kind, letter.template) == (address, kind, "code")
    assert len(letter.secrets["code"]) == 6
    confirmed = enter_code(
        whom=alice(),
        kind=kind,
        code=f" {letter.secrets['code']} ",
        person=alice(),
        now=NOW + timedelta(minutes=9),
    )
    assert getattr(confirmed, f"{kind}_verified_at") == NOW + timedelta(minutes=9)
    other = "phone" if kind == EMAIL else "email"
    assert getattr(confirmed, f"{other}_verified_at") is None
    assert AuditEntry.objects.filter(action="address.confirm", subject="alice").count() == 1


def test_neither_code_nor_link_is_kept_or_put_on_record(posted: list[Letter]) -> None:
    row = send_code(whom=alice(), kind=EMAIL, person=ada(), now=NOW)
    kept = repr(AddressCode.objects.filter(pk=row.pk).values()) + repr(list(AuditEntry.objects.values()))
    assert posted[0].secrets["code"] not in kept.replace(str(row.pk), "")
    assert link_of(posted[0]) not in kept


def test_a_code_ends_after_ten_minutes(posted: list[Letter]) -> None:
    send_code(whom=alice(), kind=EMAIL, person=alice(), now=NOW)
    with pytest.raises(Refused, match="expired"):
        enter_code(
            whom=alice(),
            kind=EMAIL,
            code=posted[0].secrets["code"],
            person=alice(),
            now=NOW + timedelta(minutes=10),
        )


def test_after_five_wrong_tries_the_right_code_is_too_late(posted: list[Letter]) -> None:
    send_code(whom=alice(), kind=PHONE, person=alice(), now=NOW)
    right = posted[0].secrets["code"]
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(Refused, match="not the code"):
            enter_code(whom=alice(), kind=PHONE, code=wrong, person=alice(), now=NOW)
    with pytest.raises(Refused, match="too often"):
        enter_code(whom=alice(), kind=PHONE, code=right, person=alice(), now=NOW)
    assert fresh(alice()).phone_verified_at is None


def test_only_the_newest_code_and_link_count_and_each_but_once(posted: list[Letter]) -> None:
    send_code(whom=alice(), kind=EMAIL, person=alice(), now=NOW)
    later = NOW + timedelta(minutes=2)
    send_code(whom=alice(), kind=EMAIL, person=alice(), now=later)
    old, new = posted
    with pytest.raises(Refused):
        enter_code(whom=alice(), kind=EMAIL, code=old.secrets["code"], person=alice(), now=later)
    with pytest.raises(Refused):
        follow_link(link=link_of(old), now=later)
    assert follow_link(link=link_of(new), now=later).email_verified_at == later
    with pytest.raises(Refused):
        follow_link(link=link_of(new), now=later)


def test_a_link_lives_three_days_and_needs_nobody_logged_in(posted: list[Letter]) -> None:
    send_code(whom=alice(), kind=EMAIL, person=ada(), now=NOW)
    with pytest.raises(Refused):
        follow_link(link=link_of(posted[0]), now=NOW + timedelta(days=3))
    assert follow_link(link=link_of(posted[0]), now=NOW + timedelta(days=2)).email_verified_at


def test_codes_are_asked_for_once_a_minute_and_five_times_an_hour(posted: list[Letter]) -> None:
    send_code(whom=alice(), kind=EMAIL, person=alice(), now=NOW)
    with pytest.raises(Refused, match="a moment ago"):
        send_code(whom=alice(), kind=EMAIL, person=alice(), now=NOW + timedelta(seconds=59))
    for minute in (1, 2, 3, 4):
        send_code(whom=alice(), kind=EMAIL, person=alice(), now=NOW + timedelta(minutes=minute, seconds=30))
    with pytest.raises(Refused, match="an hour"):
        send_code(whom=alice(), kind=PHONE, person=alice(), now=NOW + timedelta(minutes=10))
    assert len(posted) == 5


def test_one_number_gets_five_codes_an_hour_however_many_people_claim_it(posted: list[Letter]) -> None:
    for number in range(5):
        send_code(whom=person(f"P{number}", phone="13800001234"), kind=PHONE, person=ada(), now=NOW)
    with pytest.raises(Refused, match="an hour"):
        send_code(whom=person("P6", phone="13800001234"), kind=PHONE, person=ada(), now=NOW)


def test_another_address_has_to_be_confirmed_anew_and_old_codes_do_not_fit_it(posted: list[Letter]) -> None:
    send_code(whom=alice(), kind=PHONE, person=alice(), now=NOW)
    code = posted[0].secrets["code"]
    enter_code(whom=alice(), kind=PHONE, code=code, person=alice(), now=NOW)
    with pytest.raises(Refused, match="confirmed already"):
        send_code(whom=alice(), kind=PHONE, person=alice(), now=NOW + timedelta(minutes=5))
    changed = _change(alice(), phone="13900005678")
    assert changed.phone_verified_at is None
    with pytest.raises(Refused):
        enter_code(whom=alice(), kind=PHONE, code=code, person=alice(), now=NOW)
    assert _change(alice(), display_name="Alice Chen", phone="13900005678").phone_verified_at is None
    assert person("Bob").email_verified_at
    assert _change(person("Bob"), display_name="Robert").email_verified_at


def test_an_address_refused_for_good_gets_nothing_until_it_is_confirmed_again() -> None:
    confirm_address(whom=alice(), kind=PHONE, address="13800001234", person=None, now=NOW)
    assert refuse_address(whom=alice(), kind=PHONE, address="13800001234", now=NOW)
    assert not refuse_address(whom=alice(), kind=PHONE, address="13800001234", now=NOW)
    assert (fresh(alice()).phone_verified_at, fresh(alice()).phone_refused_at) == (None, NOW)
    confirm_address(whom=alice(), kind=PHONE, address="13800001234", person=None, now=NOW)
    assert fresh(alice()).phone_refused_at is None


def test_an_address_that_is_no_longer_hers_is_not_confirmed() -> None:
    with pytest.raises(Refused):
        confirm_address(whom=alice(), kind=EMAIL, address="old@example.com", person=None, now=NOW)


def _change(whom: Person, **new: object) -> Person:
    known = {
        "display_name": whom.display_name,
        "email": whom.email,
        "phone": whom.phone,
        "language": whom.language,
        "time_zone": whom.time_zone,
        "is_active": True,
    }
    return change_person(whom=whom, person=ada(), **{**known, **new})  # type: ignore[arg-type]
