"""What others in the trade reach: entered by managers, held beside targets."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kpis.forms.benchmarks import BenchmarkForm
from kpis.models import Benchmark
from kpis.services.benchmarks import enter_benchmark, remove_benchmark
from organization.gate import Action, person_of, require
from organization.services import ensure_scope


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_METRICS)
def benchmarks(request: HttpRequest) -> HttpResponse:
    form = BenchmarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        enter_benchmark(
            metric=data["metric"],
            scope=ensure_scope(nodes=list(data["area"].values())),
            value=data["number"],
            source=data["source"],
            first_day=data["first_day"],
            person=person_of(request),
        )
        messages.success(request, _("The benchmark is entered. Targets set from now on are held against it."))
        return redirect("kpis:benchmarks")
    rows = Benchmark.objects.select_related("metric", "scope", "entered_by").order_by(
        "metric__position", "metric__code", "scope__key", "-first_day"
    )
    return render(request, "kpis/benchmarks.html", {"form": form, "rows": rows})


@require_POST
@require(Action.KEEP_METRICS)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    benchmark = get_object_or_404(Benchmark.objects.select_related("metric", "scope"), pk=pk)
    remove_benchmark(benchmark=benchmark, person=person_of(request))
    messages.success(request, _("The benchmark is taken out."))
    return redirect("kpis:benchmarks")
