"""Saying what the columns of a file are: remembered, changed, put away; and the file that asked goes in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.queueing import enqueue
from ingest.columns import Said, problems
from ingest.models import Covered, Import, Repeats, SavedLayout, State
from ingest.words import source_name
from kpis.models import Measure, Source
from kpis.services import ensure_source
from organization.currencies import currencies
from organization.models import Person
from organization.services import Refused, record
from organization.slugs import slugify


@dataclass(frozen=True)
class Plan:
    """A layout as somebody wants it: what the columns are, its name, and whose figures they are."""

    said: Said
    name: str
    source: str
    automatic: bool = True


@transaction.atomic
def save_layout(*, plan: Plan, saved: SavedLayout | None = None, person: Person | None) -> SavedLayout:
    """Makes a layout, or changes one; files that come from then on are read by it.

    Raises Refused where it contradicts itself or its name is taken.
    """
    _check(plan, saved)
    fields: dict[str, Any] = {
        "name": plan.name.strip(),
        "source": _source(plan.source),
        "columns": [asdict(column) for column in plan.said.columns],
        "fixed": {dimension: name for dimension, name in plan.said.fixed.items() if name},
        "repeats": Repeats.SUM if plan.said.sums else Repeats.REJECT,
        "covered": Covered.REPLACE if plan.said.replaces else Covered.UPSERT,
        "days": plan.said.days,
        "currency": plan.said.currency,
        "strict": plan.said.strict,
        "automatic": plan.automatic,
    }
    if saved is None:
        saved = SavedLayout.objects.create(code=_free_code(plan.name), changed_by=person, **fields)
        record(action="layout.make", subject=saved.name, person=person, **_told(saved))
        return saved
    saved = SavedLayout.objects.select_for_update().select_related("source").get(pk=saved.pk)
    changed = sorted(name for name, value in fields.items() if getattr(saved, name) != value)
    if not changed:
        return saved
    before = _told(saved)
    for name in changed:
        setattr(saved, name, fields[name])
    saved.version += 1
    saved.changed_at, saved.changed_by = timezone.now(), person
    saved.save(update_fields=[*changed, "version", "changed_at", "changed_by"])
    after = _told(saved)
    record(
        action="layout.change", subject=saved.name, person=person, fields=changed,
        before={name: before[name] for name in before if before[name] != after[name]},
        after={name: after[name] for name in after if before[name] != after[name]},
    )  # fmt: skip
    return saved


@transaction.atomic
def put_layout_away(*, saved: SavedLayout, person: Person | None) -> None:
    """No file is read by it from now on; what came in by it stays. Twice is once."""
    done = SavedLayout.objects.filter(pk=saved.pk, put_away_at__isnull=True).update(
        put_away_at=timezone.now()
    )
    if done:
        record(action="layout.archive", subject=saved.name, person=person)


@transaction.atomic
def take_layout_out(*, saved: SavedLayout, person: Person | None) -> None:
    """Files are read by it again. Raises Refused where another has taken its name."""
    if _name_taken(saved.name, saved):
        raise Refused(_("Another layout is called “%(name)s” by now.") % {"name": saved.name})
    done = SavedLayout.objects.filter(pk=saved.pk, put_away_at__isnull=False).update(put_away_at=None)
    if done:
        record(action="layout.restore", subject=saved.name, person=person)


@transaction.atomic
def answer(
    *, batch: Import, plan: Plan, saved: SavedLayout | None = None, person: Person | None
) -> SavedLayout:
    """Saves the layout and queues the file that asked for it. Raises Refused as save_layout does, and where it asks
    no more."""
    layout = save_layout(plan=plan, saved=saved, person=person)
    use_layout(batch=batch, saved=layout)
    return layout


@transaction.atomic
def use_layout(*, batch: Import, saved: SavedLayout) -> None:
    """Queues a file that asks, to be read by this layout. Raises Refused where it asks no more."""
    _asking(batch).update(
        state=State.QUEUED, preset=saved.code, source=batch.source or saved.source, error="", attempts=0
    )
    enqueue("ingest.tasks.work")


@transaction.atomic
def leave_out(*, batch: Import, person: Person | None) -> None:
    """A file that asks is not to go in. Raises Refused where it asks no more."""
    _asking(batch).update(
        state=State.FAILED, error=_("It was left out, before its columns were said."), finished_at=timezone.now()
    )  # fmt: skip
    record(action="import.leave", subject=batch.file_name, person=person, batch=batch.pk)


@transaction.atomic
def ask_again(*, batch: Import, person: Person | None) -> Import:
    """A new import of the kept file, which asks what its columns are. Raises Refused while the old one is in work, and
    where the file is not there any more.
    """
    if batch.in_work:
        raise Refused(_("This file is being worked on. Wait until that is done."))
    if not (settings.UPLOAD_DIR / batch.stored_as).is_file():
        raise Refused(_("The file is no longer kept here. Send it again."))
    return Import.objects.create(
        file_name=batch.file_name, stored_as=batch.stored_as, size=batch.size, sha256=batch.sha256,
        state=State.ASKS, error=_("Say what its columns are."), created_by=person,
    )  # fmt: skip


def _asking(batch: Import) -> Any:
    asking = Import.objects.select_for_update().filter(pk=batch.pk, state=State.ASKS)
    if not asking.exists():
        raise Refused(_("This file does not ask for its columns any more."))
    return asking


def _check(plan: Plan, saved: SavedLayout | None) -> None:
    if not plan.name.strip():
        raise Refused(_("Give the layout a name, so that it is found again."))
    if _name_taken(plan.name.strip(), saved):
        raise Refused(
            _("There is a layout called “%(name)s” already: change that one, or choose another name.")
            % {"name": plan.name.strip()}
        )
    if plan.said.days not in {1, 7} or (plan.said.currency and plan.said.currency not in currencies()):
        raise Refused(_("Choose one of the list."))
    codes: Collection[str] = set(Measure.objects.values_list("code", flat=True))
    for problem in problems(plan.said, measures=codes).values():
        raise Refused(problem)


def _name_taken(name: str, saved: SavedLayout | None) -> bool:
    others = SavedLayout.objects.filter(name__iexact=name, put_away_at__isnull=True)
    return (others.exclude(pk=saved.pk) if saved else others).exists()


def _source(name: str) -> Source:
    """The source of this name, in any language; made where nobody has published under it yet."""
    name = name.strip()
    for source in Source.objects.order_by("pk"):
        if name.casefold() in {source.name.casefold(), source_name(source).casefold(), source.code}:
            return source
    try:
        code = slugify(name)[:50]
    except ValueError as error:
        raise Refused(_("Say whose figures they are: a name with letters or digits.")) from error
    return ensure_source(code=code, name=name[:100], facts="channels")


def _free_code(name: str) -> str:
    try:
        stem = slugify(name)[:40]
    except ValueError as error:
        raise Refused(_("A name has letters or digits.")) from error
    taken = set(SavedLayout.objects.filter(code__startswith=f"my-{stem}").values_list("code", flat=True))
    code, number = f"my-{stem}", 2
    while code in taken:
        code, number = f"my-{stem}-{number}", number + 1
    return code


def _told(saved: SavedLayout) -> dict[str, Any]:
    """What the history says of a layout."""
    return {
        "columns": {
            column["heading"]: column["role"] + (f" × {column['factor']}" if column["factor"] != 1 else "")
            for column in saved.columns
            if column["role"]
        },
        "fixed": saved.fixed,
        "source": saved.source.name,
        "repeats": saved.repeats,
        "covered": saved.covered,
        "days": saved.days,
        "currency": saved.currency,
        "strict": saved.strict,
        "automatic": saved.automatic,
    }
