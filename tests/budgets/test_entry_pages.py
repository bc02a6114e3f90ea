"""Alice enters what her line spends on its pages; what cannot be is said at its place."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from budgets.entering import entries_part
from budgets.line_parts import parts_of
from budgets.models import Balance, Entry, Line, Receipt
from budgets.services.receipts import MOST_BYTES, add_receipt
from budgets.services.saying import EntryRefused
from organization.models import Person, Rate
from tests.budgets.books import a_budget, a_line, put
from tests.people import alice, bob, charlie

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 invoice"


def client_of(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def line(**more: Any) -> Line:
    today = timezone.localdate()
    budget = a_budget(days=(today - timedelta(days=10), today + timedelta(days=10)))
    return a_line(budget, planned=10_000, **{"owner": alice("company"), **more})


def at(name: str, *args: Any) -> str:
    return reverse(f"budgets:{name}", args=args)


def said(**more: Any) -> dict[str, Any]:
    return {"amount": "1,200", "day": f"{timezone.localdate()}", "reference": "INV 7", **more}


def test_alice_records_spend_of_her_line_with_its_receipt() -> None:
    books, client = line(), client_of(alice())
    form = client.get(at("spend", books.pk))
    assert "¥10,000.00 is free" in text(form)
    answer = client.post(at("spend", books.pk), said(receipt=SimpleUploadedFile("../bill.exe", PDF)))
    assert answer.headers["Location"] == at("line", books.pk)
    entry = Entry.objects.get(line=books, kind="spend")
    assert (entry.amount, entry.person) == (1200, alice())
    kept = Receipt.objects.get(entry=entry)
    assert (kept.name, kept.kind, kept.size) == ("bill.exe.pdf", "application/pdf", len(PDF))
    shown = text(client.get(at("entry", entry.pk)))
    assert "INV 7" in shown
    assert "bill.exe.pdf" in shown
    file = client.get(at("receipt", kept.pk))
    assert b"".join(file.streaming_content) == PDF  # type: ignore[attr-defined]
    assert file.headers["Content-Disposition"] == 'attachment; filename="bill.exe.pdf"'
    assert file.headers["X-Content-Type-Options"] == "nosniff"


def test_charlie_sees_what_was_entered_and_neither_enters_nor_opens_receipts() -> None:
    books = line()
    entry = put(books, "spend", 100, on=timezone.localdate(), reference="INV 1")
    kept = add_receipt(entry=entry, name="a.pdf", chunks=[PDF], person=alice(), now=timezone.now())
    client = client_of(charlie())
    assert "INV 1" in text(client.get(at("entries", books.pk)))
    assert "a.pdf" not in text(client.get(at("entry", entry.pk)))
    for address in (at("receipt", kept.pk), at("spend", books.pk), at("correct", entry.pk)):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"amount": "a lot"}, "This is not a number"),
        ({"amount": "0"}, "above zero"),
        ({"day": "2020-01-01"}, "This budget runs from"),
        ({"day": ""}, "required"),
        ({"receipt": SimpleUploadedFile("a.pdf", b"")}, "empty"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(more: dict[str, Any], words: str) -> None:
    books = line()
    answer = client_of(alice()).post(at("spend", books.pk), said(**more))
    assert answer.status_code == 200
    assert words in text(answer)
    assert not Entry.objects.filter(line=books, kind="spend").exists()


def test_a_form_sent_twice_counts_once() -> None:
    books, client = line(), client_of(alice())
    key = "6a8d1a9b-5a53-4f0e-9a86-3cf1f0a3b8a1"
    for _time in range(2):
        client.post(at("spend", books.pk), said(reference="", key=key))
    assert Balance.objects.get(line=books).spent == 1200


def test_a_commitment_beyond_what_is_free_is_refused_with_what_is_free() -> None:
    books, client = line(), client_of(alice())
    answer = client.post(at("commit", books.pk), said(amount="2万"))
    assert "¥10,000.00 free" in text(answer)
    assert Balance.objects.get(line=books).committed == 0


def test_alice_fulfils_a_commitment_in_parts_and_sees_what_is_left() -> None:
    books, client = line(), client_of(alice())
    client.post(at("commit", books.pk), said(amount="5000", reference="PO 1"))
    contract = Entry.objects.get(line=books, kind="commitment")
    client.post(at("fulfil", contract.pk), said(amount="2000"))
    assert "¥3,000.00 of it still open" in text(client.get(at("entry", contract.pk)))
    part = next(part for part in parts_of(alice(), books, timezone.now()) if part.anchor == "entries")
    assert [(one.total, one.left) for one in part.context["commitments"]] == [(5000, 3000)]
    assert "Record an invoice" in text(client.get(at("line", books.pk)))
    client.post(at("fulfil", contract.pk), said(amount="1000", reference="INV 8", last="on"))
    assert Balance.objects.get(line=books).committed == 0
    assert Balance.objects.get(line=books).spent == 3000


def test_alice_corrects_an_entry_and_what_it_said_stays_on_record() -> None:
    books, client = line(), client_of(alice())
    entry = put(books, "spend", 100, on=timezone.localdate())
    asked = client.get(at("correct", entry.pk))
    assert 'value="100"' in text(asked)
    assert "required" in text(client.post(at("correct", entry.pk), {"amount": "40", "why": ""}))
    client.post(at("correct", entry.pk), {"amount": "40", "why": "half was for May"})
    shown = text(client.get(at("entry", entry.pk)))
    assert "counts with ¥40.00" in shown
    assert "half was for May" in shown
    planned = Entry.objects.get(line=books, kind="plan")
    assert client.get(at("correct", planned.pk)).status_code == 404


def test_the_same_number_with_another_amount_is_told_and_marked() -> None:
    books, client = line(), client_of(alice())
    client.post(at("spend", books.pk), said())
    told = client.post(at("spend", books.pk), said(amount="1300"), follow=True)
    assert "known with another amount" in text(told)
    assert "said twice with different amounts" in text(client.get(at("entries", books.pk)))


def test_currencies_with_a_rate_can_be_chosen() -> None:
    books, client = line(), client_of(alice())
    assert 'name="currency"' not in text(client.get(at("spend", books.pk)))
    Rate.objects.create(currency="USD", against="CNY", first_day="2020-01-01", rate=Decimal("7.1"))
    assert "USD" in text(client.get(at("spend", books.pk)))
    client.post(at("spend", books.pk), said(amount="100", currency="USD"))
    assert Balance.objects.get(line=books).spent == 710


def archive(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (archive("OFD.xml"), "application/ofd"),
        (archive("virus.exe"), ""),
        (b"PK\x03\x04 broken", ""),
        (b"<html><script>", ""),
        (b"MZ\x90", ""),
        (b"", ""),
    ],
)
def test_a_receipt_is_what_its_bytes_say(content: bytes, kind: str) -> None:
    entry = put(line(), "spend", 100, on=timezone.localdate())
    if kind:
        made = add_receipt(entry=entry, name="发票.pdf", chunks=[content], person=None, now=timezone.now())
        assert made.kind == kind
        same = add_receipt(entry=entry, name="b.pdf", chunks=[content], person=None, now=timezone.now())
        assert same == made
    else:
        with pytest.raises(EntryRefused):
            add_receipt(entry=entry, name="a.pdf", chunks=[content], person=None, now=timezone.now())
        assert not Receipt.objects.exists()


def test_a_receipt_has_its_limit_and_leaves_nothing_behind(settings: Any, tmp_path: Any) -> None:
    settings.UPLOAD_DIR = tmp_path
    entry = put(line(), "spend", 100, on=timezone.localdate())
    with pytest.raises(EntryRefused, match="20 MB"):
        add_receipt(
            entry=entry, name="a.pdf", chunks=[PDF, b"x" * MOST_BYTES], person=None, now=timezone.now()
        )
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_list_of_entries_asks_as_often_for_many_as_for_few(django_assert_max_num_queries: Any) -> None:
    books, client = line(), client_of(bob())
    client.get(at("entries", books.pk))
    for day in range(30):
        put(books, "spend", 10, on=timezone.localdate() - timedelta(days=day % 9), person=alice())
    with django_assert_max_num_queries(22):
        client.get(at("entries", books.pk))
    person, found = bob(), Line.objects.select_related("node__scope").get(pk=books.pk)
    with django_assert_max_num_queries(4):
        part = entries_part(person, found, timezone.now())
    assert part is not None
    assert len(part.context["rows"]) == 6


def test_a_pool_has_no_part_of_entries() -> None:
    books = line(pool="reserve")
    assert "entries" not in [part.anchor for part in parts_of(bob(), books, timezone.now())]
