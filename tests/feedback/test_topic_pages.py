from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from feedback.models import Interview, InterviewNote, Keyword, Topic
from feedback.services.topic_counts import run_topics
from feedback.services.topics import TopicRefused, put_away_topic, save_topic
from organization.jobs import Progress
from organization.models import AuditEntry, Job, Person
from tests.feedback.made import a_comment, a_topic
from tests.people import alice, bob, charlie, dana, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
JULY, OCTOBER = date(2026, 7, 6), date(2026, 10, 12)


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read() -> None:
    run_topics(Job(kind="feedback.topics", started_at=NOW), Progress())


def page(who: Person, name: str = "topics", *args: int, **query: str) -> str:
    found = browser(who).get(reverse(f"feedback:{name}", args=args), query)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


def late_deliveries(many: int = 40, *, region: str = "华东/上海") -> None:
    """Delivery falls from 8 to 3 in 华东, and is praised in 华北."""
    for at in range(many):
        a_comment("快递太慢，盒子压坏了", 2 + at % 3, region=region)
        a_comment("快递 on time", 7 + at % 3, region=region, day=JULY)


def of(name: str) -> Topic:
    return Topic.objects.get(name=name)


def test_the_page_says_what_scores_lowest_and_what_changed_most() -> None:
    late_deliveries()
    for at in range(40):
        a_comment("服务态度好", 9 + at % 2)
        a_comment("盒子压坏了", 1 + at % 2)
    read()
    text = page(charlie())
    assert "Packaging scores lowest: 2.2 of 10 over 80 scores." in text
    assert "Delivery changed most: -5.0 on the period before." in text.replace("\N{MINUS SIGN}", "-")
    assert text.index(">Packaging<") < text.index(">Service<")
    assert "160 comments since" in text


def test_nothing_is_said_to_be_the_cause() -> None:
    late_deliveries(2)
    read()
    said = page(charlie())
    assert "the word need not be the cause" in said
    assert "because" not in said.casefold()


def test_alice_counts_only_what_her_region_says() -> None:
    late_deliveries()
    for _ in range(50):
        a_comment("物流很快，传送门", 10, region="华北")
    read()
    topic, word = of("Delivery"), Keyword.objects.get(word="传送门")
    assert "8.1 of 10 (n=90)" not in page(alice(), "topic", topic.pk)
    assert "3.0 of 10 (n=40)" in page(alice(), "topic", topic.pk)
    assert "(n=90)" in page(charlie(), "topic", topic.pk)
    assert "3.0 of 10 (n=40)" in page(charlie(), "topic", topic.pk, area="region:华东")
    assert "传送门" not in page(alice())
    assert "传送门" in page(charlie())
    asked = browser(alice())
    assert asked.get(reverse("feedback:keyword", args=[word.pk])).status_code == 404
    assert asked.get(reverse("feedback:topics"), {"area": "region:华北"}).status_code == 404
    assert asked.get(reverse("feedback:topic", args=[topic.pk]), {"area": "company"}).status_code == 404


def test_comments_are_read_by_who_handles_complaints_there_and_counted_by_all() -> None:
    late_deliveries()
    a_comment("快递 lost in 北京", 1, region="华北")
    read()
    topic = of("Delivery").pk
    assert "盒子压坏了" in page(alice(), "topic", topic)
    assert "北京" not in page(alice(), "topic", topic)
    assert "北京" in page(bob(), "topic", topic)
    for who in (charlie(), dana()):
        looking = page(who, "topic", topic)
        assert "盒子压坏了" not in looking
        assert "Comments are read by those who handle complaints" in looking


def test_what_people_write_is_shown_as_text() -> None:
    a_comment("快递 <script>alert(1)</script> =1+1", 1, segment="<b>vip</b>")
    read()
    text = page(bob(), "topic", of("Delivery").pk)
    assert "快递 &lt;script&gt;alert(1)&lt;/script&gt; =1+1" in text
    assert "<b>vip</b>" not in text
    assert "&lt;b&gt;vip&lt;/b&gt;" in text


