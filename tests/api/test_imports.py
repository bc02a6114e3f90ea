"""Programs send files, ask what became of them, and take them back."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ingest.models import Import
from ingest.services import work_next
from tests.api.callers import Program
from tests.ingest.files import text_of
from tests.people import alice, bob, charlie, dana

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [
    ("2026-06-01", "抖音直播", "大促", "华东/上海", "护肤", 1000, 100, 10, "100.5", 50),
    ("2026-06-02", "抖音直播", "大促", "华东/上海", "护肤", 10, 100, 10, "100.5", 50),  # more clicks than impressions
    ("2026-06-03", "抖音直播", "大促", "华东/上海", "护肤", 1000, 100, 10, "many", 50),
]  # fmt: skip


def a_file(text: str | None = None, name: str = "june.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, (text_of(ROWS) if text is None else text).encode())


def worked_off() -> None:
    while work_next():
        pass


def test_danas_file_goes_in_and_her_program_hears_what_did_not() -> None:
    program = Program(dana())
    sent = program.upload(file=a_file())
    assert sent.status_code == 202
    assert sent["Location"] == sent.json()["url"]
    assert (sent.json()["state"], sent.json()["created_by"]) == ("queued", "Dana")
    worked_off()
    found = program.get(sent["Location"]).json()
    assert (found["state"], found["source"], found["rows"], found["accepted"], found["rejected"]) == (
        "done", "files", 3, 1, 2,
    )  # fmt: skip
    assert found["figures_due"]
    first = program.get(found["url"] + "rejects/", limit=1).json()
    assert [one["line"] for one in first["results"]] == [3]
    second = program.get(first["next"]).json()
    assert [one["line"] for one in second["results"]] == [4]
    assert second["next"] is None
    assert "many" in second["results"][0]["reasons"][0]
    assert {"heading": "revenue", "text": "many"} in second["results"][0]["cells"]


def test_an_import_is_taken_back_once() -> None:
    program = Program(bob())
    address = program.upload(file=a_file())["Location"]
    assert program.post(address + "undo/").status_code == 409
    worked_off()
    assert program.post(address + "undo/").status_code == 202
    worked_off()
    assert program.get(address).json()["state"] == "undone"
    assert program.post(address + "undo/").status_code == 409


def test_a_file_that_cannot_go_in_ends_with_its_reason() -> None:
    program = Program(dana())
    address = program.upload(file=a_file("%PDF-1.4"))["Location"]
    worked_off()
    found = program.get(address).json()
    assert found["state"] == "failed"
    assert found["error"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"file": "text instead of a file"}, 400),
        ({"file": a_file(), "preset": "nothing"}, 422),
        ({"file": a_file(), "preset": "sent-rows"}, 422),
        ({"file": a_file(), "preset": "\0"}, 400),
        ({"file": a_file(), "preset": "x" * 100}, 400),
    ],
)
def test_what_is_no_file_is_not_taken(fields: dict[str, Any], status: int) -> None:
    assert Program(dana()).upload(**fields).status_code == status
    assert not Import.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "长" * 200 + ".csv", "a\nb.csv", "no-extension"])
def test_odd_names_stay_names(name: str) -> None:
    response = Program(dana()).upload(file=a_file(name=name))
    assert response.status_code == 202
    assert "/" not in response.json()["file_name"]


def test_a_file_beyond_the_limit_is_told_the_limit(settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 1024
    response = Program(dana()).upload(file=a_file("x" * 2048))
    assert response.status_code == 413
    big = io.BytesIO(b"x" * (2 * 1024 * 1024))
    big.name = "big.csv"
    assert Program(dana()).upload(file=big).status_code == 413


def test_a_broken_form_is_not_taken() -> None:
    program = Program(dana())
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=" + "é",
    ):
        response = program.client.generic(
            "POST", "/api/v1/imports/", b"--y\r\nnonsense", content_type=kind, headers=program.headers
        )
        assert response.status_code == 400, kind
    assert program.post("imports/", {}).status_code == 415


def test_imports_are_listed_for_those_who_may_import() -> None:
    dana_program = Program(dana())
    for n in range(3):
        dana_program.upload(file=a_file(name=f"{n}.csv"))
    names = [one["file_name"] for one in dana_program.get("imports/").json()["results"]]
    assert names == ["2.csv", "1.csv", "0.csv"]
    assert len(dana_program.get("imports/", state="queued", source="files").json()["results"]) == 3
    assert dana_program.get("imports/", source="\0").status_code == 400
    first = Import.objects.earliest("pk").pk
    for person in (alice(), charlie()):
        program = Program(person)
        for address in ("imports/", f"imports/{first}/", f"imports/{first}/rejects/"):
            assert program.get(address).status_code == 403
        assert program.upload(file=a_file()).status_code == 403
        assert program.post(f"imports/{first}/undo/").status_code == 403
