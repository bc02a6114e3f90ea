"""What people type of their own pages: a name, whose it is, and the panels on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import formats
from common.periods import Grain, Period
from dashboards.catalogue import Split, Trouble, kind_of, misfit
from dashboards.models import Board, ChartKind, Panel, Width
from dashboards.presenting.panel import TROUBLES
from dashboards.selectors import Catalog
from dashboards.services.boards import NAME, PanelDraft
from dashboards.templatetags.numbers import language
from kpis.models import Kind, Metric
from organization.area_picker import AreaPicker, area_of_hers
from organization.gate import Reach
from organization.models import Node, Person

TITLE = 120  # characters
STARTS: tuple[tuple[str, str | Promise], ...] = (
    ("", gettext_lazy("Empty")),
    ("overview", gettext_lazy("Overview: key figures, revenue over time and by channel, the funnel")),
    ("channels", gettext_lazy("Channels: return, cost, revenue over time and where")),
    ("team", gettext_lazy("Team: targets, leads, what goes on to an order, revenue by region")),
)
SPLITS: tuple[tuple[str, str | Promise], ...] = (
    ("", gettext_lazy("Not split")),
    ("channel", gettext_lazy("Channels")),
    ("region", gettext_lazy("Regions")),
    ("product", gettext_lazy("Product lines")),
)
MONTHS, QUARTERS, YEARS = 13, 5, 3  # that a panel may be fixed to


class _TeamField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


def _team(teams: Any) -> _TeamField:
    return _TeamField(
        label=gettext_lazy("Shared with"),
        queryset=teams,
        required=False,
        empty_label=gettext_lazy("Nobody: it is mine alone"),
        help_text=gettext_lazy(
            "The team's people find it, and whoever sets the team's targets may change it. Each sees only figures that"
            " are hers to see."
        ),
    )


class NewBoardForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME)
    start = forms.ChoiceField(
        label=gettext_lazy("Begin with"), choices=STARTS, required=False, widget=forms.RadioSelect
    )


class BoardForm(forms.Form):
    """`revision` is the one that was on screen. `teams`: those that she may share with."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, board: Board, teams: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"name": board.name, "team": board.team_id, "revision": board.revision}
        super().__init__(*args, **kwargs)
        self.fields["team"] = _team(teams)