def test_few_scores_are_grey_and_stand_last() -> None:
    late_deliveries()
    for _ in range(3):
        a_comment("退款 refund", 0)
    read()
    text = page(charlie())
    row = text[: text.index(">Returns<")].rindex("<tr")
    assert 'class="row-muted"' in text[row : text.index(">Returns<")]
    assert text.index(">Delivery<") < text.index(">Returns<")
    assert "it says little" in page(charlie(), "topic", of("Returns").pk)


def test_a_page_is_of_a_customer_type_and_of_a_time() -> None:
    late_deliveries()
    for _ in range(31):
        a_comment("快递", 6, segment="新客")
    read()
    topic = of("Delivery").pk
    assert "6.0 of 10 (n=31)" in page(charlie(), "topic", topic, segment="新客")
    assert "(n=111)" in page(charlie(), "topic", topic, months="12")
    assert "August 2026 to October 2026" in page(charlie(), months="3")
    assert "October 2026" in page(charlie(), months="nonsense", segment="nobody")


def test_channels_and_regions_are_counted_one_step_below() -> None:
    late_deliveries()
    for at in range(40):
        a_comment("快递", 8 + at % 2, region="华北/北京/朝阳店", channel="抖音")
    read()
    text = page(charlie(), "topic", of("Delivery").pk)
    assert "By region" in text
    assert text.index(">华东<") < text.index(">华北<")
    assert "朝阳店" not in text
    assert ">上海<" in page(charlie(), "topic", of("Delivery").pk, area="region:华东")


def test_quotes_of_interviews_stand_beside_a_topic() -> None:
    read()
    talk = Interview.objects.create(scope=scope("region:华东"), at=NOW)
    note = InterviewNote.objects.create(interview=talk, text="I wait <all> day", quote=True)
    note.topics.add(of("Delivery"))
    assert "I wait &lt;all&gt; day" in page(alice(), "topic", of("Delivery").pk)
    assert "I wait" not in page(charlie(), "topic", of("Delivery").pk)
    assert "I wait" not in page(alice("region:华北") and bob("region:华北"), "topic", of("Delivery").pk)


def test_before_comments_were_read_the_page_says_so() -> None:
    assert "Comments have not been read yet." in page(charlie())


def test_pages_cost_the_same_however_much_is_said() -> None:
    def queries(name: str, *args: int) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client = browser(bob())
        client.get(reverse(f"feedback:{name}", args=args))
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(reverse(f"feedback:{name}", args=args))
        return len(found)

    late_deliveries(5)
    read()
    before = queries("topics"), queries("topic", of("Delivery").pk)
    late_deliveries(30)
    for at in range(12):
        a_comment("物流 parcel price zipper jam", 5, region=f"华南/{at}", channel=f"c{at}")
    read()
    after = queries("topics"), queries("topic", of("Delivery").pk)
    assert after[0] <= before[0] + 1  # the words of clusters, once there are any
    assert after[1] <= before[1] + 4  # channels, once there are any
    assert max(after) <= 40


# -- Keeping topics ---------------------------------------------------------------------------------


