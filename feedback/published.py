"""Under which names feedback speaks on the spine."""

from __future__ import annotations

from django.utils import timezone

from kpis.facts import FactTable, register_facts
from kpis.work import register_feeding

# One source for all ways in: sources of a measure are alternatives, and answers of a form and of a file add up.
SOURCE = "feedback"
TABLE = "feedback"  # of facts; also the sink of files
OF_ANSWERS = (
    "responses", "promoters", "passives", "detractors", "csat_responses", "csat_sum", "csat_satisfied",
    "ces_responses", "ces_sum",
)  # fmt: skip
OF_INVITATIONS = ("survey_invitations", "survey_invited_answers")
OF_COMPLAINTS = (
    "complaints", "answers_due", "answered_in_time", "solutions_due", "solved_in_time", "repeats",
)  # fmt: skip
PUBLISHED = (*OF_ANSWERS, *OF_INVITATIONS, *OF_COMPLAINTS)


def register() -> None:
    register_facts(FactTable(TABLE, "feedback_feedbackday", ("channel", "region", "product")))
    register_feeding(_feed)


def _feed() -> bool:
    from feedback.services.publishing import publish_next

    return publish_next(now=timezone.now())
