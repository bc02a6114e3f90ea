"""The page that says which source counts first where several report the same."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from kpis.models import Measure, Source
from kpis.selectors.order import order_page
from kpis.services import forget_order, order_sources
from organization.gate import Action, person_of, require
from organization.models import Dimension, Node


class OrderForm(forms.Form):
    """Puts one source first: in general, or for a measure, a top channel, or one on the other."""

    first = forms.ModelChoiceField(
        queryset=Source.objects.order_by("rank", "pk"), label=gettext_lazy("Counts first")
    )
    measure = forms.ModelChoiceField(
        queryset=Measure.objects.order_by("slot"),
        required=False,
        label=gettext_lazy("Amount"),
        empty_label=gettext_lazy("Every amount"),
    )
    channel = forms.ModelChoiceField(
        queryset=Node.objects.filter(
            dimension=Dimension.CHANNEL, depth=1, archived_at__isnull=True, merged_into__isnull=True
        ).order_by("path"),
        required=False,
        label=gettext_lazy("Channel"),
        empty_label=gettext_lazy("Every channel"),
    )
    forget = forms.BooleanField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def order(request: HttpRequest) -> HttpResponse:
    form = OrderForm(request.POST or None)
    if request.method == "POST":
        if "forget" in request.POST:
            form.fields["first"].required = False
        if form.is_valid():
            told = form.cleaned_data
            measure, channel = told["measure"], told["channel"]
            if told["forget"]:
                forget_order(measure=measure, channel=channel, person=person_of(request))
            else:
                order_sources(
                    sources=[told["first"]], measure=measure, channel=channel, person=person_of(request)
                )
            messages.success(request, _("Saved. Months in which sources overlap are counted anew now."))
            return redirect("kpis:source_order")
    context = {"page": order_page(), "form": form}
    return render(request, "kpis/source_order.html", context, status=400 if form.errors else 200)
