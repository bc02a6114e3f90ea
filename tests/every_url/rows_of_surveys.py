"""Who may open surveys, their links, and the forms behind these: keepers of the whole company, and anybody."""

from __future__ import annotations

from typing import Any

from feedback.models import Driver, Survey, SurveyLink
from tests.every_url.told import EVERYBODY, METRIC_KEEPERS, NO_SUCH_METHOD, Row, row
from tests.every_url.world import World
from tests.feedback.made import a_link, a_survey, an_invitation

KEEPERS = METRIC_KEEPERS
KEEPERS_GO_ON = "403 3xx 403 403 3xx 403 login"
NO_FORM = "415 415 415 415 415 415 415"  # what the walk posts is none of a browser's


def the_survey(world: World) -> dict[str, Any]:
    return {"pk": (Survey.objects.filter(name="Walked").first() or a_survey("Walked")).pk}


def the_link(world: World) -> dict[str, Any]:
    return {"pk": _link(world).pk}


def closing(world: World) -> dict[str, Any]:
    return {"pk": _link(world).pk, "act": "close"}


def the_driver(world: World) -> dict[str, Any]:
    return {"pk": Driver.objects.get(code="price").pk}


def lifting(world: World) -> dict[str, Any]:
    return {**the_driver(world), "act": "up"}


def the_form(world: World) -> dict[str, Any]:
    return {"slug": _link(world).slug}


def her_form(world: World) -> dict[str, Any]:
    link = _link(world)
    if not link.invitations.exists():
        an_invitation(link, token="walked")
    return {"token": "walked"}


def _link(world: World) -> SurveyLink:
    survey = Survey.objects.get(**the_survey(world))
    found = survey.links.filter(slug="walked-door").first() or a_link(survey, slug="walked-door")
    SurveyLink.objects.filter(pk=found.pk).update(open=True)
    return found


OF_SURVEYS: dict[str, Row] = {
    "feedback:surveys": row(KEEPERS),
    "feedback:survey_new": row(KEEPERS, POST=KEEPERS),
    "feedback:survey_first": row(NO_SUCH_METHOD, POST=KEEPERS_GO_ON),
    "feedback:rated": row(KEEPERS, POST=KEEPERS),
    "feedback:driver": row(KEEPERS, POST=KEEPERS, at=the_driver),
    "feedback:driver_act": row(NO_SUCH_METHOD, POST=KEEPERS_GO_ON, at=lifting),
    "feedback:survey": row(KEEPERS, at=the_survey),
    "feedback:survey_edit": row(KEEPERS, POST=KEEPERS, at=the_survey),
    "feedback:link_new": row(KEEPERS, POST=KEEPERS, at=the_survey),
    "feedback:link": row(KEEPERS, at=the_link),
    "feedback:link_qr": row(KEEPERS, at=the_link),
    "feedback:link_switch": row(NO_SUCH_METHOD, POST=KEEPERS_GO_ON, at=closing),
    "feedback:invitations": row(NO_SUCH_METHOD, POST=KEEPERS, at=the_link),
    "feedback:form": row(EVERYBODY, POST=NO_FORM, at=the_form),
    "feedback:invited": row(EVERYBODY, POST=NO_FORM, at=her_form),
    "api:feedback_answers": row("200 200 403 403 200 403 401", POST="403 415 403 415 415 403 401"),
}
