"""The guide's commands work as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Import
from tests.api.callers import token_of
from tests.people import ada, node, scope

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
COMMANDS = [block.strip() for block in re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.S)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_every_command_of_the_guide_is_answered_well(live_server: Any, tmp_path: Path) -> None:
    for area in ("company", "region:华东/上海", "channel:抖音直播"):
        scope(area)
    node("region:华东")
    _token, secret = token_of(ada())
    (tmp_path / "june.csv").write_text("date,channel,revenue\n2026-06-01,抖音直播,5\n")
    assert len(COMMANDS) > 8
    said = []
    for command in COMMANDS:
        line = re.sub(r"^export .*\n", "", command)
        if (sent := Import.objects.order_by("pk").last()) is not None:
            line = line.replace("/imports/1/", f"/imports/{sent.pk}/")  # the guide's own number for it
        code = subprocess.run(
            ["bash", "-c", line.replace("curl ", "curl -sS --noproxy '*' -o answer -w '%{http_code}' ", 1)],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
            env={"PATH": os.environ["PATH"], "SITE": live_server.url, "TOKEN": secret},
        )  # fmt: skip
        if code.stdout not in ("200", "201", "202"):
            said.append(f"{line}\n{code.stdout} {(tmp_path / 'answer').read_text()}")
    assert not said, "\n".join(said)
