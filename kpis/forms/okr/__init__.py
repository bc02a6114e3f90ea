"""Reading what somebody wrote about an objective, a key result, its milestones, a check-in."""

from kpis.forms.okr.key_results import (
    BaseMilestones,
    KeyResultForm,
    key_result_initial,
    milestone_rows,
    put_refusal,
)
from kpis.forms.okr.objectives import ObjectiveForm, objective_initial
from kpis.forms.okr.saying import CheckInForm, ClosingForm

__all__ = [
    "BaseMilestones",
    "CheckInForm",
    "ClosingForm",
    "KeyResultForm",
    "ObjectiveForm",
    "key_result_initial",
    "milestone_rows",
    "objective_initial",
    "put_refusal",
]
