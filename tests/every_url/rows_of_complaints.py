"""Who may open what of complaints: whoever looks sees the board and causes, and no complaint.

"feedback:complaint": row(HANDLERS, at=a_complaint, foreign=a_foreign_complaint),
"""

from __future__ import annotations

from typing import Any

from feedback.models import Complaint
from tests.every_url.told import NO_SUCH_METHOD, WITH_A_GRANT, Row, row
from tests.every_url.world import World
from tests.feedback.made import a_cause
from tests.feedback.made import a_complaint as made_complaint

HANDLERS = "200 200 403 403 200 403 login"
HANDLERS_ARE_TOLD = "422 422 403 403 422 403 login"  # what is missing
KEEPERS_ARE_TOLD = "403 422 403 403 422 403 login"


def a_complaint(world: World) -> dict[str, Any]:
    return {"pk": _of("region:华东/上海")}


def a_foreign_complaint(world: World) -> dict[str, Any]:
    return {"pk": _of("region:华北/北京分店")}


def _of(area: str) -> int:
    found = Complaint.objects.filter(scope__key=area).first()
    return (found or made_complaint(area=area)).pk


def to_note(world: World) -> dict[str, Any]:
    return {**a_complaint(world), "act": "note"}


def to_note_elsewhere(world: World) -> dict[str, Any]:
    return {**a_foreign_complaint(world), "act": "note"}


def the_cause(world: World) -> dict[str, Any]:
    return {"pk": a_cause("Walked").pk}


def a_made_up_token(world: World) -> dict[str, Any]:
    return {"token": "nothing"}


OF_COMPLAINTS: dict[str, Row] = {
    "feedback:follow_up": row(
        "410 410 410 410 410 410 410", POST="415 415 415 415 415 415 415", at=a_made_up_token
    ),
    "feedback:queue": row("200 200 3xx 3xx 200 403 login"),
    "feedback:complaints_file": row(NO_SUCH_METHOD, POST=HANDLERS),
    "feedback:complaint_new": row(HANDLERS, POST=HANDLERS_ARE_TOLD),
    "feedback:complaint": row(HANDLERS, at=a_complaint, foreign=a_foreign_complaint),
    "feedback:complaint_act": row(
        NO_SUCH_METHOD, POST=HANDLERS_ARE_TOLD, at=to_note, foreign=to_note_elsewhere
    ),
    "feedback:solve": row(HANDLERS, POST=HANDLERS_ARE_TOLD, at=a_complaint, foreign=a_foreign_complaint),
    "feedback:causes": row(WITH_A_GRANT),
    "feedback:cause": row(WITH_A_GRANT, POST=KEEPERS_ARE_TOLD, at=the_cause),
    "feedback:board": row(WITH_A_GRANT),
}
