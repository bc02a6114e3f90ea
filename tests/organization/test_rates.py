"""What foreign money is worth, and in whose money all is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kpis.services import ensure_source
from organization.currencies import RateEntry, currencies, parse_rates, sign_of
from organization.models import AuditEntry, Company, Rate
from organization.selectors.rates import currency_sign, forget_currency, rate_table
from organization.services import Refused, update_company
from organization.services.rates import remove_rate, set_rates
from tests.people import ada, dana, person

D = Decimal


@pytest.fixture(autouse=True)
def _no_currency_left_behind() -> Iterator[None]:
    forget_currency()
    yield
    forget_currency()


def entry(day: str, worth: str, currency: str = "USD") -> RateEntry:
    return RateEntry(currency, date.fromisoformat(day), D(worth))


def browser(who: str = "dana") -> Client:
    client = Client()
    client.force_login(ada() if who == "ada" else dana(), backend="django.contrib.auth.backends.ModelBackend")
    return client


# -- Pasted text


@pytest.mark.parametrize(
    "text",
    [
        "USD, 2025-08-01, 7.1",
        "usd\t2025/8/1\t7.10",
        "USD；2025年8月1日；７.1",
        "\ufeffCurrency,Day,Rate\nUSD,20250801,7.1\n\n",
        '"USD","2025-08-01","7.1"',
    ],
)
def test_rates_are_read_however_they_are_pasted(text: str) -> None:
    assert parse_rates(text) == ([entry("2025-08-01", "7.1")], [])


@pytest.mark.parametrize(
    "line",
    ["USD,2025-02-30,7", "XXQ,2025-08-01,7", "USD,2025-08-01,0", "USD,2025-08-01,-7", "USD,2025-08-01,0x7", "USD 7", "1,2,3"],
)  # fmt: skip
def test_a_line_that_is_no_rate_is_named_and_not_guessed(line: str) -> None:
    entries, odd = parse_rates(f"USD,2025-08-02,7\n{line}")
    assert (len(entries), odd) == (1, [(2, line)])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(currencies())),
            st.dates(date(1990, 1, 1), date(2100, 1, 1)),
            st.decimals("0.0000000001", 10**8, places=10),
        ),
        max_size=20,
    )
)
def test_every_rate_that_is_written_is_read_back(rates: list[tuple[str, date, Decimal]]) -> None:
    text = "\n".join(f"{code},{day},{rate:f}" for code, day, rate in rates)
    assert parse_rates(text) == ([RateEntry(*one) for one in rates], [])


# -- Kept


@pytest.mark.django_db
def test_a_rate_holds_from_its_day_until_the_next() -> None:
    set_rates(entries=[entry("2025-08-01", "7"), entry("2025-09-01", "8")], person=dana())
    table = rate_table(against="CNY")
    days = ("2025-07-31", "2025-08-01", "2025-08-31", "2025-09-01", "2026-01-01")
    assert [table.on("USD", date.fromisoformat(day)) for day in days] == [None, D(7), D(7), D(8), D(8)]
    assert table.on("EUR", date(2025, 8, 1)) is None


@pytest.mark.django_db
def test_a_rate_is_corrected_and_removed_and_the_history_says_so() -> None:
    set_rates(entries=[entry("2025-08-01", "7")], person=dana())
    before = rate_table(against="CNY").digest("USD")
    done = set_rates(entries=[entry("2025-08-01", "7"), entry("2025-08-01", "7.2")], person=dana())
    assert (done.new, done.corrected, Rate.objects.get().rate) == (0, 1, D("7.2"))
    assert rate_table(against="CNY").digest("USD") != before
    remove_rate(rate=Rate.objects.get(), person=dana())
    told = list(AuditEntry.objects.order_by("pk").values_list("action", "person__username"))
    assert told == [("rate.set", "dana"), ("rate.change", "dana"), ("rate.remove", "dana")]
    change = AuditEntry.objects.get(action="rate.change").details
    assert (change["before"], change["after"]) == ("7", "7.2")


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [entry("2025-08-02", "1", "CNY"), entry("2025-08-02", "1", "ABC")])
def test_of_several_rates_with_a_wrong_one_none_is_kept(wrong: RateEntry) -> None:
    with pytest.raises(Refused):
        set_rates(entries=[entry("2025-08-01", "7"), wrong], person=None)
    assert not Rate.objects.exists()


@pytest.mark.django_db
def test_dana_adds_pastes_and_removes_rates_on_their_page() -> None:
    client, address = browser(), reverse("organization:rates")
    client.post(address, {"currency": "USD", "first_day": "2025-08-01", "rate": "7.10"})
    said = client.post(
        address, {"text": "USD,2025-08-01,7.2\nEUR,2025-08-01,8"}, follow=True
    ).content.decode()
    assert "1 rate added. 1 rate corrected." in said
    assert "7.2" in said
    wrong = client.post(address, {"text": "USD,2025-08-01,7.3\nnot a rate 1"}).content.decode()
    assert "not a rate 1" in wrong
    assert "Nothing was changed" in wrong
    assert set(Rate.objects.values_list("currency", "rate")) == {("USD", D("7.2")), ("EUR", D(8))}
    client.post(reverse("organization:rate_remove", args=[Rate.objects.get(currency="EUR").pk]))
    assert Rate.objects.count() == 1


# -- The company's own money


@pytest.mark.parametrize(
    ("code", "sign"),
    [("CNY", "¥"), ("USD", "$"), ("EUR", "€"), ("JPY", "¥"), ("HKD", "HK$"), ("CHF", "CHF\u00a0")],
)
def test_money_stands_behind_the_shortest_sign(code: str, sign: str) -> None:
    assert sign_of(code) == sign


def change_currency(currency: str, *, sure: bool = False) -> Company:
    return update_company(
        name="Plumbline", name_zh="", currency=currency, fiscal_year_start=1, close_after_working_days=5, sure=sure,
        person=ada(),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_companys_currency_is_shown_everywhere_and_changes_freely_until_there_are_amounts() -> None:
    assert currency_sign() == "¥"
    change_currency("EUR")
    assert currency_sign() == "€"
    assert '"currency": "\\u20ac"' in browser("ada").get(reverse("organization:settings")).content.decode()
    source = ensure_source(code="files", name="Files", facts="channels")
    source.revision = 1
    source.save()
    with pytest.raises(Refused, match="converts nothing"):
        change_currency("USD")
    assert Company.objects.get().currency == "EUR"
    change_currency("USD", sure=True)
    assert currency_sign() == "$"
    with pytest.raises(Refused):
        change_currency("ABC", sure=True)


@pytest.mark.django_db(transaction=True)
def test_ada_is_warned_before_amounts_are_shown_in_another_currency() -> None:
    ensure_source(code="files", name="Files", facts="channels")
    from kpis.models import Source

    Source.objects.update(revision=1)
    client, address = browser("ada"), reverse("organization:settings")
    form = {
        "name": "P",
        "currency": "USD",
        "fiscal_year_start": 1,
        "close_after_working_days": 5,
        "calibration_threshold": "15%",
    }
    assert 'type="checkbox" name="sure"' not in client.get(address).content.decode()
    warned = client.post(address, form).content.decode()
    assert "100 CNY would read as 100 USD" in warned
    assert 'type="checkbox" name="sure"' in warned
    client.post(address, {**form, "sure": "on"})
    assert Company.objects.get().currency == "USD"


@pytest.mark.django_db
def test_finance_of_a_part_of_the_company_keeps_no_rates() -> None:
    client = Client()
    client.force_login(
        person("Part", "finance", "region:华东"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get(reverse("organization:rates")).status_code == 403
