"""What matters and does poorly comes first."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from feedback.driver_map import Driven, Place, driver_map

D = Decimal


def driven(name: str, effect: str, half: str, mean: str) -> Driven:
    return Driven(name, D(effect), D(effect) - D(half), D(effect) + D(half), D(mean))


def test_each_driver_has_its_place() -> None:
    found = driver_map(
        [
            driven("service", "1.2", "0.2", "2.5"),
            driven("quality", "0.9", "0.2", "4.5"),
            driven("price", "0.1", "0.2", "2.0"),
            driven("delivery", "0.2", "0.1", "4.4"),
        ]
    )
    assert found is not None
    assert {one.name: place for one, place in found.drivers} == {
        "service": Place.BEGIN, "quality": Place.KEEP, "price": Place.LATER, "delivery": Place.ENOUGH,
    }  # fmt: skip
    assert (found.effect, found.mean) == (D("0.6"), D("3.35"))


def test_what_may_be_nothing_does_not_matter_however_large_it_looks() -> None:
    found = driver_map([driven("service", "1.2", "1.3", "2.5"), driven("price", "0.1", "0.05", "4")])
    assert found is not None
    assert [place for _one, place in found.drivers] == [Place.LATER, Place.ENOUGH]
    assert not found.drivers[0][0].clear


def test_without_drivers_there_is_no_map() -> None:
    assert driver_map([]) is None


def hundredths(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low * 100, high * 100).map(lambda number: D(number) / 100)


@given(st.lists(st.tuples(hundredths(-3, 3), hundredths(0, 2), hundredths(1, 5)), min_size=1, max_size=8))
def test_every_driver_has_one_place_and_order_does_not_matter(
    given_ones: list[tuple[Decimal, Decimal, Decimal]],
) -> None:
    drivers = [
        Driven(str(n), effect, effect - half, effect + half, mean)
        for n, (effect, half, mean) in enumerate(given_ones)
    ]
    one, other = driver_map(drivers), driver_map(drivers[::-1])
    assert one is not None
    assert other is not None
    assert sorted(one.drivers, key=str) == sorted(other.drivers, key=str)
    assert sum(len(one.at(place)) for place in Place) == len(drivers)
    assert all(each.low > 0 for place in (Place.BEGIN, Place.KEEP) for each in one.at(place))
