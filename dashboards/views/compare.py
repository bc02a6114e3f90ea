"""Two periods or two areas side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from dashboards import selectors
from dashboards.comparing import Times, Wrong, is_area, times_of
from dashboards.presenting import compare as shown
from dashboards.selectors import Area, Frame
from dashboards.selectors.compare import comparison
from dashboards.spans import Span
from dashboards.views.cockpits import cockpit
from dashboards.views.turned import Turned, turned_to
from organization.area_picker import AreaPicker, area_of_hers
from organization.gate import Action, get_scope_or_404, reach_of, require
from organization.models import Person

LONGEST = 600


class AreasForm(forms.Form):
    """Two areas by name."""

    left = forms.CharField(label=gettext_lazy("Area"), widget=AreaPicker(attrs={"autocomplete": "off"}))
    right = forms.CharField(
        label=gettext_lazy("Compared with"), widget=AreaPicker(attrs={"autocomplete": "off"})
    )


@require_GET
@require(Action.VIEW)
def compare(request: HttpRequest) -> HttpResponse:
    """`?left=2026-11&right=2025-11&region=…`: two periods of an area; `?left=region:华东&right=region:华北&period=2026-11`: two areas
    in a period. `metric` is drawn and split, `by` says by which tree.
    """
    turned, reach = turned_to(request, single_days=False), reach_of(request)
    texts = {
        name: request.GET.get(name, "").replace("\0", "").strip()[:LONGEST] for name in ("left", "right")
    }
    more = {name: request.GET.get(name, "")[:60] for name in ("metric", "by")}
    of = "areas" if request.GET.get("of") == "areas" or any(map(is_area, texts.values())) else "periods"
    asked, areas = _asked(turned, of, texts)
    problem = turned.problem or shown.problem(asked) or _unnamed(areas)
    kept = {name: value for name, value in {**texts, **more}.items() if value}
    if of == "areas":
        turned = replace(turned, area=_bare(turned))

    def inside() -> dict[str, object]:
        period = turned.period if of == "areas" else asked.left or turned.period
        frame = replace(turned, period=period).frame(reach, home="compare", kept=kept)
        if of == "areas":
            frame = replace(frame, crumbs=(), granted=())
        pair = _pair(frame, of, asked, areas)
        page = None
        if pair is not None and not problem:
            page = comparison(
                frame,
                *pair,
                drawn=more["metric"],
                by=more["by"],
                catalog=selectors.catalog(),
                today=turned.today,
            )
        left, right = (pair[0][1], pair[1][1]) if pair is not None and of == "periods" else (None, None)
        context: dict[str, Any] = {
            "page": page,
            "frame": frame,
            "problem": problem,
            "filters": shown.turning(frame, of),
            "sides": shown.sides(frame, of, left, right, texts, shown.named(page)),
            "form": _form(turned.person, texts) if of == "areas" else None,
            "headline": shown.headline(page) if page is not None else _("Choose what to hold against what."),
        }
        if page is not None:
            context |= {
                "said": shown.days_said(page),
                "duels": shown.duels(page),
                "chart": shown.chart(page),
                "tabs": shown.tabs(page),
                "parts": shown.parts(page),
            }
        return context

    page_key = (of, tuple(texts.values()), tuple(more.values()), problem)
    answer = cockpit(
        request,
        turned,
        reach,
        "compare",
        gettext_lazy("Side by side"),
        inside,
        *page_key,
        sheets=("css/organization.css",),
        scripts=("js/areas.js",),
    )
    if problem and answer.status_code == 200 and asked.wrong != Wrong.ONE:
        answer.status_code = 400
    return answer


Areas = tuple[Area | None, Area | None]


def _asked(turned: Turned, of: str, texts: dict[str, str]) -> tuple[Times, Areas]:
    """The two periods, or the two areas. Raises Http404 for an area that is not hers to see."""
    if of == "periods":
        return times_of(
            texts["left"],
            texts["right"],
            today=turned.today,
            fiscal_start=turned.company.fiscal_year_start,
        ), (None, None)
    found: list[Area | None] = []
    for text in texts.values():
        if not text:
            found.append(None)
            continue
        try:
            scope = (
                get_scope_or_404(turned.person, text) if is_area(text) else area_of_hers(turned.person, text)
            )
        except forms.ValidationError:
            return Times(wrong=_mixed_or_unknown(text, turned), about=text), (None, None)
        found.append(selectors.area_of(scope, company=turned.name))
    left, right = found
    if left is None or right is None:
        return Times(wrong=Wrong.ONE), (left, right)
    if left.key == right.key:
        return Times(wrong=Wrong.SAME, about=right.key), (left, right)
    return Times(), (left, right)


def _mixed_or_unknown(text: str, turned: Turned) -> Wrong:
    fiscal = turned.company.fiscal_year_start
    times = times_of(text, "", today=turned.today, fiscal_start=fiscal)
    return Wrong.NO_AREA if times.wrong == Wrong.NO_PERIOD else Wrong.MIXED


def _unnamed(areas: Areas) -> str:
    """Areas that figures are not kept of."""
    if any(one is not None and not set(one.nodes) <= set(selectors.SPLITS) for one in areas):
        return _(
            "Teams and budgets have no figures to compare here. Choose regions, channels or product lines."
        )
    return ""


def _bare(turned: Turned) -> Area:
    """Her own area without its nodes: both sides name theirs."""
    return replace(turned.area, nodes={})


def _pair(
    frame: Frame, of: str, asked: Times, areas: Areas
) -> tuple[tuple[Area, Span], tuple[Area, Span]] | None:
    if of == "areas":
        left, right = areas
        return ((left, frame.period), (right, frame.period)) if left and right else None
    here = asked.left or frame.period
    there = asked.right or here.last_year()
    return (frame.area, here), (frame.area, there)


def _form(person: Person, texts: dict[str, str]) -> AreasForm:
    form = AreasForm(initial=texts)
    for field in form.fields.values():
        field.widget.person = person
    return form
