from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Sum

from feedback.models import (
    Answer,
    AnswerTopic,
    FeedbackSettings,
    Keyword,
    KeywordMonth,
    Topic,
    TopicMonth,
    TopicRun,
)
from feedback.services import topic_counts
from feedback.services.analysis import QUIET, order_analysis
from feedback.services.topic_counts import run_topics
from feedback.services.topics import read_anew
from organization.jobs import JobCancelled, Progress
from organization.models import Job, JobState
from organization.services.jobs import work_next_job
from tests.feedback.made import a_comment
from tests.people import node

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def counted(now: datetime = NOW) -> None:
    run_topics(Job(kind="feedback.topics", started_at=now), Progress())


def of(topic: str) -> tuple[int | None, int | None, int | None]:
    found = TopicMonth.objects.filter(topic__name=topic)
    said = found.aggregate(comments=Sum("comments"), scored=Sum("scored"), total=Sum("score_sum"))
    return said["comments"], said["scored"], said["total"]


def rows() -> list[list[tuple[object, ...]]]:
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (AnswerTopic, TopicMonth, Keyword, KeywordMonth)
    ]


def test_comments_in_both_languages_count_for_the_same_topic_with_their_writers_scores() -> None:
    a_comment("快递太慢了", nps=3)
    a_comment("Two deliveries were late, and the courier was rude", nps=4)
    a_comment("Late delivery", nps=None, csat=2)
    a_comment("All is well", nps=10)
    counted()
    assert of("Delivery") == (3, 2, 7)
    assert of("Service") == (1, 1, 4)
    run = TopicRun.objects.get()
    assert (run.comments, run.last_day, run.first_day) == (4, date(2026, 10, 12), date(2024, 12, 1))


def test_a_topic_is_counted_by_month_place_and_customer_type() -> None:
    a_comment("快递太慢了", nps=3, region="华东/上海", channel="抖音", segment="新客")
    a_comment("物流很快", nps=9, region="华东/上海", channel="抖音", segment="新客")
    a_comment("物流很快", nps=8, region="华北", day=date(2026, 9, 30))
    counted()
    found = TopicMonth.objects.filter(topic__name="Delivery").order_by("month")
    assert [
        (one.month, one.region_id, one.segment, one.comments, one.promoters, one.detractors) for one in found
    ] == [
        (date(2026, 9, 1), node("region:华北").pk, "", 1, 0, 0),
        (date(2026, 10, 1), node("region:华东/上海").pk, "新客", 2, 1, 1),
    ]
    assert found[1].score_squares == 90


def test_counting_twice_is_counting_once() -> None:
    for at in range(12):
        a_comment(f"快递太慢, parcel {'lost' * at}", nps=at % 11)
    counted()
    before, made_at = rows(), TopicRun.objects.get().made_at
    counted(NOW + timedelta(hours=1))
    assert rows() == before
    assert TopicRun.objects.get().made_at > made_at


def test_what_is_the_same_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    a_comment("快递太慢")
    counted()
    monkeypatch.setattr(topic_counts, "Reader", None)
    counted()
    a_comment("更慢")
    with pytest.raises(TypeError):
        counted()


def test_a_comment_that_is_gone_or_changed_is_counted_as_it_stands_now() -> None:
    gone, changed = a_comment("快递太慢", nps=1), a_comment("快递太慢", nps=2)
    counted()
    assert of("Delivery") == (2, 2, 3)
    gone.delete()
    Answer.objects.filter(pk=changed.pk).update(comment="质量不好")
    counted()
    assert of("Delivery") == (None, None, None)
    assert of("Quality") == (1, 1, 2)


def test_comments_older_than_two_years_are_left_out() -> None:
    a_comment("快递太慢", day=date(2024, 11, 30))
    a_comment("快递太慢", day=date(2024, 12, 1))
    counted()
    assert of("Delivery")[0] == 1


def test_new_words_of_a_topic_find_old_comments_and_what_is_put_away_is_not_counted() -> None:
    a_comment("The zipper jams", nps=2)
    counted()
    assert of("Quality")[0] is None
    Topic.objects.filter(name="Quality").update(words=["zipper"])
    counted()
    assert of("Quality") == (1, 1, 2)
    Topic.objects.filter(name="Quality").update(archived_at=NOW)
    counted()
    assert of("Quality")[0] is None


def test_cancelled_it_leaves_what_was_there() -> None:
    a_comment("快递太慢")
    counted()
    before = rows()
    a_comment("快递太慢")
    progress = Progress()

    def cancelled() -> None:
        raise JobCancelled

    progress.hold = cancelled
    with pytest.raises(JobCancelled):
        run_topics(Job(started_at=NOW), progress)
    assert rows() == before


def test_keywords_keep_their_ids_and_the_companys_own_stop_words_are_none() -> None:
    for _ in range(10):
        a_comment("zipper jams, handle wobbles", nps=2)
    counted()
    ids = dict(Keyword.objects.values_list("word", "pk"))
    assert set(ids) == {"zipper", "jam", "handle", "wobble"}
    a_comment("zipper again, handle")
    FeedbackSettings.objects.update(stop_words=["Wobbles"])
    counted()
    assert dict(Keyword.objects.values_list("word", "pk")) == {
        word: pk for word, pk in ids.items() if word != "wobble"
    }
    assert Keyword.objects.get(word="zipper").comments == 11
    assert KeywordMonth.objects.filter(keyword__word="zipper").aggregate(n=Sum("comments"))["n"] == 11


def test_words_that_occur_together_are_brought_together() -> None:
    for at in range(60):
        a_comment(["zipper jams", "handle wobbles", "colour fades"][at % 3])
    counted()
    found = dict(Keyword.objects.values_list("word", "cluster"))
    assert found["zipper"] == found["jam"] != found["handle"] == found["wobble"]
    assert "zipper" in found["zipper"]


def test_signs_that_mean_something_to_the_database_are_only_signs() -> None:
    a_comment("快递\t太慢\n\\N", segment='a\tb\\n"', nps=3)
    counted()
    assert TopicMonth.objects.get().segment == 'a\tb\\n"'


def test_answers_have_it_done_a_while_later_and_who_edits_topics_at_once() -> None:
    a_comment("快递太慢")
    order_analysis(now=NOW)
    order_analysis(now=NOW + timedelta(minutes=1))
    job = Job.objects.get(kind="feedback.topics")
    assert job.not_before == NOW + QUIET
    read_anew(person=None, now=NOW)
    job.refresh_from_db()
    assert job.not_before == NOW
    assert work_next_job(now=NOW + timedelta(seconds=1))
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert TopicRun.objects.get().comments == 1
