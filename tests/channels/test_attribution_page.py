"""The page of attribution: who may look, set and send, and what each is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from channels.attribution import Model
from channels.models import AttributionSettings, PathUpload
from channels.services.attribution_settings import order_run
from ingest.services import import_path
from organization.models import AuditEntry, Job, Node, Person
from organization.services.jobs import work_next_job
from tests.channels.test_attributing import STORY
from tests.people import ada, alice, bob, charlie, dana, mallory

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/channels/attribution/"
NOW = timezone.now()


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def seen(who: Person, address: str = URL) -> str:
    answer = browser(who).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def story(folder: Path) -> None:
    path = folder / "touches.csv"
    path.write_text(STORY)
    import_path(path=path)


def typed(**more: Any) -> dict[str, Any]:
    return {
        "shown": ["linear", "markov"], "published": ["linear"], "direct": "", "half_life_hours": "24", "order": "2",
        "look_back_days": "30", "version": "0", **more,
    }  # fmt: skip


def test_whoever_sees_the_company_reads_it_and_others_do_not_find_it() -> None:
    for who in (bob(), charlie(), dana(), ada()):
        assert "No touches yet" in seen(who)
    assert browser(alice()).get(URL).status_code == 404
    assert browser(mallory()).get(URL).status_code == 403


def test_bob_sends_touches_has_them_divided_and_sees_models_side_by_side(tmp_path: Path) -> None:
    story(tmp_path)
    assert "Not divided yet" in seen(bob())
    client = browser(bob())
    assert client.post(f"{URL}run/").status_code == 302
    assert "Waiting for a free worker" in seen(charlie())
    assert work_next_job()
    text = seen(bob())
    for words in ("Last touch", "Markov chain", "Shapley values", "All channels", "than by last touch"):
        assert words in text
    month = seen(charlie(), f"{URL}?month=2026-09&of=revenue")
    assert "¥30.00" in month
    assert "¥100.00" not in month
    assert "Divide conversions anew" not in month


@pytest.mark.parametrize(
    "asked", ["?month=2026-13", "?month=x", "?of=zq", "?month=1990-01", "?paths=", "?month=2026-09%00"]
)
def test_odd_addresses_show_everything(asked: str, tmp_path: Path) -> None:
    assert browser(bob()).get(URL + asked).status_code == 200


def test_bob_saves_settings_which_are_in_the_history_and_others_may_not(tmp_path: Path) -> None:
    story(tmp_path)
    for who, status in ((charlie(), 403), (dana(), 403), (alice(), 404), (mallory(), 403)):
        assert browser(who).post(URL, typed()).status_code == status
    assert browser(bob()).post(URL, typed()).status_code == 302
    row = AttributionSettings.objects.get()
    assert (row.shown, row.published, row.order, row.look_back_days) == (
        ["linear", "markov"],
        ["linear"],
        2,
        30,
    )
    assert AuditEntry.objects.filter(action="attribution.change").count() == 1
    assert Job.objects.count() == 1
    answer = browser(ada()).post(URL, typed(order="3"))
    assert "Somebody has changed these settings meanwhile" in answer.content.decode()
    assert browser(ada()).post(URL, typed(order="3", version="1")).status_code == 302
    assert AttributionSettings.objects.get().order == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"half_life_hours": "0"}, "greater than or equal to 0.1"),
        ({"shown": ["last-non-direct"]}, "needs to know which channel is direct"),
        ({"shown": []}, "required"),
        ({"order": "9"}, "valid choice"),
    ],
)
def test_settings_that_cannot_be_are_told_at_their_place(wrong: dict[str, Any], said: str) -> None:
    answer = browser(bob()).post(URL, typed(**wrong))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not AttributionSettings.objects.exists()


def test_dana_sends_paths_with_counts_and_takes_them_away() -> None:
    client = browser(dana())
    file = SimpleUploadedFile("路径.csv", b"path,conversions,nulls\na>b,10,0\nb,5,20\n")
    answer = client.post(f"{URL}paths/", {"file": file})
    upload = PathUpload.objects.get()
    assert answer["Location"] == f"{URL}?paths={upload.pk}"
    assert work_next_job()
    text = seen(dana(), answer["Location"])
    assert "路径.csv" in text
    assert "15" in text
    assert "Time decay needs the hours" in text
    assert browser(charlie()).post(f"{URL}paths/{upload.pk}/remove/").status_code == 403
    assert client.post(f"{URL}paths/{upload.pk}/remove/").status_code == 302
    assert client.get(answer["Location"]).status_code == 404


def test_a_file_that_is_none_is_told_where_it_was_sent() -> None:
    file = SimpleUploadedFile("x.csv", b"path,conversions,nulls\na>b,ten,0\n")
    answer = browser(bob()).post(f"{URL}paths/", {"file": file})
    assert "“ten” in “conversions” is no number." in answer.content.decode()
    assert not PathUpload.objects.exists()


def test_the_page_asks_no_more_of_many_channels(tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    lines = "".join(f"k{n},2026-08-0{1 + n % 9},channel {n},,{n % 2},5\n" for n in range(40))
    path = tmp_path / "many.csv"
    path.write_text("key,time,channel,campaign,converted,value\n" + lines)
    import_path(path=path)
    order_run(person=bob(), now=NOW)
    work_next_job()
    assert Node.objects.filter(dimension="channel").count() == 40
    client = browser(bob())
    client.get(URL)
    with django_assert_max_num_queries(26):
        assert client.get(URL).status_code == 200


def test_every_model_has_words_in_every_list() -> None:
    from channels.attribution_words import MODELS, NAMES, SAYING

    assert set(MODELS) == set(NAMES) == set(SAYING) == set(Model)
