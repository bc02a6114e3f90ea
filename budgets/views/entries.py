"""Recording what a line spends and commits, and the page of an entry: parts, corrections, receipts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from budgets.forms.entries import CorrectForm, EntryForm, OnceForm, ReceiptForm
from budgets.models import Entry, Line, Receipt
from budgets.selectors import entries as selectors
from budgets.selectors.rights import get_line_or_404, may_spend
from budgets.services import spending
from budgets.services.receipts import add_receipt
from budgets.services.saying import EntryRefused
from budgets.services.spending import Outcome, Recorded
from ingest.uploads import upload_refused
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def spend(request: HttpRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    return _entry_form(
        request, line, title=_("Record spend"), button=_("Record it"),
        does=lambda values: spending.record(line=line, **values),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    return _entry_form(
        request, line, title=_("Commit money"), button=_("Commit it"),
        does=lambda values: spending.commit(line=line, **values),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def fulfil(request: HttpRequest, pk: int) -> HttpResponse:
    """An invoice of a commitment, for all of it or a part."""
    person, entry = _entry(request, pk)
    one = selectors.one_entry(person, entry)
    if one.standing is None:
        raise Http404
    return _entry_form(
        request, entry.line, title=_("Invoice of a commitment"), button=_("Record it"), commitment=one,
        does=lambda values: spending.fulfil(commitment=entry, **values),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    person, entry = _entry(request, pk)
    one = selectors.one_entry(person, entry)
    if not one.correctable:
        raise Http404
    form = CorrectForm(
        request.POST or None, currency=entry.currency, initial={"amount": f"{one.in_own_money.normalize():f}"}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            done = spending.correct(
                entry=entry, amount=data["amount"], why=data["why"], key=form.once, person=person, now=timezone.now()
            )  # fmt: skip
        except Refused as refused:
            _say(form, refused)
        else:
            _tell(request, done, _("Corrected. What it said before stays on record."))
            return redirect("budgets:entry", pk=entry.pk)
    return render(request, "budgets/entry_correct.html", {"one": one, "form": form, "money": selectors.MONEY})


@require_GET
@require(Action.VIEW)
def entries(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that was ever entered on a line."""
    line = get_line_or_404(request.user, pk)
    page, rows = selectors.entries_page(line, request.GET.get("page"))
    context = {"line": line, "page": page, "rows": rows, "money": selectors.MONEY}
    return render(request, "budgets/entries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """An invoice or contract with all that followed; a post adds a receipt."""
    person = person_of(request)
    found = selectors.get_entry_or_404(person, pk)
    form = ReceiptForm()
    if request.method == "POST":
        if not may_spend(person, found.line):
            raise PermissionDenied
        form = ReceiptForm(request.POST, request.FILES)
        if _file_came(request, form) and form.is_valid() and _keep(request, form, found, person):
            messages.success(request, _("The receipt is kept with it."))
            return redirect("budgets:entry", pk=pk)
    context = {"one": selectors.one_entry(person, found), "form": form, "money": selectors.MONEY}
    return render(request, "budgets/entry.html", context)


@require_GET
@require(Action.VIEW)
def receipt(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, to be saved and never shown within our own pages: somebody else has written it."""
    found = Receipt.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    entry = selectors.get_entry_or_404(request.user, found.entry_id)
    if not may_spend(request.user, entry.line):
        raise PermissionDenied
    try:
        file = (settings.UPLOAD_DIR / found.stored_as).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, as_attachment=True, filename=found.name, content_type=found.kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _line(request: HttpRequest, pk: int) -> Line:
    """Raises Http404 to whoever may not look at it, PermissionDenied to whoever may not spend."""
    line = get_line_or_404(request.user, pk)
    if not may_spend(request.user, line):
        raise PermissionDenied
    return line


def _entry(request: HttpRequest, pk: int) -> tuple[Person, Entry]:
    person = person_of(request)
    found = selectors.get_entry_or_404(person, pk)
    if not may_spend(person, found.line):
        raise PermissionDenied
    return person, found


def _entry_form(
    request: HttpRequest,
    line: Line,
    *,
    title: str,
    button: str,
    does: Callable[[dict[str, Any]], Recorded],
    commitment: selectors.OneEntry | None = None,
) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    today = timezone.localdate(now)
    form = EntryForm(request.POST or None, request.FILES or None, today=today, parts=commitment is not None)
    if request.method == "POST" and _file_came(request, form) and form.is_valid():
        values = {**form.values(), "person": person, "now": now}
        if commitment is not None:
            values["last"] = form.cleaned_data["last"]
        try:
            done = does(values)
        except Refused as refused:
            _say(form, refused)
        else:
            if form.cleaned_data["receipt"] and not _keep(request, form, done.entry, person):
                messages.warning(request, " ".join(str(error) for error in form.errors["receipt"]))
            _tell(request, done, _("It is on record."))
            return redirect("budgets:line", pk=line.pk)
    context = {
        "line": line, "form": form, "title": title, "button": button, "one": commitment, "money": selectors.MONEY,
        "balance": getattr(line, "balance", None),
    }  # fmt: skip
    return render(request, "budgets/entry_form.html", context)


def _file_came(request: HttpRequest, form: OnceForm | ReceiptForm) -> bool:
    """False, and said at its place, where a file was sent and could not be taken."""
    why = upload_refused(request)
    if why:
        form.errors.pop("receipt", None)
        form.add_error("receipt", why)
    return not why


def _keep(request: HttpRequest, form: EntryForm | ReceiptForm, entry: Entry, person: Person) -> bool:
    file = form.cleaned_data["receipt"]
    try:
        add_receipt(entry=entry, name=file.name, chunks=file.chunks(), person=person, now=timezone.now())
    except EntryRefused as refused:
        form.add_error("receipt", str(refused))
        return False
    return True


def _say(form: OnceForm, refused: Refused) -> None:
    field = getattr(refused, "field", "")
    form.add_error(field if field in form.fields else None, str(refused))


def _tell(request: HttpRequest, done: Recorded, done_words: str) -> None:
    if done.outcome == Outcome.UNCHANGED:
        messages.info(request, _("Nothing changed: this was known already."))
    elif done.outcome == Outcome.CORRECTED and done.wrote[0].flagged:
        messages.warning(
            request,
            _(
                "This number was known with another amount. The difference was entered as a correction, and is marked."
            ),
        )
    else:
        messages.success(request, done_words)
