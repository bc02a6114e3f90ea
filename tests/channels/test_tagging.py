"""Tagging content pieces: by a form, by files, with what is refused and what two people see of each other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from channels.models import Piece
from channels.selectors.tag_files import consider
from channels.services.content import PieceDraft, PieceMoved, tag_piece, tag_pieces
from channels.tag_files import read_lines
from channels.tags import read_tags
from ingest.errors import FileRefused
from organization.models import AuditEntry
from organization.services import Refused
from tests.channels.content import piece, tags_of
from tests.ingest.files import write
from tests.people import bob, charlie, node

pytestmark = pytest.mark.django_db
HEAD = "渠道,推广计划,内容,形式,平台,发布日期,场景,人群,产品\n"


def test_tags_are_read_as_people_write_them() -> None:
    assert read_tags("厨房, 客厅；Bedroom、bedroom | ＢＡＴＨ") == ["厨房", "客厅", "Bedroom", "BATH"]
    assert read_tags(" ，; ") == []


def test_bob_tags_a_piece_and_it_is_written_down_who_did() -> None:
    made = node("channel:抖音/夏季/开箱")
    draft = PieceDraft(made, "video", "抖音", date(2025, 8, 1), ["厨房"], ["新婚"], ["定制柜"])
    held = tag_piece(draft=draft, based_on=0, person=bob())
    assert (held.revision, tags_of(made).scenes) == (1, ["厨房"])
    entry = AuditEntry.objects.get(action="content.tag")
    assert (entry.person, entry.subject, entry.details["after"]["scenes"]) == (bob(), made.code, ["厨房"])


def test_what_says_the_same_changes_nothing_and_none_leaves_a_thing_as_it_is() -> None:
    made = piece("抖音/夏季/开箱", format="video", scenes=["Kitchen"], published_on=date(2025, 8, 1))
    assert tag_piece(draft=PieceDraft(made, scenes=["KITCHEN"]), based_on=0, person=None).revision == 1
    held = tag_piece(draft=PieceDraft(made, audiences=["新婚"]), based_on=1, person=None)
    assert (held.revision, held.format, held.scenes) == (2, "video", ["Kitchen"])
    held = tag_piece(draft=PieceDraft(made, scenes=[], dateless=True), based_on=2, person=None)
    assert (held.scenes, held.published_on, held.audiences) == ([], None, ["新婚"])


def test_of_two_who_tag_a_piece_the_later_one_sees_what_the_first_said() -> None:
    made = piece("抖音/夏季/开箱", scenes=["厨房"])
    with pytest.raises(PieceMoved) as moved:
        tag_piece(draft=PieceDraft(made, scenes=["客厅"]), based_on=0, person=bob())
    assert moved.value.current.scenes == ["厨房"]
    assert tags_of(made).scenes == ["厨房"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"format": "hologram"}, "hologram"),
        ({"platform": "x" * 41}, "40"),
        ({"scenes": [f"tag {n}" for n in range(11)]}, "10"),
        ({"audiences": ["y" * 41]}, "longer than 40"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_saved(said: dict[str, object], why: str) -> None:
    made = node("channel:抖音/夏季/开箱")
    good = PieceDraft(node("channel:抖音/夏季/测评"), scenes=["厨房"])
    with pytest.raises(Refused, match=why):
        tag_pieces(drafts=[good, PieceDraft(made, **said)], person=None)  # type: ignore[arg-type]
    assert not Piece.objects.exists()


def test_a_campaign_is_no_piece() -> None:
    with pytest.raises(Refused, match="夏季"):
        tag_piece(draft=PieceDraft(node("channel:抖音/夏季"), scenes=["a"]), based_on=0, person=None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_tags_many_pieces_whatever_it_is_written_in(tmp_path: Path, encoding: str) -> None:
    first, second = node("channel:抖音/夏季/开箱"), piece("抖音/夏季/测评", format="video", scenes=["客厅"])
    text = HEAD + "抖音,夏季,开箱,短视频,抖音,2025年8月1日,厨房；客厅,新婚,定制柜\n抖音,夏季,测评,视频,,,,,\n"
    look = consider(read_lines(write(tmp_path, text, encoding=encoding)), bob())
    assert ([one.line.number for one in look.changes], look.same, look.refused) == ([2], 1, ())
    done = tag_pieces(drafts=[one.draft for one in look.changes if one.draft], person=bob())
    assert (done.new, done.changed) == (1, 0)
    assert tags_of(first).scenes == ["厨房", "客厅"]
    assert tags_of(first).published_on == date(2025, 8, 1)
    assert tags_of(second).scenes == ["客厅"]


def test_each_bad_line_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    node("channel:抖音/夏季/开箱")
    node("channel:快手/夏季/开箱")
    lines = [
        "抖音,夏季,,视频",
        "抖音,夏季,开箱,全息",
        "抖音,夏季,开箱,视频,,昨天",
        "抖音,夏季,没有",
        ",,开箱,视频",
        "抖音,,开箱,视频",
    ]
    again = "抖音,夏季,开箱,直播"
    look = consider(read_lines(write(tmp_path, HEAD + "\n".join([*lines, again]) + "\n")), bob())
    assert [(one.line.number, one.problem[:24]) for one in look.refused] == [
        (2, "This line names no conte"),
        (3, "“全息” is not a format. Wr"),
        (4, "“昨天” is not a day. Write"),
        (5, "There is no content piec"),
        (6, "Several content pieces a"),
        (8, "Line 7 says this piece a"),
    ]
    assert len(look.changes) == 1


def test_a_file_without_the_names_of_pieces_or_without_tags_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="content"):
        read_lines(write(tmp_path, "渠道,场景\n抖音,厨房\n"))
    with pytest.raises(FileRefused, match="says nothing"):
        read_lines(write(tmp_path, "渠道,内容\n抖音,开箱\n"))


def test_pieces_that_are_not_bobs_to_tag_are_not_told_from_those_that_do_not_exist(tmp_path: Path) -> None:
    node("channel:抖音/夏季/开箱")
    node("channel:快手/秋季/秘密")
    path = write(tmp_path, HEAD + "快手,秋季,秘密,视频\n抖音,夏季,开箱,视频\n抖音,夏季,没有,视频\n")
    look = consider(read_lines(path), bob("channel:抖音"))
    assert [one.line.number for one in look.changes] == [3]
    there, not_there = (one.problem.replace("秘密", "?").replace("没有", "?") for one in look.refused)
    assert there == not_there
    assert len(consider(read_lines(path), charlie()).refused) == 3
