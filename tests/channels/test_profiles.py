"""What is decided about channels: kept with who and why, by those who keep areas, and not undone by who comes later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels.models import ChannelState, Profile, StateChange, Tier
from channels.selectors.profiles import changes_of, profiles_of
from channels.services import ProfileDraft, ProfileMoved, change_state, keep_profile
from organization.history import lines
from organization.models import AuditEntry, Node, Person
from organization.services import Refused
from organization.services.leaving import deactivate_person
from tests.people import ada, alice, bob, charlie, mallory, node, person

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LIVE = "channel:抖音直播"


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(of: Node) -> str:
    return reverse("channels:profile", args=[of.pk])


def draft(
    tier: Tier | None = Tier.CORE,
    owner: Person | None = None,
    state: ChannelState = ChannelState.RUNNING,
    why: str = "",
) -> ProfileDraft:
    return ProfileDraft(tier, owner, state, why)


def kept(of: Node, what: ProfileDraft, based_on: int = 0, by: Person | None = None) -> Profile:
    return keep_profile(node=of, draft=what, based_on=based_on, person=by or bob(), now=NOW)


def test_a_channel_that_nobody_has_spoken_of_runs_in_no_tier_and_is_nobodys() -> None:
    one = node(LIVE)
    row = profiles_of([one.pk])[one.pk]
    assert (row.tier, row.state, row.owner, row.version) == (None, "running", None, 0)
    assert not Profile.objects.exists()


def test_bob_gives_a_channel_its_tier_and_owner() -> None:
    one = node(LIVE)
    kept(one, draft(owner=alice(LIVE)))
    row = profiles_of([one.pk])[one.pk]
    assert (row.tier, row.state, row.owner, row.version) == (Tier.CORE, "running", alice(LIVE), 1)
    assert not changes_of(one)
    (told,) = lines(AuditEntry.objects.filter(action="channel.change"))
    assert (told.action, told.subject) == ("Channel · changed", "抖音直播")
    assert told.details == (("Tier", "— → Core"), ("Owner", "— → Alice"))


def test_a_state_changes_with_who_and_why_and_when() -> None:
    one = node(LIVE)
    kept(one, draft(state=ChannelState.PAUSED, why="Returns fell."))
    change_state(
        node=one, state=ChannelState.RUNNING, why="They came back.", person=ada(), now=NOW + timedelta(1)
    )
    assert [(c.before, c.after, c.why, c.by) for c in changes_of(one)] == [
        ("Paused", "Running", "They came back.", ada()),
        ("Running", "Paused", "Returns fell.", bob()),
    ]
    told = lines(AuditEntry.objects.filter(action="channel.state").order_by("pk"))
    assert told[0].details == (("State", "Running → Paused"), ("Why", "Returns fell."))
    assert Profile.objects.get().version == 2


def test_what_holds_already_is_no_change() -> None:
    one = node(LIVE)
    kept(one, draft())
    kept(one, draft(), based_on=1)
    assert not change_state(node=one, state=ChannelState.RUNNING, why="So.", person=bob(), now=NOW)
    assert (Profile.objects.get().version, AuditEntry.objects.filter(action="channel.change").count()) == (
        1,
        1,
    )
    assert not StateChange.objects.exists()


@pytest.mark.parametrize(
    ("what", "code", "says"),
    [
        (draft(state=ChannelState.STOPPED), LIVE, "Say why"),
        (draft(state=ChannelState.STOPPED, why=" \0 "), LIVE, "Say why"),
        (draft(state=ChannelState.STOPPED, why="x" * 2001), LIVE, "too long"),
        (draft(), "region:华东", "no channel"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_half_kept(what: ProfileDraft, code: str, says: str) -> None:
    one = node(code)
    with pytest.raises(Refused, match=says):
        kept(one, what)
    assert not Profile.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="channel").exists()


def test_nobody_owns_a_channel_that_she_cannot_see() -> None:
    with pytest.raises(Refused, match="cannot see"):
        kept(node(LIVE), draft(owner=alice("region:华东")))


def test_of_two_who_edit_at_once_the_later_sees_the_conflict_and_may_insist() -> None:
    one = node(LIVE)
    kept(one, draft())
    with pytest.raises(ProfileMoved):
        kept(one, draft(Tier.POTENTIAL), based_on=0, by=ada())
    body = {"tier": "potential", "state": "running", "version": "0"}
    page = browser(ada()).post(url(one), body).content.decode()
    assert "Somebody has changed it meanwhile" in page
    assert 'name="version" value="1"' in page
    assert browser(ada()).post(url(one), {**body, "version": "1"}).status_code == 302
    assert Profile.objects.get().tier == "potential"


def test_the_page_keeps_what_bob_enters_and_asks_why() -> None:
    one = node(LIVE)
    body = {"tier": "core", "state": "paused", "version": "0", "owner": str(alice(LIVE).pk), "why": ""}
    page = browser(bob()).post(url(one), body).content.decode()
    assert "Say why the state changes" in page
    assert not Profile.objects.exists()
    response = browser(bob()).post(url(one), {**body, "why": "Returns fell."}, follow=True)
    page = response.content.decode()
    assert "Running → Paused" in page
    assert "Returns fell." in page
    assert Profile.objects.get().owner == alice(LIVE)


def test_who_sees_it_reads_and_who_keeps_areas_writes() -> None:
    one, other = node(LIVE), node("channel:快手")
    kept(one, draft())
    looking = browser(charlie()).get(url(one)).content.decode()
    assert "Core" in looking
    assert "<select" not in looking.split("<main")[1]
    assert browser(charlie()).post(url(one)).status_code == 403
    assert browser(alice("channel:快手")).get(url(one)).status_code == 404
    assert browser(alice("channel:快手")).get(url(other)).status_code == 200
    assert browser(mallory()).get(url(one)).status_code == 403
    assert browser(bob()).get(url(node("region:华东"))).status_code == 404


def test_only_those_who_see_the_channel_can_be_chosen() -> None:
    one = node(LIVE)
    alice(LIVE), person("Erin", "lead", "channel:快手")
    page = browser(bob()).get(url(one)).content.decode()
    assert ">Alice</option>" in page
    assert ">Erin</option>" not in page


def test_the_page_asks_as_much_however_long_the_history_is() -> None:
    one, client = node(LIVE), browser(bob())
    states = [ChannelState.PAUSED, ChannelState.RUNNING]

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url(one)).status_code == 200
        return len(seen)

    change_state(node=one, state=states[0], why="So.", person=bob(), now=NOW)
    client.get(url(one))
    first = asked()
    for turn in range(1, 9):
        change_state(node=one, state=states[turn % 2], why="So.", person=ada(), now=NOW)
    assert asked() == first


def test_whoever_leaves_hands_her_channels_over() -> None:
    one = node(LIVE)
    kept(one, draft(owner=alice(LIVE)))
    deactivate_person(whom=alice(LIVE), to={"channels": charlie()}, person=ada(), now=NOW)
    assert Profile.objects.get().owner == charlie()


def test_the_database_itself_holds_states_and_tiers() -> None:
    kept(node(LIVE), draft())
    for wrong in ({"state": "sleeping"}, {"tier": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Profile.objects.update(**wrong)
