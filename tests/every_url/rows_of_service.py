"""Who may look at service levels, keep them, and read complaints by a program."""

from __future__ import annotations

from typing import Any

from feedback.models import AssignmentRule, Complaint
from tests.every_url.told import METRIC_KEEPERS, RULE_WRITERS, Row, row
from tests.every_url.world import World
from tests.feedback.made import a_complaint
from tests.people import scope

SURVEY_KEEPERS = METRIC_KEEPERS  # whoever keeps them for the whole company
AMENDED = "403 422 403 403 422 403 login"  # by those, of an empty form
API_COMPLAINT_READERS = "200 200 403 403 200 403 401"
COMPLAINT_READERS = RULE_WRITERS  # whoever handles complaints somewhere


def a_rule_for_complaints(world: World) -> dict[str, Any]:
    made, _new = AssignmentRule.objects.get_or_create(
        name="Walked", defaults={"scope": scope("company"), "assigns_by": "duty", "duty": "service"}
    )
    return {"pk": made.pk}


def a_complaint_of_nowhere(world: World) -> dict[str, Any]:
    """Of the company: Alice leads a region of it."""
    found = Complaint.objects.filter(key="walked").first() or a_complaint(key="walked")
    return {"pk": found.pk}


OF_SERVICE: dict[str, Row] = {
    "feedback:service": row(COMPLAINT_READERS, POST=AMENDED),
    "feedback:assignment_new": row(SURVEY_KEEPERS, POST=AMENDED),
    "feedback:assignment": row(SURVEY_KEEPERS, POST=AMENDED, at=a_rule_for_complaints),
    "feedback:categories": row(SURVEY_KEEPERS, POST=SURVEY_KEEPERS),
    "api:complaints": row(API_COMPLAINT_READERS, POST="415 415 403 403 415 403 401"),
    "api:complaint": row(
        "404 200 403 403 200 403 401", at=a_complaint_of_nowhere, foreign=a_complaint_of_nowhere
    ),
}
