"""What customers are worth: tiers and movement, cohorts, lifetime value, life cycle, and the limits behind them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common import formats
from customers import services
from customers.customer_value.tiers import Tier
from customers.forms.value import ValueSettingsForm, initial_of_limits
from customers.models import ValueSettings
from customers.selectors import value as pages
from organization.gate import Action, actions_of, can, person_of, require
from organization.models import Dimension
from organization.services import Refused
from organization.words import DIMENSION_NAMES


class Money:
    unit = "money"


@require_GET
@require(Action.VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """Tiers, and who moved between them: `?area=channel:x&month=2026-03`."""
    frame = _frame(request)
    page = pages.tiers_page(frame, month=request.GET.get("month", "")[:7])
    context = {"page": page, "said": _tiers_said(page) if page else ""}
    return _render(request, "customers/overview.html", frame, "overview", context)


@require_GET
@require(Action.VIEW)
def cohorts(request: HttpRequest) -> HttpResponse:
    frame = _frame(request)
    page = pages.cohorts_page(frame)
    said = ""
    if page and page.mean and page.mean[0] is not None:
        said = _("On average %(share)s of new customers order again in the month after their first.") % {
            "share": _percent(page.mean[0])
        }
    return _render(request, "customers/cohorts.html", frame, "cohorts", {"page": page, "said": said})


@require_GET
@require(Action.VIEW)
def lifetime(request: HttpRequest) -> HttpResponse:
    """`?by=region`; channels to begin with."""
    frame = _frame(request)
    page = pages.lifetime_page(frame, by=request.GET.get("by", "")) if frame.run else None
    context: dict[str, Any] = {"page": page, "dimensions": ()}
    if page:
        context["dimensions"] = [
            {"code": code, "label": DIMENSION_NAMES[Dimension(code)], "current": code == page.by}
            for code in page.dimensions
        ]
        context["months"] = frame.run.limits["horizon_months"] if frame.run else 0
    return _render(request, "customers/lifetime.html", frame, "lifetime", context)


@require_GET
@require(Action.VIEW)
def lifecycle(request: HttpRequest) -> HttpResponse:
    frame = _frame(request)
    page = pages.life_page(frame)
    context: dict[str, Any] = {"page": page, "said": ""}
    if page and frame.run:
        soon = frame.run.limits["soon_days"]
        names = (
            (_("Acquired"), _("First order")),
            (_("Activated"), _("Ordered again within %(days)s days") % {"days": soon}),
            (_("Retained"), _("Of these, still ordering")),
            (_("Revenue"), _("Of these, high value now")),
        )
        context["steps"] = list(zip(names, page.steps, strict=True))
        if page.steps[1].rate is not None:
            context["said"] = _("%(share)s of new customers order again within %(days)s days.") % {
                "share": _percent(page.steps[1].rate),
                "days": soon,
            }
    return _render(request, "customers/lifecycle.html", frame, "lifecycle", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_METRICS)
def limits(request: HttpRequest) -> HttpResponse:
    kept = pages.value_settings()
    moved: ValueSettings | None = None
    posted = request.POST if request.method == "POST" else None
    form = ValueSettingsForm(posted, initial=initial_of_limits(kept))
    if posted is not None and form.is_valid():
        try:
            services.keep_value_settings(
                draft=form.draft(),
                based_on=form.cleaned_data["version"],
                person=person_of(request),
                now=timezone.now(),
            )
        except services.ValueSettingsMoved as error:
            # Saving again is then meant: it is based on what she is shown now.
            moved = error.current
            again = request.POST.copy()
            again["version"] = str(moved.version)
            form.data = again
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved. Customers are sorted anew."))
            return redirect("customers:overview")
    return _render(
        request, "customers/limits.html", _frame(request), "limits", {"form": form, "moved": moved}
    )


@require_POST
@require(Action.KEEP_METRICS)
def work_out(request: HttpRequest) -> HttpResponse:
    """Orders the work by hand: after a failure, or for somebody who would rather see it done."""
    services.order_valuing(person=person_of(request), now=timezone.now())
    messages.success(request, _("Customers' value is being worked out anew."))
    return redirect("customers:overview")


def _frame(request: HttpRequest) -> pages.Frame:
    return pages.value_frame(
        person_of(request), key=request.GET.get("area", "").strip()[:2000], now=timezone.now()
    )


def _render(
    request: HttpRequest, template: str, frame: pages.Frame, tab: str, context: dict[str, Any]
) -> HttpResponse:
    keeps = can(person_of(request), Action.KEEP_METRICS)
    area = frame.scope.key if frame.scope is not None else ""
    return render(
        request,
        template,
        {
            "frame": frame,
            "tab": tab,
            "area": area,
            "money": Money(),
            "keeps": keeps,
            "administers": Action.ADMINISTER in actions_of(request),
            **context,
        },
    )


def _tiers_said(page: pages.TiersPage) -> str:
    high, dormant = page.of(Tier.HIGH), page.of(Tier.DORMANT)
    if high.amount_share is not None and high.customers:
        return _(
            "High-value customers are %(part)s of all and bring %(share)s of revenue; %(sleep)s are dormant."
        ) % {
            "part": _percent(high.share),
            "share": _percent(high.amount_share),
            "sleep": _percent(dormant.share),
        }
    return _("Nobody is of high value yet; %(sleep)s are dormant.") % {"sleep": _percent(dormant.share)}


class _Percent:
    unit = "percent"


def _percent(value: Any) -> str:
    return formats.tile(value, _Percent(), get_language() or "en")
