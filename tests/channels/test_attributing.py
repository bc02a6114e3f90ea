"""From files of touches to credits on the page and figures of their own, by the work that workers do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.attribution import Model, dividing
from channels.models import AttributedFact, AttributionRun, AttributionSettings, Credit, Touch
from channels.selectors.attribution import attribution_page
from channels.services import attribution_settings as services
from channels.services.attributing import KIND, settings_row
from channels.services.attribution_settings import SettingsDraft, keep_settings, order_run
from channels.services.publishing_attribution import codes
from ingest.models import Import, State
from ingest.services import import_path
from ingest.services.undo import ask_undo
from ingest.services.work import work_next
from kpis.models import AmountDay, Measure, Metric, PublishedAmount, Source
from kpis.work import catch_up
from organization.models import Job, JobState, Node, Scope
from organization.services.jobs import cancel_job, work_next_job
from tests.people import bob

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now()
HEAD = "key,time,channel,campaign,converted,value\n"
# Kim: live>search>live (100 in August). Lee: search (50 in August). Mo: search, failed. No: live on 30 August, search
# in September (30). Oz: live, failed in September. Direct comes last with Pam: live>direct (20 in August).
STORY = HEAD + (
    "kim,2026-08-01 09:00,live,summer,0,\n"
    "kim,2026-08-02 09:00,search,,0,\n"
    "kim,2026-08-03 09:00,live,,1,100\n"
    "lee,2026-08-05,search,,1,50\n"
    "mo,2026-08-06,search,,0,\n"
    "no,2026-08-30,live,,0,\n"
    "no,2026-09-02,search,,1,30\n"
    "oz,2026-09-04,live,,0,\n"
    "pam,2026-08-10,live,,0,\n"
    "pam,2026-08-11,direct,,1,20\n"
)


def sent(folder: Path, text: str = STORY, name: str = "touches.csv") -> Import:
    path = folder / name
    path.write_text(text)
    batch = import_path(path=path)
    assert batch.state == State.DONE, batch.error
    return batch


def divided() -> AttributionRun:
    order_run(person=bob(), now=NOW)
    assert work_next_job()
    job = Job.objects.latest("pk")
    assert job.state == JobState.DONE, job.error
    return AttributionRun.objects.get(upload=None)


def chosen(
    shown: Sequence[Model] = tuple(Model), published: Sequence[Model] = (), **more: Any
) -> AttributionSettings:
    draft = SettingsDraft(
        shown=shown,
        published=published,
        half_life_hours=Decimal(24),
        order=1,
        look_back_days=90,
        direct=Node.objects.filter(slug="direct").first(),
    )
    return keep_settings(draft=draft, based_on=settings_row().version, person=bob(), now=NOW)


def by_channel(model: Model, month: date | None = None, field: str = "conversions") -> dict[str, Decimal]:
    rows = Credit.objects.filter(model=model.value, month=month).select_related("node")
    return {row.node.slug: getattr(row, field) for row in rows if row.node is not None}


def test_last_touch_and_linear_credit_what_the_story_says(tmp_path: Path) -> None:
    sent(tmp_path)
    run = divided()
    assert (run.touches, run.paths, run.conversions, run.value) == (10, 6, 4, 200)
    assert (run.first_day, run.last_day) == (date(2026, 8, 1), date(2026, 9, 4))
    assert by_channel(Model.LAST) == {"live": 1, "search": 2, "direct": 1}
    assert by_channel(Model.LAST, field="value") == {"live": 100, "search": 80, "direct": 20}
    third, half = Decimal("0.3333"), Decimal("0.5")
    assert by_channel(Model.LINEAR, date(2026, 8, 1)) == {
        "live": Decimal("0.6667") + half, "search": third + 1, "direct": half
    }  # fmt: skip
    assert by_channel(Model.LINEAR, date(2026, 9, 1)) == {"live": half, "search": half, "direct": 0}


def test_every_model_credits_all_conversions_of_every_month(tmp_path: Path) -> None:
    sent(tmp_path)
    divided()  # so that there is a channel to call direct
    chosen()
    work_next_job()
    for month, wanted in ((None, 4), (date(2026, 8, 1), 3), (date(2026, 9, 1), 1)):
        for model in Model:
            assert sum(by_channel(model, month).values()) == wanted, (model, month)


def test_what_is_published_becomes_figures_of_its_own(tmp_path: Path) -> None:
    sent(tmp_path)
    chosen(published=(Model.LINEAR, Model.MARKOV))
    work_next_job()
    catch_up(today=date(2026, 11, 1))
    slot = Measure.objects.get(code="attributed_revenue_linear").slot
    scopes = dict(Scope.objects.values_list("key", "pk"))
    amounts = {
        (key, day): amount[slot - 1]
        for key, scope in scopes.items()
        for day, amount in AmountDay.objects.filter(scope_id=scope).values_list("day", "amounts")
    }
    assert amounts["channel:live", date(2026, 8, 3)] == Decimal("66.6667")
    assert amounts["channel:live/summer", date(2026, 8, 3)] == Decimal("33.3334")
    assert amounts["company", date(2026, 8, 3)] == 100
    assert amounts["company", date(2026, 9, 2)] == 30
    assert {"attributed_roas_linear", "attributed_orders_linear", "attributed_roas_markov"} <= set(
        Metric.objects.values_list("code", flat=True)
    )
    months = PublishedAmount.objects.filter(slot=Measure.objects.get(code="attributed_orders_markov").slot)
    told = {(row.scope.key, row.start): row.amount for row in months.select_related("scope")}
    assert told["company", date(2026, 8, 1)] == 3
    assert sum(amount for (key, start), amount in told.items() if key != "company") == 4
    assert Source.objects.get(code="attribution").last_day is None
    slot = Measure.objects.get(code="revenue").slot
    assert not [row for row in AmountDay.objects.all() if len(row.amounts) >= slot and row.amounts[slot - 1]]


def test_what_is_published_no_more_is_taken_back(tmp_path: Path) -> None:
    sent(tmp_path)
    chosen(published=(Model.LINEAR, Model.SHAPLEY))
    work_next_job()
    assert AttributedFact.objects.exists()
    assert PublishedAmount.objects.exists()
    chosen(published=())
    work_next_job()
    catch_up(today=date(2026, 11, 1))
    assert not AttributedFact.objects.exists()
    assert not PublishedAmount.objects.exists()
    assert not AmountDay.objects.exists()


def test_dividing_again_changes_nothing_that_is_published(tmp_path: Path) -> None:
    sent(tmp_path)
    chosen(published=(Model.LINEAR, Model.MARKOV))
    work_next_job()
    catch_up(today=date(2026, 11, 1))
    before = Source.objects.get(code="attribution").revision
    divided()
    assert Source.objects.get(code="attribution").revision == before
    assert AttributionRun.objects.count() == 1


def page(**more: Any) -> Any:
    return attribution_page(settings=settings_row(), language="en", **more)


def test_undoing_an_import_makes_the_results_old_and_says_so(tmp_path: Path) -> None:
    batch = sent(tmp_path)
    divided()
    assert page().stale == ()
    ask_undo(batch=batch, person=bob())
    while work_next():
        pass
    assert not Touch.objects.exists()
    assert [why[:16] for why in page().stale] == ["Files of touches"]
    job = Job.objects.latest("pk")
    assert (job.state, job.created_by, job.not_before > NOW) == (JobState.WAITING, None, True)
    assert work_next_job(now=NOW + timedelta(hours=1))
    assert not AttributionRun.objects.exists()
    assert page().run is None


def test_what_was_published_of_touches_that_are_all_undone_goes_with_them(tmp_path: Path) -> None:
    batch = sent(tmp_path)
    chosen(published=(Model.LINEAR, Model.MARKOV))
    work_next_job()
    ask_undo(batch=batch, person=bob())
    while work_next():
        pass
    assert work_next_job(now=NOW + timedelta(hours=1))
    assert not AttributedFact.objects.exists()
    assert not PublishedAmount.objects.exists()
    order_run(person=bob(), now=NOW)
    work_next_job()
    job = Job.objects.latest("pk")
    assert (job.state, "no touches" in job.error) == (JobState.FAILED, True)


def test_new_touches_have_it_all_divided_anew_by_itself_and_the_same_ones_do_not(tmp_path: Path) -> None:
    sent(tmp_path)
    assert not Job.objects.exists()
    divided()
    sent(tmp_path, "\n".join(reversed(STORY.splitlines()[1:])).join([HEAD, "\n"]), "again.csv")
    assert not Job.objects.filter(state=JobState.WAITING).exists()
    sent(tmp_path, HEAD + "new,2026-09-09,live,,1,5\n", "more.csv")
    assert Job.objects.filter(state=JobState.WAITING).count() == 1
    assert work_next_job(now=NOW + timedelta(hours=1))
    assert AttributionRun.objects.get().touches == 11


def test_the_page_holds_each_model_against_last_touch_and_says_what_is_odd(tmp_path: Path) -> None:
    sent(tmp_path, STORY + "kim,2026-08-20,search,,0,\nqi,2026-08-20,,,1,9\n")
    divided()
    found = page()
    assert found.columns[0].label == "Last touch"
    first = found.lines[0]
    assert (first.label, first.cells[0].amount, first.cells[0].more) == ("search", 2, None)
    linear = next(at for at, one in enumerate(found.columns) if one.model is Model.LINEAR)
    assert first.cells[linear].more == first.cells[linear].amount - 2
    assert all(cell.amount == 4 for cell in found.total.cells)
    assert found.notes == (
        "1 conversion followed one touch alone: every rule gives it all.",
        "1 conversion has no touch before it in the look-back: no channel is credited.",
        "1 touch came after the last conversion of its customer: it counts as a path that failed.",
    )
    assert found.said.startswith("By Markov chain, live brought ")
    money = page(money=True)
    assert money.total.cells[0].amount == 200
    with CaptureQueriesContext(
        connection,
    ) as made:
        page(month=date(2026, 8, 1))
    assert len(made) <= 7


def test_models_that_learn_from_failures_are_refused_without_any_and_say_why(tmp_path: Path) -> None:
    sent(tmp_path, HEAD + "a,2026-08-01,x,,1,5\nb,2026-08-02,y,,1,5\n")
    divided()
    refused = {column.model: column.refused for column in page().refused}
    assert set(refused) == {Model.MARKOV, Model.SHAPLEY}
    assert "paths that did not convert" in refused[Model.MARKOV]


def test_a_cancelled_run_leaves_what_was_there(tmp_path: Path) -> None:
    sent(tmp_path)
    before = divided()
    job = order_run(person=bob(), now=NOW)
    cancel_job(job=job, person=bob(), now=NOW)
    assert not work_next_job() or Job.objects.get(pk=job.pk).state == JobState.CANCELLED
    assert AttributionRun.objects.get(upload=None).pk == before.pk
    assert Job.objects.filter(kind=KIND).count() == 2


def test_paths_with_counts_are_divided_by_themselves_and_become_no_figures() -> None:
    content = (
        "path,conversions,nulls,hours\na>b>c,100,0,72>24>0\na,50,0,0\nb>c,30,0,24>0\na>c,20,0,48>0\n"
        "a>b,0,200,\nc,0,100,\n"
    )
    upload = services.send_paths(name="paths.csv", content=content.encode(), person=bob(), now=NOW)
    assert work_next_job()
    found = page(upload=upload)
    assert {line.label: line.cells[0].amount for line in found.lines} == {"a": 50, "b": 0, "c": 150}
    credits = {row.name: row.conversions for row in Credit.objects.filter(model="shapley")}
    assert credits == {"a": Decimal("245.8522"), "b": Decimal("-49.3967"), "c": Decimal("3.5445")}
    assert all(cell.amount == 200 for cell in found.total.cells)
    assert not AttributedFact.objects.exists()
    services.remove_paths(upload=upload, person=bob())
    assert not Credit.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"path,conversions\na,1\n", "nulls"),
        (b"path,conversions,nulls\na>>b,1,2\n", "Line 2"),
        (b"path,conversions,nulls\n", "no line below"),
        (b"\x00\x01", "Columns are missing"),
    ],
)
def test_a_file_of_paths_that_cannot_be_read_is_refused_at_once(content: bytes, why: str) -> None:
    with pytest.raises(services.SettingsRefused, match=why):
        services.send_paths(name="x.csv", content=content, person=bob(), now=NOW)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"half_life_hours": Decimal(0)}, "half_life_hours"),
        ({"order": 4}, "order"),
        ({"look_back_days": 0}, "look_back_days"),
        ({"shown": ()}, "shown"),
        ({"shown": (Model.LAST_NON_DIRECT,)}, "direct"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_the_field(changed: dict[str, Any], field: str) -> None:
    whole: dict[str, Any] = {
        "shown": (Model.LINEAR,), "published": (), "half_life_hours": Decimal(24), "order": 1, "look_back_days": 90,
        **changed,
    }  # fmt: skip
    with pytest.raises(services.SettingsRefused) as refused:
        keep_settings(draft=SettingsDraft(**whole), based_on=0, person=bob(), now=NOW)
    assert refused.value.field == field
    assert not AttributionSettings.objects.exists()


def test_the_later_of_two_who_set_hears_of_the_first() -> None:
    def draft(order: int) -> SettingsDraft:
        return SettingsDraft((Model.LINEAR,), (), Decimal(24), order, 90)

    assert keep_settings(draft=draft(2), based_on=0, person=bob(), now=NOW).version == 1
    with pytest.raises(services.SettingsMoved):
        keep_settings(draft=draft(3), based_on=0, person=bob(), now=NOW)
    assert keep_settings(draft=draft(2), based_on=0, person=bob(), now=NOW).version == 1
    assert keep_settings(draft=draft(3), based_on=1, person=bob(), now=NOW).version == 2


def test_codes_of_models_are_what_the_plan_says() -> None:
    assert codes(Model.TIME_DECAY).revenue == "attributed_revenue_time_decay"
    assert codes(Model.LINEAR).roas == "attributed_roas_linear"


def test_a_worker_that_dies_in_the_middle_leaves_nothing_and_the_next_one_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(tmp_path)
    chosen(published=(Model.LINEAR,))

    def dies(**_given: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr("channels.services.attributing.publish", dies)
        assert work_next_job()
    assert not AttributionRun.objects.exists()
    assert not Credit.objects.exists()
    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.WAITING, 1)
    Job.objects.update(not_before=NOW)
    assert work_next_job()
    assert Job.objects.get().state == JobState.DONE
    assert AttributedFact.objects.exists()


def test_work_that_another_worker_took_over_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(tmp_path)
    order_run(person=bob(), now=NOW)
    ours = dividing.divide

    def slowly(*given: Any, **more: Any) -> Any:
        Job.objects.update(lease_token=uuid.uuid4())
        return ours(*given, **more)

    monkeypatch.setattr("channels.services.attributing.divide", slowly)
    assert work_next_job()
    assert not AttributionRun.objects.exists()
    assert Job.objects.get().state == JobState.RUNNING
