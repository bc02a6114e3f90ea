"""One figure over the last periods as a chart."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from common import formats
from dashboards import channel_charts, wording
from dashboards.presenting.common import Option
from dashboards.presenting.drawings import Chart, table
from dashboards.selectors.channel import History
from dashboards.templatetags.numbers import currency, language
from kpis.models import Metric


def course_of(
    history: History,
    metric: Metric | None,
    *,
    id: str = "course",
    note: str = "",
    steps: tuple[Option, ...] = (),
) -> Chart:
    """With its target and the band of the yellow light. `steps`: what else may be drawn in its place; `note` is added to
    what is said below the title.
    """
    if metric is None or history.empty:
        label = metric.label if metric else ""
        return Chart(id, label, empty=_("There are no figures of earlier periods to draw."), steps=steps)
    names = {"actual": _("Actual"), "plan": _("Plan"), "band": _("Just off plan")}
    parts = [wording.so_many(history.spans[-1], len(history.spans))]
    if any(one.target is not None for one in history.figures):
        parts.append(_("plan as a thin line with the band of the yellow light"))
    if note:
        parts.append(note)

    def exact(value: Decimal | None) -> str:
        return formats.exact(value, metric, language(), currency())

    rows = [
        (wording.span_words(span), [exact(one.value), exact(one.target)])
        for span, one in zip(history.spans, history.figures, strict=True)
    ]
    return Chart(
        id=id,
        title=_title(history, metric),
        subtitle=_(", ").join(parts),
        figure=channel_charts.history(history, metric, names=names),
        numbers=table(metric.label, [_("Period"), names["actual"], names["plan"]], rows),
        steps=steps,
    )


def _title(history: History, metric: Metric) -> str:
    """How far the newest value is from the best of the others: "ROAS is the lowest of 13 months"."""
    known = [one.value for one in history.figures if one.value is not None]
    last = history.figures[-1].value
    words = {"metric": metric.label, "count": len(known)}
    if last is None or len(known) < 3:
        return metric.label
    words["value"] = wording.tile(last, metric)
    if last == min(known):
        return _("%(metric)s: %(value)s, the lowest of %(count)s") % words
    if last == max(known):
        return _("%(metric)s: %(value)s, the highest of %(count)s") % words
    return _("%(metric)s: %(value)s") % words
