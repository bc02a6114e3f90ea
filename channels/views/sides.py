"""Three sides of an investment: the judgement of channels and campaigns, and what they are held against."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from channels.forms.sides import SidesForm
from channels.selectors.areas import channel_asked, channel_choices
from channels.selectors.sides import areas_to_judge, judged_areas, plan_in_force
from channels.services.sides import SidesMoved, keep_sides
from channels.sides_page import area_row, shown_area
from common import formats
from common.periods import Grain, Period
from kpis.figures import Look
from organization.gate import Action, actions_of, company_of, person_of, require
from organization.services import Refused

SETTLED = timedelta(days=30)  # a quarter is looked at once it has run so long
QUARTERS = 5
GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)


@require_GET
@require(Action.VIEW)
def sides(request: HttpRequest) -> HttpResponse:
    """`?channel=…&period=2026-Q3`: one channel or campaign with what lies below it; without one, all channels."""
    person, today = person_of(request), timezone.localdate()
    below = channel_asked(person, request.GET.get("channel", ""))
    period, problem = _period(request, today)
    plan, look = plan_in_force(), Look.at(today=today)
    within = areas_to_judge(person, below)
    scopes = [below.scope, *within] if below is not None else within
    found = judged_areas(scopes, plan=plan, period=period, look=look)
    one = found[0] if below is not None else None
    context = {
        "below": below,
        "choices": channel_choices(person, below),
        "period": period,
        "periods": _offered(period, today, company_of(request).fiscal_year_start),
        "problem": problem,
        "area": shown_area(one) if one else None,
        "rows": [area_row(area) for area in (found[1:] if one else found)],
        "plan": plan,
        "keeps": Action.KEEP_METRICS in actions_of(request),
    }
    return render(request, "channels/sides.html", context, status=400 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_METRICS)
def settings(request: HttpRequest) -> HttpResponse:
    """What counts as good, for the whole company."""
    plan = plan_in_force()
    form = SidesForm(request.POST if request.method == "POST" else None, plan=plan)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            keep_sides(
                weights=data["weights"],
                lines=data["lines"],
                based_on=data["version"],
                person=person_of(request),
            )
        except SidesMoved:
            # Saving again is then meant: it is based on what holds now.
            form.add_error(
                None,
                _(
                    "Somebody has changed this meanwhile. Open it in another tab to compare; saving again puts yours there."
                ),
            )
            again = request.POST.copy()
            again["version"] = str(plan_in_force().revision)
            form.data = again
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved. Every channel and campaign is judged by this from now on."))
            return redirect("channels:sides")
    return render(
        request,
        "channels/sides_settings.html",
        {"form": form, "plan": plan},
        status=422 if form.errors else 200,
    )


def _period(request: HttpRequest, today: date) -> tuple[Period, str]:
    """The period that the address names, else the quarter that has run a while; and what is wrong with the name."""
    fiscal_start, text = company_of(request).fiscal_year_start, request.GET.get("period", "").strip()
    usual = Period.containing(today - SETTLED, Grain.QUARTER, fiscal_start=fiscal_start)
    if not text:
        return usual, ""
    try:
        found = Period.parse(text[:20], fiscal_start=fiscal_start)
    except (ValueError, OverflowError):
        found = None
    if found is not None and found.grain in GRAINS and 2000 <= found.start.year <= 2100:
        return found, ""
    problem = _("“%(text)s” is no period. Write 2026-11, 2026-Q4 or 2026. The last quarter is shown.")
    return usual, problem % {"text": text[:40]}


def _offered(period: Period, today: date, fiscal_start: int) -> list[tuple[str, str, bool]]:
    """Quarters and years back from today, and the one that is shown: how addresses write it, its name, whether it is shown."""
    quarter = Period.containing(today, Grain.QUARTER, fiscal_start=fiscal_start)
    year = Period.containing(today, Grain.YEAR, fiscal_start=fiscal_start)
    offered = [quarter.next(-step) for step in range(QUARTERS)] + [year, year.next(-1)]
    if str(period) not in map(str, offered):
        offered.insert(0, period)
    language = get_language() or "en"
    return [(str(one), formats.period(str(one), language), str(one) == str(period)) for one in offered]
