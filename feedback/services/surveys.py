"""Surveys: what is asked, in which words, and which drivers are rated beside the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from feedback.models import Driver, Survey
from organization.models import Person
from organization.services import Refused, record

FIRST = ("Customer survey", "客户调查")  # names of the one that is made at a click: English, Chinese


class ChangedMeanwhile(Refused):
    """Somebody else has saved the survey since this form was opened."""


@dataclass(frozen=True, kw_only=True)
class SurveyDraft:
    """What a survey says of itself; texts that are empty are the usual ones."""

    name: str
    asks_nps: bool = True
    asks_csat: bool = False
    asks_ces: bool = False
    asks_comment: bool = True
    asks_contact: bool = True
    title: str = ""
    title_zh: str = ""
    thanks: str = ""
    thanks_zh: str = ""
    open: bool = True
    drivers: Sequence[Driver] = ()

    def columns(self) -> dict[str, object]:
        found = asdict(self)
        del found["drivers"]
        return found


@transaction.atomic
def make_survey(*, draft: SurveyDraft, person: Person, now: datetime) -> Survey:
    """Raises Refused where it asks for no score, or another one has its name."""
    _check(draft)
    try:
        with transaction.atomic():
            made = Survey.objects.create(**draft.columns(), made_at=now, made_by=person)
    except IntegrityError:
        raise _name_taken(draft.name) from None
    made.drivers.set(draft.drivers)
    record(action="feedback.survey", subject="company", person=person, survey=made.pk, name=made.name)
    return made


def make_first_survey(*, chinese: bool, person: Person, now: datetime) -> Survey:
    """A survey as most begin: how likely people would recommend us, what they think of each driver, and why.

    The same one where it is there already (a double click).
    """
    name = FIRST[1] if chinese else FIRST[0]
    found = Survey.objects.filter(name__in=FIRST).first()
    if found is not None:
        return found
    drivers = list(Driver.objects.filter(archived_at__isnull=True))
    try:
        return make_survey(draft=SurveyDraft(name=name, drivers=drivers), person=person, now=now)
    except Refused:
        return Survey.objects.get(name=name)


@transaction.atomic
def edit_survey(*, survey: Survey, draft: SurveyDraft, revision: int, person: Person) -> Survey:
    """Raises ChangedMeanwhile where `revision` is not the one that stands, else as `make_survey` does."""
    _check(draft)
    row = Survey.objects.select_for_update().get(pk=survey.pk)
    if row.revision != revision:
        raise ChangedMeanwhile(
            _("Somebody else has saved this survey meanwhile. Look at what it says now, then save again.")
        )
    said = draft.columns()
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    drivers = {driver.pk for driver in draft.drivers}
    others = drivers != set(row.drivers.values_list("pk", flat=True))
    if not changed and not others:
        return row
    for name in changed:
        setattr(row, name, said[name])
    row.revision += 1
    try:
        with transaction.atomic():
            row.save(update_fields=[*changed, "revision"])
    except IntegrityError:
        raise _name_taken(draft.name) from None
    row.drivers.set(drivers)
    fields = [*changed, *(["drivers"] if others else [])]
    record(
        action="feedback.survey",
        subject="company",
        person=person,
        survey=row.pk,
        name=row.name,
        fields=fields,
    )
    return row


def _check(draft: SurveyDraft) -> None:
    if not (draft.asks_nps or draft.asks_csat or draft.asks_ces):
        raise Refused(_("Choose at least one score: without one there is nothing to count."))


def _name_taken(name: str) -> Refused:
    return Refused(_("Another survey is called “%(name)s”. Give this one another name.") % {"name": name})
