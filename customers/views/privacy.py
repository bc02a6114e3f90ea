"""A customer's contact in clear, on record; and for how long personal data is kept."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from customers import services
from customers.forms.privacy import RetentionForm
from customers.selectors.people import customer_label, get_customer_or_404
from customers.selectors.privacy import retention_page
from organization.gate import Action, actions_of, person_of, require
from organization.services import Refused


@require_POST
@never_cache
@require(Action.SEE_CONTACTS)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The fragment for htmx, a page for who has no script."""
    person = person_of(request)
    customer = get_customer_or_404(person, pk)
    context = {
        "customer": customer,
        "contact": services.reveal_contact(customer=customer, person=person),
        "clear": True,
    }
    if request.headers.get("HX-Request"):
        return render(request, "customers/_contact.html", context)
    return render(request, "customers/contact.html", {**context, "label": customer_label(customer.pk)})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.ADMINISTER)
def retention(request: HttpRequest) -> HttpResponse:
    page = retention_page()
    form = RetentionForm(
        request.POST if request.method == "POST" else None, initial={"version": page.version, **page.days}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_retention(
                days=form.days(), based_on=form.cleaned_data["version"], person=person_of(request)
            )
        except services.RetentionMoved:
            # Saving again is then meant: it is based on what holds now.
            again = request.POST.copy()
            again["version"] = str(page.version)
            form.data = again
            form.add_error(
                None,
                _(
                    "Somebody else has changed this meanwhile. Look at it and save again to put yours in its place."
                ),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved. What is older is erased in the coming night."))
            return redirect("customers:retention")
    context = {
        "page": page,
        "form": form,
        "limited": any(days is not None for days in page.days.values()),
        "keeps": Action.KEEP_METRICS in actions_of(request),
        "administers": True,
    }
    return render(request, "customers/retention.html", context)
