"""Attribution as people have it done: a million touches imported, then the whole job with all its models and results.

The job is what a worker does: it reads every touch, follows 200,000 customers, divides by eight models for each month
and on the whole, and writes results and published figures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from config.bench.attribution import CHANNELS, PATHS, TOUCHES, made
from config.bench.imports import import_file, manage
from config.bench.running import PROJECT, head, row

MONTHS = 12
AT_MOST = 60.0
WORK = """
import json, time
from decimal import Decimal
from django.utils import timezone
from channels.attribution import Model
from channels.models import AttributionRun, Credit
from channels.services.attribution_settings import SettingsDraft, keep_settings
from organization.models import Job, Node
from organization.services.jobs import work_next_job
direct = Node.objects.filter(dimension="channel", depth=1).order_by("path")[0]
keep_settings(
    draft=SettingsDraft(tuple(Model), (Model.LINEAR, Model.MARKOV), Decimal(168), 1, 90, direct),
    based_on=0, person=None, now=timezone.now(),
)
began = time.monotonic()
assert work_next_job()
taken = time.monotonic() - began
job = Job.objects.get()
assert job.state == "done", job.error
run = AttributionRun.objects.get()
assert Credit.objects.filter(month=None).count() == 8 * %(channels)s
print(json.dumps([taken, run.touches, run.paths]))
"""


def measure(url: str, folder: Path) -> None:
    head(f"A million touches as a file: {PATHS:,} customers, {CHANNELS} channels, {MONTHS} months")
    manage(url, "migrate", "--verbosity", "0")
    file = folder / "touches.csv"
    write(file)
    came = import_file(url, file)
    row(f"import of {TOUCHES:,} touches", came.seconds, "", None, f"{AT_MOST:.0f} s")
    said = subprocess.run(  # noqa: S603  (our own command, with what we wrote)
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", WORK % {"channels": CHANNELS}],
        cwd=PROJECT, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    taken, touches, paths = json.loads(said.strip().splitlines()[-1])
    row(f"the job, eight models: {touches:,} touches", taken, f"{paths:,} paths", None, f"{AT_MOST:.0f} s")


def write(file: Path) -> None:
    """The paths of the other benchmark as the log that they would come from."""
    paths = made()
    draw = np.random.default_rng(7)
    ends = datetime(2026, 10, 31) - timedelta(days=30 * MONTHS)  # noqa: DTZ001
    seconds = draw.integers(0, 30 * MONTHS * 86_400, PATHS)
    assert paths.hours is not None
    moments = pd.Timestamp(ends) + pd.to_timedelta(
        seconds[paths.owners] - (paths.hours * 3600).astype(np.int64), unit="s"
    )
    lasts = paths.starts[1:] - 1
    converted = np.zeros(TOUCHES, dtype=np.int64)
    converted[lasts] = paths.conversions.astype(np.int64)
    pd.DataFrame(
        {
            "key": np.char.add("c", paths.owners.astype(str)),
            "time": moments.strftime("%Y-%m-%d %H:%M:%S"),
            "channel": np.array(paths.channels)[paths.touches],
            "converted": converted,
            "value": np.where(converted > 0, draw.integers(20, 900, TOUCHES), ""),
        }
    ).to_csv(file, index=False)
