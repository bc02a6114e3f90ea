"""Measures of one's own. Each takes the next place in every row of amounts, for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.listing import listed
from kpis.models import Measure, Metric, OverTime, Unit
from organization.models import Person
from organization.services import record
from organization.slugs import slugify

MOST = 200  # each one widens every row of amounts
LONGEST_CODE = 50
# What columns of files mean besides amounts.
RESERVED = frozenset(
    [
        "day",
        "date",
        "channel",
        "campaign",
        "content",
        "region",
        "province",
        "city",
        "store",
        "product",
        "currency",
    ]
)


class MeasureRefused(ValueError):
    """It cannot be; the message says why, for people. `field` is where on the form it belongs."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class MeasureMoved(Exception):
    """Somebody else saved it first; nothing was written."""

    def __init__(self, current: Measure) -> None:
        super().__init__(current.code)
        self.current = current


@dataclass(frozen=True)
class MeasureDraft:
    """`code`, unit and how it behaves over time are fixed once it is made: amounts may have been kept by then."""

    name: str
    name_zh: str = ""
    code: str = ""
    unit: str = Unit.COUNT
    over_time: str = OverTime.SUM
    signed: bool = False


@transaction.atomic
def make_measure(*, draft: MeasureDraft, person: Person | None) -> Measure:
    """Makes a measure in the next free place. Raises MeasureRefused before anything is written."""
    _check_names(draft, but=None)
    if draft.over_time not in (OverTime.SUM, OverTime.LAST):
        raise MeasureRefused(_("It adds up, or its last value counts."), "over_time")
    if draft.unit in (Unit.PERCENT, Unit.RATIO) and draft.over_time == OverTime.SUM:
        raise MeasureRefused(
            _("Percentages and ratios do not add up over time. Choose that the last value counts."),
            "over_time",
        )
    lock_codes()
    last = Measure.objects.aggregate(slot=Max("slot"))["slot"] or 0
    if last >= MOST:
        raise MeasureRefused(_("There are %(n)s measures already, and no room for more.") % {"n": last})
    measure = Measure.objects.create(
        code=free_code(Measure, draft.code or draft.name, MeasureRefused),
        slot=last + 1,
        name=_one_line(draft.name),
        name_zh=_one_line(draft.name_zh),
        unit=draft.unit,
        over_time=draft.over_time,
        signed=draft.signed,
    )
    record(
        action="measure.make", subject=measure.code, person=person, name=measure.name, name_zh=measure.name_zh,
        unit=measure.unit, over_time=measure.over_time, signed=measure.signed, slot=measure.slot,
    )  # fmt: skip
    return measure


@transaction.atomic
def edit_measure(*, measure: Measure, draft: MeasureDraft, based_on: int, person: Person | None) -> Measure:
    """Gives it other names, and lets it be negative or not from now on. Raises MeasureRefused and MeasureMoved."""
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure.pk)
    _check_names(draft, but=measure)
    new: dict[str, Any] = {"name": _one_line(draft.name), "name_zh": _one_line(draft.name_zh)}
    if not measure.shipped:
        new["signed"] = draft.signed
    old = {name: getattr(measure, name) for name in new}
    if new == old:
        return measure
    if measure.revision != based_on:
        raise MeasureMoved(measure)
    for name, value in new.items():
        setattr(measure, name, value)
    measure.revision += 1
    measure.save(update_fields=[*new, "revision"])
    record(action="measure.edit", subject=measure.code, person=person, before=old, after=new)
    return measure


@transaction.atomic
def put_measure_away(*, measure: Measure, person: Person | None) -> Measure:
    """Lists no longer offer it; its amounts stay. Twice is once. Raises MeasureRefused where a metric needs it."""
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure.pk)
    if measure.shipped:
        raise MeasureRefused(_("It comes with Plumbline, and pages build on it: it cannot be put away."))
    needing = metrics_with(measure)
    if needing:
        names = listed(metric.label for metric in needing[:5])
        raise MeasureRefused(_("%(names)s calculate with it. Put those away first.") % {"names": names})
    return _set_archived(measure, archived=True, action="measure.put_away", person=person)


@transaction.atomic
def bring_measure_back(*, measure: Measure, person: Person | None) -> Measure:
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure.pk)
    return _set_archived(measure, archived=False, action="measure.bring_back", person=person)


def metrics_with(measure: Measure) -> list[Metric]:
    """The metrics in use that calculate with it."""
    return list(
        Metric.objects.in_use().filter(
            Q(numerator__has_key=measure.code) | Q(denominator__has_key=measure.code)
        )
    )


def lock_codes() -> None:
    """Whoever makes a metric or a measure holds this to the end of her transaction, so that no two take one place."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7403, 0)")


def free_code(model: type[Measure] | type[Metric], text: str, refused: Any) -> str:
    """The code that the text makes. Raises `refused` where it makes none, or one that is taken."""
    try:
        code = slugify(text).replace("-", "_")
    except ValueError:
        raise refused(_("A name needs a letter or a digit."), "code") from None
    if len(code) > LONGEST_CODE:
        raise refused(
            _("The code %(code)s… is longer than %(n)s characters. Write a shorter one.")
            % {"code": code[:20], "n": LONGEST_CODE},
            "code",
        )
    if code in RESERVED or model.objects.filter(code__iexact=code).exists():
        raise refused(_("The code %(code)s is taken. Write another one.") % {"code": code}, "code")
    return code


def _check_names(draft: MeasureDraft, *, but: Measure | None) -> None:
    names = {_one_line(name) for name in (draft.name, draft.name_zh)} - {""}
    if not _one_line(draft.name):
        raise MeasureRefused(_("Give it a name."), "name")
    for field in ("name", "name_zh"):
        if len(_one_line(getattr(draft, field))) > 100:
            raise MeasureRefused(_("A name has at most 100 characters."), field)
    others = Measure.objects.exclude(pk=but.pk) if but else Measure.objects.all()
    for name in names:
        twin = others.filter(Q(name__iexact=name) | Q(name_zh__iexact=name) | Q(code__iexact=name)).first()
        if twin is not None:
            raise MeasureRefused(
                _("%(name)s is there already, with the code %(code)s.") % {"name": name, "code": twin.code},
                "name_zh" if name == _one_line(draft.name_zh) else "name",
            )


def _set_archived(measure: Measure, *, archived: bool, action: str, person: Person | None) -> Measure:
    if (measure.archived_at is not None) == archived:
        return measure
    measure.archived_at = timezone.now() if archived else None
    measure.revision += 1
    measure.save(update_fields=["archived_at", "revision"])
    record(action=action, subject=measure.code, person=person)
    return measure


def _one_line(text: str) -> str:
    return " ".join(text.split())
