"""Setting up an address that is asked at set times. What is secret is shown as dots and stays as it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.outbound import TOKEN, OutboundRefused, check_url
from ingest.layout_pages import layout_choices
from ingest.models import LEAST_MINUTES, Paging, Pull, Shape, SinceKind
from ingest.words import source_name
from kpis.models import Source

DOTS = "••••"
MOST_LINES = 20

NewPairs = list[tuple[str, str | None]]


class SourceChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return source_name(obj)


def _lines(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(
        attrs={"rows": rows, "spellcheck": "false", "autocomplete": "off", "class": "pairs"}
    )


class PullForm(forms.ModelForm):  # type: ignore[type-arg]  # likewise
    header_lines = forms.CharField(
        label=gettext_lazy("Headers"),
        required=False,
        strip=False,
        widget=_lines(),
        help_text=gettext_lazy(
            "One a line, as Authorization: Bearer abc. Values are kept sealed and never shown again."
        ),
    )
    query_lines = forms.CharField(
        label=gettext_lazy("Parameters"),
        required=False,
        widget=_lines(),
        help_text=gettext_lazy("One a line, as report=daily."),
    )
    secret_lines = forms.CharField(
        label=gettext_lazy("Secret parameters"),
        required=False,
        widget=_lines(1),
        help_text=gettext_lazy("One a line, as access_token=abc. Kept sealed like headers."),
    )
    preset = forms.ChoiceField(
        label=gettext_lazy("Layout"),
        required=False,
        choices=lambda: [("", gettext_lazy("Recognise it by its headings")), *layout_choices()],
    )
    source = SourceChoice(
        label=gettext_lazy("Source"),
        required=False,
        queryset=Source.objects.order_by("rank", "name"),
        empty_label=gettext_lazy("A source of its own, of the same name"),
        help_text=gettext_lazy("Whose figures these are. Later data of a source replaces its earlier data."),
    )

    class Meta:
        model = Pull
        fields = (
            "name", "url", "shape", "records_path", "paging", "page_parameter", "page_start", "size_parameter",
            "page_size", "cursor_path", "most_pages", "since_kind", "since_parameter", "until_parameter",
            "since_field", "since_first", "day_format", "overlap_days", "every_minutes", "preset", "source",
        )  # fmt: skip
        labels = {
            "name": gettext_lazy("Name"),
            "url": gettext_lazy("Address"),
            "shape": gettext_lazy("What comes"),
            "records_path": gettext_lazy("Where the records are"),
            "paging": gettext_lazy("Divided into pages by"),
            "page_parameter": gettext_lazy("Parameter for the page"),
            "page_start": gettext_lazy("Number of the first page"),
            "size_parameter": gettext_lazy("Parameter for the page's size"),
            "page_size": gettext_lazy("Records a page"),
            "cursor_path": gettext_lazy("Where the answer says what is next"),
            "most_pages": gettext_lazy("At most so many pages"),
            "since_kind": gettext_lazy("Each time"),
            "since_parameter": gettext_lazy("Parameter for since when"),
            "until_parameter": gettext_lazy("Parameter for until when"),
            "since_field": gettext_lazy("Field"),
            "since_first": gettext_lazy("The first time, ask since"),
            "day_format": gettext_lazy("How days are written"),
            "overlap_days": gettext_lazy("Days asked for again"),
            "every_minutes": gettext_lazy("Every so many minutes"),
        }
        help_texts = {
            "url": gettext_lazy("With https:// or http://; keys and passwords go into the fields below."),
            "records_path": gettext_lazy(
                "Keys with dots, as data.items. Empty: the only list in the answer."
            ),
            "cursor_path": gettext_lazy("Keys with dots, as paging.next."),
            "until_parameter": gettext_lazy("Filled with today. Empty: not sent."),
            "since_field": gettext_lazy("Its highest value so far is sent, as an id or a time of change."),
            "since_first": gettext_lazy("Written as the other side wants it. Empty: not sent."),
            "overlap_days": gettext_lazy(
                "Before the last day with data, for corrections. Every night it is 35."
            ),
            "every_minutes": gettext_lazy("15 at least; 60 is every hour, 1440 every day."),
            "most_pages": gettext_lazy("With more, nothing is imported, and you are told."),
        }
        widgets = {
            "url": forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocomplete": "off"}),
            "every_minutes": forms.NumberInput(attrs={"min": LEAST_MINUTES}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pull: Pull = self.instance
        for name in ("page_start", "page_size", "most_pages", "overlap_days"):
            self.fields[name].required = False
        self.initial.setdefault(
            "header_lines", "\n".join(f"{name}: {DOTS}" for name, _sealed in pull.headers)
        )
        self.initial.setdefault(
            "secret_lines", "\n".join(f"{name}={DOTS}" for name, _sealed in pull.secret_query)
        )
        self.initial.setdefault("query_lines", "\n".join(f"{name}={value}" for name, value in pull.query))
        self.headers: NewPairs = []
        self.secret_query: NewPairs = []

    # -- One field each

    def clean_url(self) -> str:
        try:
            return check_url(self.cleaned_data["url"])
        except OutboundRefused as refused:
            raise forms.ValidationError(str(refused)) from None

    def clean_header_lines(self) -> str:
        self.headers = self._pairs(
            "header_lines", ":", {name.lower() for name, _sealed in self.instance.headers}
        )
        for name, _value in self.headers:
            if not TOKEN.fullmatch(name):
                raise forms.ValidationError(
                    _("“%(name)s” cannot be the name of a header.") % {"name": name[:80]}
                )
        return str(self.cleaned_data["header_lines"])

    def clean_secret_lines(self) -> str:
        known = {name.lower() for name, _sealed in self.instance.secret_query}
        self.secret_query = self._pairs("secret_lines", "=", known)
        return str(self.cleaned_data["secret_lines"])

    def clean_query_lines(self) -> str:
        self.instance.query = [[name, value] for name, value in self._pairs("query_lines", "=", set())]
        return str(self.cleaned_data["query_lines"])

    def _pairs(self, field: str, between: str, known: set[str]) -> NewPairs:
        pairs: NewPairs = []
        for line in filter(None, map(str.strip, self.cleaned_data[field].splitlines())):
            name, found, value = (part.strip() for part in line.partition(between))
            if not found or not name:
                shown = f"Name{between}{' ' if between == ':' else ''}…"
                raise forms.ValidationError(_("Write each line as %(form)s") % {"form": shown})
            if value == DOTS and name.lower() not in known:
                raise forms.ValidationError(_("Type the value of “%(name)s” anew.") % {"name": name[:80]})
            pairs.append((name, None if value == DOTS else value))
        if len(pairs) > MOST_LINES:
            raise forms.ValidationError(_("At most %(limit)s lines.") % {"limit": MOST_LINES})
        if len({name.lower() for name, _value in pairs}) < len(pairs):
            raise forms.ValidationError(_("Each name once."))
        return pairs

    def clean_every_minutes(self) -> int:
        minutes = int(self.cleaned_data["every_minutes"])
        if not LEAST_MINUTES <= minutes <= 31 * 24 * 60:
            raise forms.ValidationError(
                _("From %(least)s minutes to 44640, which is a month.") % {"least": LEAST_MINUTES}
            )
        return minutes

    def _or_default(self, name: str, least: int, most: int) -> int:
        value = self.cleaned_data.get(name)
        if value is None:
            return int(getattr(Pull(), name))
        if not least <= value <= most:
            raise forms.ValidationError(_("From %(least)s to %(most)s.") % {"least": least, "most": most})
        return int(value)

    def clean_page_start(self) -> int:
        return self._or_default("page_start", 0, 1_000_000)

    def clean_page_size(self) -> int:
        return self._or_default("page_size", 1, 100_000)

    def clean_most_pages(self) -> int:
        return self._or_default("most_pages", 1, 1000)

    def clean_overlap_days(self) -> int:
        return self._or_default("overlap_days", 0, 366)

    # -- What belongs together

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        paging, since = cleaned.get("paging"), cleaned.get("since_kind")
        needs = {
            "page_parameter": paging in {Paging.PAGE, Paging.OFFSET, Paging.CURSOR},
            "cursor_path": paging in {Paging.CURSOR, Paging.NEXT},
            "since_parameter": since != SinceKind.NONE,
            "since_field": since == SinceKind.FIELD,
        }
        for name, needed in needs.items():
            if needed and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed for what you chose above."))
        if paging in {Paging.CURSOR, Paging.NEXT} and cleaned.get("shape") != Shape.JSON:
            self.add_error("paging", _("Only JSON can say in itself what is next."))
        return cleaned
