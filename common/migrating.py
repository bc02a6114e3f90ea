"""Migrations that take seconds instead of a minute.

At each step Django makes anew the classes of all models that are related to the changed one in any way, which are
nearly all of ours, hundreds of times: that is what takes the minute, not the database. A step that only adds reads no
more than its own model and the tables that it points to, so there the one class is enough. Python (RunPython) is
shown all of them anew by Django itself, since the state says that it is delayed; other steps go Django's own way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.migrations import Migration
from django.db.migrations import operations as steps
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

_ADD = (
    steps.CreateModel, steps.AddField, steps.AddConstraint, steps.RemoveConstraint, steps.AddIndex,
    steps.RemoveIndex, steps.AlterModelOptions, steps.AlterModelManagers, steps.RunSQL, steps.RunPython,
)  # fmt: skip


class QuickExecutor(MigrationExecutor):
    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        if all(_looks_at_itself(step) for step in migration.operations):
            with _only_itself_anew():
                return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
        state.clear_delayed_apps_cache()
        return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)


def _looks_at_itself(step: Any) -> bool:
    """What others point to is changed together with them: keys, and what is unique."""
    if type(step) is steps.AlterField:
        return not (step.field.primary_key or step.field.unique or step.field.is_relation)
    return type(step) in _ADD


@contextmanager
def _only_itself_anew() -> Iterator[None]:
    def reload_model(self: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
        if "apps" in self.__dict__:
            self.is_delayed = True
            self._reload({(app_label, model_name)})  # type: ignore[attr-defined]

    with patch.object(ProjectState, "reload_model", reload_model):
        yield
