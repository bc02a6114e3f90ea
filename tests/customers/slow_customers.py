"""Tiers, cohorts, steps and counts once more, by their definitions: plain Python, slow, and nothing shared with ours.

An order is a customer, a day (a number), an amount, and how many orders it stands for (0: a refund).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple


class Order(NamedTuple):
    customer: int
    day: int
    amount: int
    orders: int


def month(day: int) -> int:
    at = date(1970, 1, 1) + timedelta(days=day)
    return (at.year - 1970) * 12 + at.month - 1


def bought(orders: Iterable[Order]) -> list[Order]:
    return [order for order in orders if order.orders > 0]


def first_days(orders: Sequence[Order]) -> dict[int, int]:
    found: dict[int, int] = {}
    for order in bought(orders):
        found[order.customer] = min(found.get(order.customer, order.day), order.day)
    return found


def tiers(
    orders: Sequence[Order], day: int, *, window: int, new: int, dormant: int, high: int
) -> dict[int, str]:
    seen = [order for order in orders if order.day <= day]
    first = first_days(seen)
    last = {who: max(order.day for order in bought(seen) if order.customer == who) for who in first}
    inside = [order for order in seen if order.day > day - window]
    often = {who: sum(order.orders for order in inside if order.customer == who) for who in first}
    money = {who: sum(order.amount for order in inside if order.customer == who) for who in first}
    active = [who for who in first if last[who] > day - window]

    def score(values: dict[int, int], who: int) -> int:
        everyone = sorted(values[one] for one in active)
        return 1 + 5 * bisect_left(everyone, values[who]) // len(everyone)

    found = {}
    for who in first:
        if last[who] <= day - dormant:
            found[who] = "dormant"
        elif often[who] >= 2 and score(often, who) + score(money, who) >= high:
            found[who] = "high"
        elif first[who] > day - new:
            found[who] = "new"
        else:
            found[who] = "potential"
    return found


def cohorts(orders: Sequence[Order]) -> dict[tuple[int, int], tuple[int, int]]:
    """By month of the first order and months since: customers who ordered, and what the cohort spent."""
    began = {who: month(day) for who, day in first_days(orders).items()}
    people: dict[tuple[int, int], set[int]] = {}
    amounts: Counter[tuple[int, int]] = Counter()
    for order in orders:
        if order.customer in began and month(order.day) >= began[order.customer]:
            key = (began[order.customer], month(order.day) - began[order.customer])
            amounts[key] += order.amount
            if order.orders:
                people.setdefault(key, set()).add(order.customer)
    return {
        key: (len(people.get(key, ())), amounts[key])
        for key in set(people) | set(amounts)
        if people.get(key) or amounts[key]
    }


def steps(
    orders: Sequence[Order], standing: dict[int, str], day: int, *, soon: int, window: int
) -> list[set[int]]:
    first = first_days(orders)
    acquired = {who for who, at in first.items() if day - soon - window < at <= day - soon}
    again = {
        who
        for who in acquired
        if sum(
            order.orders
            for order in orders
            if order.customer == who and first[who] <= order.day <= min(first[who] + soon, day)
        )
        >= 2
    }
    retained = {who for who in again if standing[who] != "dormant"}
    return [acquired, again, retained, {who for who in retained if standing[who] == "high"}]


def distinct(orders: Sequence[Order], first: int, last: int) -> set[int]:
    return {order.customer for order in bought(orders) if first <= order.day <= last}


def returning(orders: Sequence[Order], first: int, last: int) -> set[int]:
    often: Counter[int] = Counter()
    for order in orders:
        if first <= order.day <= last:
            often[order.customer] += order.orders
    return {who for who, count in often.items() if count >= 2}