def test_bob_makes_a_topic_of_words_and_comments_are_read_for_it() -> None:
    for at in range(60):
        a_comment(["zipper jams", "handle wobbles", "colour fades"][at % 3], 2)
    read()
    text = page(bob())
    link = reverse("feedback:topic_new") + "?words=zipper%2Cjam"
    assert link in text or reverse("feedback:topic_new") + "?words=jam%2Czipper" in text
    assert "Make a topic of these words" not in page(charlie())
    client = browser(bob())
    assert "zipper\njam" in client.get(link).content.decode()
    done = client.post(link, {"name": "Zips", "name_zh": "拉链", "words": "Zipper，jams;卡住\n卡住"})
    made = of("Zips")
    assert done["Location"] == reverse("feedback:topic", args=[made.pk])
    assert made.words == ["zipper", "jams", "卡住"]
    assert Job.objects.filter(kind="feedback.topics", state="waiting").exists()
    entry = AuditEntry.objects.get(action="feedback.topic")
    assert entry.details["words"] == made.words
    read()
    assert "2.0 of 10" in page(charlie(), "topic", made.pk, months="12")
    assert "jam" not in str(page(bob()).partition("Words that occur together")[2])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "This field is required."),
        (" , ，\n", "Name at least one word"),
        ("x" * 41, "is too long"),
        ("!!!", "is no word"),
        (",".join(f"w{n}" for n in range(201)), "too many words"),
    ],
)
def test_words_that_are_none_are_refused_at_their_place(words: str, why: str) -> None:
    found = browser(bob()).post(reverse("feedback:topic_new"), {"name": "Zips", "words": words})
    assert found.status_code == 422
    assert why in found.content.decode()
    assert not Topic.objects.filter(name="Zips").exists()


def test_of_two_who_edit_a_topic_the_later_looks_again() -> None:
    topic = a_topic()
    save_topic(topic=topic, name="Pace", name_zh="", words=["slow"], person=bob(), now=NOW, revision=1)
    with pytest.raises(TopicRefused, match="meanwhile"):
        save_topic(topic=topic, name="Tempo", name_zh="", words=["slow"], person=bob(), now=NOW, revision=1)
    url = reverse("feedback:topic_edit", args=[topic.pk])
    late = browser(bob()).post(url, {"name": "Tempo", "words": "slow", "revision": "1"})
    assert late.status_code == 422
    assert "meanwhile" in late.content.decode()
    topic.refresh_from_db()
    assert (topic.name, topic.revision) == ("Pace", 2)


def test_a_name_is_taken_once() -> None:
    with pytest.raises(TopicRefused) as refused:
        save_topic(topic=None, name="Delivery", name_zh="", words=["x1"], person=bob(), now=NOW)
    assert refused.value.field == "name"


def test_saving_what_is_the_same_changes_nothing() -> None:
    topic = a_topic()
    save_topic(topic=topic, name="Speed", name_zh="", words=["slow", "慢"], person=bob(), now=NOW, revision=1)
    topic.refresh_from_db()
    assert topic.revision == 1
    assert not Job.objects.filter(kind="feedback.topics").exists()


def test_put_away_a_topic_stands_in_no_list_until_it_is_taken_out_again() -> None:
    a_comment("慢", 1)
    topic = a_topic()
    read()
    url, client = reverse("feedback:topic_edit", args=[topic.pk]), browser(bob())
    client.post(url, {"do": "away", "revision": "1"})
    assert ">Speed<" not in page(charlie())
    assert "put away" in page(charlie(), "topic", topic.pk)
    assert ">Speed<" in page(bob())  # among what is put away, for who keeps topics
    client.post(url, {"do": "back", "revision": "1"})  # as it stood before
    topic.refresh_from_db()
    assert topic.archived_at is not None
    put_away_topic(topic=topic, away=False, person=bob(), now=NOW, revision=2)
    assert ">Speed<" in page(charlie())


def test_who_keeps_no_topics_changes_none() -> None:
    topic = a_topic()
    for who in (alice(), charlie(), dana()):
        client = browser(who)
        assert client.get(reverse("feedback:topic_new")).status_code == 403
        assert client.post(reverse("feedback:topic_edit", args=[topic.pk]), {"do": "away"}).status_code == 403
        assert client.post(reverse("feedback:topics")).status_code == 403
        with pytest.raises(TopicRefused):
            save_topic(topic=topic, name="x", name_zh="", words=["y1"], person=who, now=NOW, revision=1)
    assert browser(bob()).post(reverse("feedback:topics")).status_code == 302
    assert Job.objects.filter(kind="feedback.topics").exists()
