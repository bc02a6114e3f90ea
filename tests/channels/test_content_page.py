"""The content page: what each piece brought, what kind works where, who sees what, and files of tags on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from channels.models import Piece
from channels.selectors.content import content_pieces, what_works
from tests.channels.content import figures, piece, tags_of
from tests.kpis.test_entered import web
from tests.people import ada, bob, charlie, node

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/channels/content/"
AUGUST = {"period": "2025-08"}
DAYS = (date(2025, 8, 1), date(2025, 8, 31))


def shown(client: Client, **query: str) -> str:
    response = client.get(PAGE, {**AUGUST, **query})
    assert response.status_code == 200
    return response.content.decode()


def a_summer(folder: Path) -> None:
    """Eight pieces of a kind that works, eight of one that does not, and two lucky ones."""
    lines = []
    for n, rate in enumerate((0.08, 0.09, 0.07, 0.1, 0.06, 0.08, 0.09, 0.07)):
        piece(f"抖音/夏季/工厂{n}", format="video", scenes=["工厂"])
        lines.append(f"抖音/夏季/工厂{n},10000,{int(10000 * rate)},20,5")
    for n, rate in enumerate((0.02, 0.03, 0.04, 0.02, 0.03, 0.02, 0.03, 0.04)):
        piece(f"抖音/夏季/开箱{n}", format="video", scenes=["开箱"])
        lines.append(f"抖音/夏季/开箱{n},10000,{int(10000 * rate)},2,1")
    for n in range(2):
        piece(f"快手/秋季/萌宠{n}", format="video", scenes=["萌宠"])
        lines.append(f"快手/秋季/萌宠{n},1000,300,,")
    figures(folder, "\n".join(lines))


def test_bob_sees_which_kind_works_and_that_two_lucky_videos_do_not_win(tmp_path: Path) -> None:
    a_summer(tmp_path)
    text = shown(web(bob()))
    assert "工厂 × 抖音 gets the most interactions: likely 8" in text
    assert "by 8 pieces" in text
    assert text.index("工厂 × 抖音") < text.index("萌宠 × 快手")
    assert "too few pieces to judge" in text


def test_each_piece_goes_from_impressions_to_repeat_orders_and_what_is_not_reported_is_no_zero(
    tmp_path: Path,
) -> None:
    a_summer(tmp_path)
    pieces = {one.node.slug: one for one in content_pieces(bob(), below=None, first=DAYS[0], last=DAYS[1])}
    factory, pet = pieces["工厂0"], pieces["萌宠0"]
    assert (factory.amounts["impressions"], factory.amounts["interactions"]) == (10_000, 800)
    rates = (factory.interaction, factory.conversion, factory.repurchase)
    assert rates == (Decimal("0.08"), Decimal("0.025"), Decimal("0.25"))
    assert (pet.interaction, pet.conversion, pet.repurchase) == (Decimal("0.3"), None, None)
    found = what_works(list(pieces.values()), by="scenes", step="conversion")
    assert found.unreported == 2
    assert {row.tag for row in found.rows} == {"工厂", "开箱"}


def test_charlie_who_sees_one_channel_reads_nothing_of_the_others(tmp_path: Path) -> None:
    a_summer(tmp_path)
    client = web(charlie("channel:快手"))
    text = shown(client)
    assert "萌宠0" in text
    for secret in ("工厂", "开箱", "抖音"):
        assert secret not in text
    assert client.get(PAGE, {"channel": "抖音"}).status_code == 404
    assert "Tag many" not in text


def test_a_piece_alone_is_seen_without_the_names_above_it(tmp_path: Path) -> None:
    a_summer(tmp_path)
    text = shown(web(charlie("channel:快手/秋季/萌宠0")))
    assert "萌宠0" in text
    assert "快手" not in text.replace("/channels/", "")
    assert "萌宠1" not in text


def test_a_channel_or_campaign_narrows_the_page_and_a_wrong_period_is_said(tmp_path: Path) -> None:
    a_summer(tmp_path)
    client = web(bob())
    assert "工厂0" not in shown(client, channel="快手/秋季")
    response = client.get(PAGE, {"period": "yesterday"})
    assert response.status_code == 400
    assert "“yesterday” is no period" in response.content.decode()
    assert client.get(PAGE, {"channel": "nowhere"}).status_code == 404


def test_a_page_asks_no_more_of_the_database_for_many_pieces(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_summer(tmp_path)
    client = web(bob())
    shown(client)
    with django_assert_max_num_queries(16):
        shown(client, sort="interaction", step="conversion")


def test_bob_tags_a_piece_by_the_form_and_the_second_who_saves_sees_what_the_first_said() -> None:
    made = node("channel:抖音/夏季/开箱")
    client, url = web(bob()), f"{PAGE}{made.pk}/"
    said = {"format": "video", "platform": "抖音", "scenes": "厨房、客厅", "version": "0"}
    assert client.post(url, said).status_code == 302
    assert tags_of(made).scenes == ["厨房", "客厅"]
    late = client.post(url, {**said, "scenes": "工厂"})
    assert late.status_code == 200
    assert "Somebody has tagged it meanwhile" in late.content.decode()
    assert "厨房, 客厅" in late.content.decode()
    assert client.post(url, {**said, "scenes": "工厂", "version": "1"}).status_code == 302
    assert tags_of(made).scenes == ["工厂"]


def test_charlie_reads_the_tags_and_may_not_change_them() -> None:
    made = piece("抖音/夏季/开箱", scenes=["厨房"])
    client = web(charlie())
    text = client.get(f"{PAGE}{made.pk}/").content.decode()
    assert "厨房" in text
    assert '<button class="btn btn-primary"' not in text
    assert client.post(f"{PAGE}{made.pk}/", {"version": "1"}).status_code == 403
    assert client.get(f"{PAGE}{node('channel:抖音/夏季').pk}/").status_code == 404


FILE = "channel,campaign,content,format,scene\n抖音,夏季,开箱,video,厨房\n抖音,夏季,没有,video,厨房\n"


def test_bob_looks_at_a_file_before_it_tags_anything_and_it_is_applied_once() -> None:
    made = node("channel:抖音/夏季/开箱")
    client = web(bob())
    response = client.post(f"{PAGE}tags/", {"file": SimpleUploadedFile("tags.csv", FILE.encode("gb18030"))})
    text = response.content.decode()
    assert "1 would change, 0 stay as they are, 1 cannot be used." in text
    assert not Piece.objects.exists()
    sealed = response.context["sealed"]
    assert web(ada()).post(f"{PAGE}tags/", {"sealed": sealed}).status_code == 422
    assert not Piece.objects.exists()
    assert client.post(f"{PAGE}tags/", {"sealed": sealed}).status_code == 302
    assert tags_of(made).scenes == ["厨房"]


def test_a_look_that_is_not_hers_or_no_longer_holds_changes_nothing() -> None:
    made = node("channel:抖音/夏季/开箱")
    client = web(bob())
    sealed = client.post(f"{PAGE}tags/", {"file": SimpleUploadedFile("t.csv", FILE.encode())}).context[
        "sealed"
    ]
    piece("抖音/夏季/开箱", scenes=["客厅"])
    response = client.post(f"{PAGE}tags/", {"sealed": sealed})
    assert response.status_code == 422
    assert "meanwhile" in response.content.decode()
    assert tags_of(made).scenes == ["客厅"]
    assert client.post(f"{PAGE}tags/", {"sealed": sealed[:-3] + "xyz"}).status_code == 422


def test_a_file_that_is_no_table_of_tags_is_refused_at_its_place() -> None:
    client = web(bob())
    for content, why in ((b"", "empty"), (b"a,b\n1,2\n", "content"), (b"%PDF-1.4 x", "no table")):
        response = client.post(f"{PAGE}tags/", {"file": SimpleUploadedFile("t.csv", content)})
        assert response.status_code == 422
        assert why in response.content.decode()


def test_the_pieces_come_as_a_table_to_fill_in_and_send_back() -> None:
    piece("抖音/夏季/开箱", format="video", scenes=["厨房", "客厅"])
    node("channel:抖音/夏季/=cmd()")
    client = web(bob())
    table = client.get(f"{PAGE}tags/table/").content
    assert '抖音,夏季,开箱,Video,,,"厨房, 客厅",,' in table.decode("utf-8-sig")
    response = client.post(f"{PAGE}tags/", {"file": SimpleUploadedFile("t.csv", table)})
    assert response.context["look"].refused == ()
    assert response.context["look"].changes == ()