class _PagePicker(AreaPicker):
    """Nothing chosen is no company here."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["nothing_chosen"] = _("As the page is turned")
        return context


class PanelForm(forms.Form):
    """A panel. The area of one that is not hers to see stays as it is, and is neither named nor asked for."""

    chart = forms.ChoiceField(
        label=gettext_lazy("Show it as"),
        choices=ChartKind.choices,
        widget=forms.RadioSelect,
        initial="number",
    )
    metric = forms.ChoiceField(label=gettext_lazy("Figure"), required=False)
    by = forms.ChoiceField(
        label=gettext_lazy("Split by"),
        choices=SPLITS,
        required=False,
        help_text=gettext_lazy("For bars, tables and lines over time."),
    )
    area = forms.CharField(
        label=gettext_lazy("Area"),
        required=False,
        max_length=2000,
        widget=_PagePicker(attrs={"autocomplete": "off"}),
    )
    whole = forms.BooleanField(
        label=gettext_lazy("Always the whole company, however the page is turned"), required=False
    )
    period = forms.ChoiceField(label=gettext_lazy("Period"), required=False)
    title = forms.CharField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=TITLE,
        help_text=gettext_lazy("Empty: the figure's name."),
    )
    width = forms.TypedChoiceField(
        label=gettext_lazy("Width"), choices=Width.choices, coerce=int, initial=Width.MEDIUM.value
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(
        self,
        *args: Any,
        person: Person,
        reach: Reach,
        catalog: Catalog,
        today: date,
        fiscal_start: int,
        panel: Panel | None = None,
        hers: bool = True,
        **kwargs: Any,
    ) -> None:
        if panel is not None:
            kwargs["initial"] = _said_of(panel, hers=hers)
        super().__init__(*args, **kwargs)
        self.person, self.reach, self.catalog, self.panel, self.hers = person, reach, catalog, panel, hers
        picker = self.fields["area"].widget
        assert isinstance(picker, AreaPicker)
        picker.person = person
        if not hers:
            del self.fields["area"], self.fields["whole"]
        _choices(self, "metric", [("", _("Choose a figure")), *_grouped(catalog.metrics)])
        kept = panel.period if panel is not None else ""
        _choices(self, "period", _periods(today, fiscal_start, kept))

    def clean_area(self) -> Mapping[str, Node] | None:
        text = self.cleaned_data["area"].strip()
        if not text:
            return None
        scope = area_of_hers(self.person, text)
        return {dimension: getattr(scope, dimension) for dimension in scope.node_ids()}

    def clean_whole(self) -> bool:
        whole: bool = self.cleaned_data["whole"]
        if whole and not self.reach.covers({}):
            raise forms.ValidationError(_("The whole company is not among your areas."))
        return whole

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        chart, by = data.get("chart", ""), data.get("by", "")
        if not chart:
            return data
        metric = self.catalog.metrics.get(data.get("metric", ""))
        adds_up = metric is not None and self.catalog.adds_up(metric.code)
        trouble = misfit(chart, metric, by=by, adds_up=adds_up)
        if trouble is not None and "metric" not in self.errors:
            field = "by" if trouble == Trouble.NO_SPLIT else "metric"
            self.add_error(field, str(TROUBLES[trouble][1]))
        return data

    def draft(self) -> PanelDraft:
        """After `is_valid`."""
        data = self.cleaned_data
        kind = kind_of(data["chart"])
        assert kind is not None
        return PanelDraft(
            chart=kind.chart,
            metric=self.catalog.metrics[data["metric"]] if kind.metric else None,
            nodes=self._nodes(),
            period=data["period"],
            by=data["by"] if kind.split != Split.NEVER else "",
            title=data["title"],
            width=data["width"],
        )

    def _nodes(self) -> Mapping[str, Node] | None:
        if not self.hers:
            assert self.panel is not None
            scope = self.panel.scope
            return None if scope is None else {one: getattr(scope, one) for one in scope.node_ids()}
        area: Mapping[str, Node] | None = self.cleaned_data["area"]
        return area if area is not None else {} if self.cleaned_data["whole"] else None


def _said_of(panel: Panel, *, hers: bool) -> dict[str, Any]:
    scope = panel.scope if hers else None
    return {
        "chart": panel.chart,
        "metric": panel.metric.code if panel.metric is not None else "",
        "by": panel.by,
        "area": scope.key if scope is not None and not scope.is_company else "",
        "whole": scope is not None and scope.is_company,
        "period": panel.period,
        "title": panel.title,
        "width": panel.width,
        "revision": panel.board.revision,
    }


def _choices(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _grouped(metrics: Mapping[str, Metric]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Results first, then what leads to them."""
    kinds = ((Kind.RESULT, _("Results")), (Kind.PROCESS, _("What leads to them")))
    return [
        (name, [(code, one.label) for code, one in metrics.items() if one.kind == kind])
        for kind, name in kinds
    ]


def _periods(today: date, fiscal_start: int, kept: str) -> list[tuple[str, str]]:
    found = [
        ("", _("As the page is turned")),
        ("last-7", _("The last %(days)s days") % {"days": 7}),
        ("last-28", _("The last %(days)s days") % {"days": 28}),
    ]
    for grain, count in ((Grain.MONTH, MONTHS), (Grain.QUARTER, QUARTERS), (Grain.YEAR, YEARS)):
        period = Period.containing(today, grain, fiscal_start=fiscal_start)
        for back in range(count):
            text = str(period.next(-back))
            found.append((text, formats.period(text, language())))
    if kept and kept not in dict(found):
        found.append((kept, formats.period(kept, language())))
    return found
