"""How long a proposal takes: 12 channels with 400 curves each, bounds and tiers; and fitting one channel's three years."""

from __future__ import annotations

import time

import numpy as np

from channels.allocation import Option, propose, share_limit
from channels.response import Curve, Floats, adstock, fit_one, hill
from config.bench.running import head, row

CHANNELS, DRAWS, WEEKS = 12, 400, 156
AT_MOST, FIT_AT_MOST = 2.0, 5.0
GROUPS = {"core": 0.7, "secondary": 0.2, "potential": 0.1}


def measure() -> None:
    head(f"Allocation: {CHANNELS} channels, {DRAWS} curves each")
    options = made()
    total = sum(option.today for option in options)
    began = time.monotonic()
    plan = propose(options, total, weeks=13)
    row("a proposal", time.monotonic() - began, "", None, f"{AT_MOST:.0f} s")
    assert sum(plan.split.values()) == total
    having = {group: sum(one.today for one in options if one.group == group) for group in GROUPS}
    limits = {
        group: share_limit(total, having[group], share - 0.05, share + 0.05)
        for group, share in GROUPS.items()
    }
    began = time.monotonic()
    propose(options, total, weeks=13, limits=limits)
    row("a proposal, 70/20/10 kept", time.monotonic() - began, "", None, f"{AT_MOST:.0f} s")
    spend, outcome = weeks()
    began = time.monotonic()
    fit_one(spend, outcome)
    row(f"fitting a channel of {WEEKS} weeks", time.monotonic() - began, "", None, f"{FIT_AT_MOST:.0f} s")


def made() -> list[Option]:
    random = np.random.default_rng(3)
    options = []
    for at in range(CHANNELS):
        usual = float(random.uniform(2e4, 2e5))
        curve = Curve(
            usual,
            2 * usual,
            random.uniform(0, 0.8, DRAWS),
            random.choice([0.6, 1.0, 2.0, 3.0], DRAWS),
            random.uniform(0.2, 4, DRAWS),
            np.full(DRAWS, usual * random.uniform(0.5, 8)),
        )
        today = int(usual * 13 * 100)
        options.append(
            Option(
                f"c{at:02}", today, int(today * 0.7), int(today * 1.3), curve, list(GROUPS)[at % len(GROUPS)]
            )
        )
    return options


def weeks() -> tuple[Floats, Floats]:
    random = np.random.default_rng(1)
    spend = np.exp(0.35 * random.standard_normal(WEEKS))
    outcome = 3 * hill(adstock(spend, 0.3), 1.0, 1.0) + 1 + 0.1 * random.standard_normal(WEEKS)
    return spend, np.asarray(np.maximum(outcome, 0))


if __name__ == "__main__":
    measure()
