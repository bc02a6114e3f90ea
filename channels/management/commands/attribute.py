"""Divides the conversions of a file of paths and prints the credits as JSON: `attribute --model markov --paths FILE`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.attribution import EXACT_TO, HALF_LIFE_HOURS, AttributionRefused, Credits, Model, attribute
from channels.path_files import PathFile, read_paths, refusal
from ingest.errors import FileRefused


class Command(BaseCommand):
    help = (
        "Divide the conversions of a file over the channels of its paths, and print the credits as JSON, the largest"
        " first; they add up to the total. The file is a CSV of path,conversions,nulls and, if known, hours: a path is"
        " written a>b>c, its hours before the conversion 72>24>0. Nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", required=True, help=", ".join(Model))
        parser.add_argument("--paths", required=True, type=Path, metavar="FILE")
        parser.add_argument(
            "--direct", default="", metavar="NAME", help="the channel that last-non-direct passes over"
        )
        parser.add_argument(
            "--half-life-hours",
            type=float,
            default=HALF_LIFE_HOURS,
            metavar="H",
            help=f"of time-decay, {HALF_LIFE_HOURS:.0f} where nothing is said",
        )
        parser.add_argument(
            "--order", type=int, default=1, metavar="K", help="of markov: 1 (where nothing is said), 2 or 3"
        )

    def handle(
        self, *, model: str, paths: Path, direct: str, half_life_hours: float, order: int, **options: Any
    ) -> None:
        if model not in set(Model):
            raise CommandError(f"{model!r} is no model; write {', '.join(Model)}.")
        if model == Model.LAST_NON_DIRECT and not direct:
            raise CommandError(f"{model} needs --direct NAME: which channel is direct?")
        try:
            file = read_paths(Path(paths))
        except (OSError, FileRefused, ValueError) as error:
            raise CommandError(str(error)) from error
        try:
            credits = attribute(
                file.paths, Model(model), direct=direct, half_life_hours=half_life_hours, order=order
            )
        except AttributionRefused as refused:
            raise CommandError(refusal(refused, file.lines)) from refused
        self._note(file, credits, direct if model == Model.LAST_NON_DIRECT else "")
        self.stdout.write(
            json.dumps({"credits": credits.by_channel, "total": credits.total}, ensure_ascii=False)
        )

    def _note(self, file: PathFile, credits: Credits, direct: str) -> None:
        if direct and direct not in file.paths.channels:
            self.stderr.write(f"No path holds {direct!r}, so this is the last touch.")
        if credits.error:
            self.stderr.write(
                f"Of more than {EXACT_TO} channels Shapley values are estimated: standard errors up to"
                f" {max(credits.error.values()):.6g} conversions."
            )
