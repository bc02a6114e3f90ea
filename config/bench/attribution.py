"""How long dividing a million touches takes: 200,000 paths over 12 channels, of which a tenth converted.

Beside it, Markov by the package ChannelAttribution, which simulates: BENCH_CHANNELATTRIBUTION names a Python that has
it (with matplotlib) in an environment of its own; without, these are left out. It has no Shapley and no time decay.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from channels.attribution import Model, Paths, attribute
from config.bench.running import head, row

TOUCHES, PATHS, CHANNELS = 1_000_000, 200_000, 12
AT_MOST = 20.0
BESIDE = """
import json, sys, time
import pandas as pd
from ChannelAttribution import markov_model
data = pd.read_csv(sys.argv[1])
began = time.monotonic()
found = markov_model(data, "path", "conversions", var_null="nulls", order=int(sys.argv[2]), verbose=False, flg_pro=False)
taken = time.monotonic() - began
print(json.dumps([taken, dict(zip(found["channel_name"], found["total_conversions"]))]))
"""


def measure() -> None:
    head(f"Attribution of {TOUCHES:,} touches: {PATHS:,} paths, {CHANNELS} channels")
    paths = made()
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
        file = Path(folder) / "paths.csv"
        _write(paths, file)
        for model in Model:
            for order in (1, 2, 3) if model is Model.MARKOV else (1,):
                began = time.monotonic()
                found = attribute(paths, model, direct=paths.channels[0], order=order)
                taken = time.monotonic() - began
                assert abs(sum(found.by_channel.values()) - found.total) < 1e-9 * found.total
                figure = f"{model}, order {order}" if model is Model.MARKOV else str(model)
                python = os.environ.get("BENCH_CHANNELATTRIBUTION")
                if model is not Model.MARKOV or not python:
                    row(figure, taken, "", None, f"{AT_MOST:.0f} s")
                    continue
                theirs, credits = _beside(python, file, order)
                apart = (
                    max(abs(credits[name] - share) for name, share in found.by_channel.items()) / found.total
                )
                row(figure, taken, f"ChannelAttribution ({theirs:.2f})", taken / theirs, f"{AT_MOST:.0f} s")
                print(f"{'':46}{'':10}  credits at most {apart:.2%} of all conversions apart")


def made() -> Paths:
    draw = np.random.default_rng(6)
    cuts = np.sort(draw.choice(np.arange(1, TOUCHES), PATHS - 1, replace=False))
    starts = np.concatenate(([0], cuts, [TOUCHES])).astype(np.int64)
    shares = draw.dirichlet(np.full(CHANNELS, 3.0))
    touches = draw.choice(CHANNELS, TOUCHES, p=shares).astype(np.int64)
    newest = draw.uniform(0, 48, PATHS)
    ages = draw.uniform(0, 72, TOUCHES)
    ages[starts[1:] - 1] = newest
    hours = np.cumsum(ages[::-1])[::-1]  # grows backwards along each path, with the next ones taken off
    hours -= np.repeat(np.append(hours[starts[1:-1]], 0.0), np.diff(starts))
    rate = draw.uniform(0.02, 0.18, CHANNELS)
    converted = (draw.random(PATHS) < rate[touches[starts[1:] - 1]]).astype(np.float64)
    names = tuple(f"channel {number:02d}" for number in range(CHANNELS))
    return Paths(names, touches, starts, converted, 1 - converted, np.maximum(hours, 0.0))


def _write(paths: Paths, file: Path) -> None:
    names = np.array(paths.channels)[paths.touches]
    with file.open("w", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(["path", "conversions", "nulls"])
        for steps, count in zip(np.split(names, paths.starts[1:-1]), paths.conversions, strict=True):
            lines.writerow([">".join(steps), int(count), 1 - int(count)])


def _beside(python: str, file: Path, order: int) -> tuple[float, dict[str, float]]:
    """Its seconds without reading the file, and its credits."""
    said = subprocess.run(  # noqa: S603  (the environment that whoever runs this has named)
        [python, "-c", BESIDE, str(file), str(order)], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    seconds, credits = json.loads(said.strip().splitlines()[-1])
    return seconds, credits


if __name__ == "__main__":
    measure()
