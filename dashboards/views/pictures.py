"""Pages and parts of them as pictures and for printing."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.drawing.chromium import chromium
from dashboards.forms.pictures import PictureForm
from dashboards.models import Picture
from dashboards.presenting.pictures import FAILED, file_name, progress_of, why_failed
from dashboards.read_for import Unreadable, read_for
from dashboards.selectors.pictures import picture_of
from dashboards.services.pictures import TooMany, ask_for_picture
from dashboards.shareable import Address, NotShareable, address_of
from dashboards.tables.page import parts_of, title_of
from organization.gate import Action, person_of, require

TYPES = {"png": "image/png", "pdf": "application/pdf"}
private = cache_control(private=True, no_store=True)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
@private
def picture_new(request: HttpRequest) -> HttpResponse:
    """`?page=/channels/…&form=png`: how the picture shall be; posted, it is asked for. Scripts ask for JSON."""
    given = request.POST if request.method == "POST" else request.GET
    address = wanted_page(given.get("page", ""))
    if request.method == "POST":
        return _ask(request, address)
    html = _read(request, address)
    start = {"form": "png", "theme": "light", "width": 1440, "language": get_language()}
    asked = {name: request.GET[name] for name in PictureForm.base_fields if name in request.GET}
    form = PictureForm(initial=start | asked, parts=parts_of(html))
    return _choose(request, address, form, title_of(html))


def _ask(request: HttpRequest, address: Address) -> HttpResponse:
    person = person_of(request)
    form, scripted = PictureForm(request.POST), _scripted(request)
    error, status = "", 400
    if not chromium():
        error, status = str(FAILED["missing"]), 503
    elif form.is_valid():
        asked = form.asked(get_language() or "")
        try:
            made = ask_for_picture(person=person, asked=asked, now=timezone.now())
        except TooMany as refused:
            error, status = str(refused), 429
        else:
            url = reverse("dashboards:picture", args=[made.pk])
            return JsonResponse({"ask": url}, status=202) if scripted else redirect(url)
    if scripted:
        said = error or " ".join(str(one) for errors in form.errors.values() for one in errors)
        return JsonResponse({"error": said}, status=status)
    html = _read(request, address)
    again = PictureForm(request.POST, parts=parts_of(html))
    return _choose(request, address, again, title_of(html), error, status)


def _choose(
    request: HttpRequest, address: Address, form: PictureForm, title: str, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "back": str(address),
        "error": error or ("" if chromium() else FAILED["missing"]),
        "may": bool(chromium()),
    }
    return render(request, "dashboards/picture_new.html", context, status=status)


@require_safe
@require(Action.VIEW)
@private
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and when it is there, the way to it."""
    found = _hers(request, pk)
    here = reverse("dashboards:picture", args=[found.pk])
    file = reverse("dashboards:picture_file", args=[found.pk])
    if _scripted(request):
        failed = why_failed(found) if found.state == "failed" else ""
        return JsonResponse({"state": found.state, "error": failed, "file": file})
    context = {
        "picture": found,
        "progress": progress_of(found, here),
        "file": file,
        "name": _name(found) if found.state == "done" else "",
        "again": f"{reverse('dashboards:picture_new')}?{urlencode({'page': found.address, 'form': found.form})}",
    }
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "_progress.html", context)
        if found.state != "waiting":
            response["HX-Refresh"] = "true"
        return response
    response = render(request, "dashboards/picture.html", context)
    if found.state == "waiting":
        response["Refresh"] = "4"  # without a script it asks again all the same
    return response


@require_safe
@require(Action.VIEW)
@private
def picture_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """`?show=1`: to be looked at on its page."""
    found = _hers(request, pk, with_file=True)
    if found.state != "done" or found.content is None:
        raise Http404
    response = FileResponse(BytesIO(found.content), content_type=TYPES[found.form])
    shown = "show" in request.GET and found.form == "png"
    response["Content-Disposition"] = content_disposition_header(not shown, _name(found)) or "attachment"
    return response


def wanted_page(text: str) -> Address:
    """Raises Http404 for what is no page of this site, or none that is shared."""
    try:
        return address_of(text)
    except NotShareable:
        raise Http404 from None


def _hers(request: HttpRequest, pk: int, *, with_file: bool = False) -> Picture:
    found = picture_of(person_of(request), pk, with_file=with_file)
    if found is None:
        raise Http404
    return found


def _read(request: HttpRequest, address: Address) -> str:
    """The page, for its title and its parts. Raises Http404 where she may not see it."""
    try:
        return read_for(person_of(request), address, language=get_language() or "").content.decode()
    except Unreadable:
        raise Http404 from None


def _name(picture: Picture) -> str:
    made = timezone.localtime(picture.made_at) if picture.made_at else timezone.localtime(picture.asked_at)
    return file_name(picture.title, made.date(), picture.form)


def _scripted(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
