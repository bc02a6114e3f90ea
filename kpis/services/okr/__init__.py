"""Everything that writes objectives, key results and check-ins. Who may is the views' to ask the gate."""

from kpis.services.okr.check_ins import check_in, tick_milestone
from kpis.services.okr.closing import carry_over, close_objective
from kpis.services.okr.errors import KeyResultMoved, ObjectiveMoved, ObjectiveRefused
from kpis.services.okr.key_results import (
    KeyResultDraft,
    MilestoneDraft,
    add_key_result,
    edit_key_result,
    remove_key_result,
)
from kpis.services.okr.objectives import (
    ObjectiveDraft,
    begin_objective,
    edit_objective,
    make_objective,
    remove_objective,
)
from kpis.services.okr.reminding import remind, reminders_wait

__all__ = [
    "KeyResultDraft",
    "KeyResultMoved",
    "MilestoneDraft",
    "ObjectiveDraft",
    "ObjectiveMoved",
    "ObjectiveRefused",
    "add_key_result",
    "begin_objective",
    "carry_over",
    "check_in",
    "close_objective",
    "edit_key_result",
    "edit_objective",
    "make_objective",
    "remind",
    "reminders_wait",
    "remove_key_result",
    "remove_objective",
    "tick_milestone",
]
