"""Bob tidies the trees in the browser: what he is told before, and how he takes it back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ingest.matching import match
from organization.models import AuditEntry, Node, NodeAlias, NodeAncestor, Person, Scope, TreeChange
from organization.selectors.restructuring import merge_offers
from organization.services import assign_duty, make_node
from organization.services.merging import merge_node
from tests.people import ada, alice, bob, charlie, node, scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english_again() -> Any:
    yield
    translation.deactivate()


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(f"organization:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def press(client: Client, name: str, *args: Any, **data: Any) -> str:
    response = client.post(reverse(f"organization:{name}", args=args), data, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_bob_is_offered_the_likeliest_and_told_what_merging_means_before_he_does_it() -> None:
    for code in (
        "channel:抖音直播",
        "channel:小红书",
        "channel:线下",
        "channel:抖音/夏季",
        "channel:抖音直播/夏季",
    ):
        node(code)
    node("channel:抖音/种草")
    charlie("channel:抖音直播")
    assign_duty(name="CFO", scope=scope("channel:抖音"), whom=ada(), person=None)
    client, douyin, live = browser(bob()), node("channel:抖音"), node("channel:抖音直播")
    offered = page(client, "node_merge", douyin.pk)
    assert "channel:抖音直播" in offered
    assert "channel:线下" not in offered
    assert "channel:线下" in page(client, "node_merge", douyin.pk, text="线")
    told = page(client, "node_merge", douyin.pk, into=live.pk)
    assert "From now on it counts in 抖音直播." in told
    assert "These people will see its figures, too: Charlie." in told
    assert "1 duty or responsibility on just this area rests" in told
    assert "夏季 (channel:抖音/夏季) into 夏季 (channel:抖音直播/夏季)" in told
    assert "channel:抖音/种草" in told
    assert not TreeChange.objects.exists()
    done = press(client, "node_merge", douyin.pk, into=live.pk)
    assert "抖音 is part of 抖音直播 now." in done
    assert "Merged into 抖音直播" in done
    assert AuditEntry.objects.get(action="node.merge").person == bob()
    listed = page(client, "nodes")
    assert "channel:抖音/夏季" not in listed
    assert "channel:抖音/种草" in listed
    assert "抖音 merged into 抖音直播" in listed
    assert "channel:抖音<" not in page(client, "nodes", archived="on")
    undone = press(client, "node_undo", douyin.pk, TreeChange.objects.get().pk, back="areas")
    assert "Undone: 抖音 merged into 抖音直播" in undone
    assert "channel:抖音/夏季" in undone


def test_a_role_on_just_the_area_is_said_and_nothing_can_be_pressed() -> None:
    alice("channel:b")
    told = page(browser(bob()), "node_merge", node("channel:b").pk, into=node("channel:a").pk)
    assert "Alice (Lead, b)" in told
    assert "Merge into a</button>" not in told


def test_bob_moves_an_area_and_names_it_and_undoes_both() -> None:
    client, moved = browser(bob()), node("region:华东/南京")
    node("region:江苏")
    told = page(client, "node_move", moved.pk, below=node("region:江苏").pk)
    assert "It no longer counts in 华东." in told
    assert "From now on it counts in 江苏." in told
    done = press(client, "node_move", moved.pk, below=node("region:江苏").pk)
    assert "南京 moved below 江苏" in done
    press(client, "alias_add", moved.pk, alias="Nanjing")
    alias = NodeAlias.objects.get(slug="nanjing")
    assert alias.parent == node("region:江苏")
    assert "nanjing" in page(client, "node", moved.pk)
    assert "region:华东/南京" in page(client, "nodes", dimension="region", text="nanj")
    press(client, "alias_remove", moved.pk, alias.pk)
    for change in TreeChange.objects.order_by("-pk"):
        press(client, "node_undo", moved.pk, change.pk)
    moved.refresh_from_db()
    assert moved.parent == node("region:华东")
    assert list(NodeAlias.objects.all()) == []
    top = press(client, "node_move", moved.pk, below="top")
    assert "南京 moved to the top" in top


def test_a_manager_of_a_region_keeps_what_is_in_it_alone() -> None:
    for code in ("region:华东/上海", "region:华东/沪", "region:华北/北京"):
        node(code)
    carol = bob("region:华东")
    client, shanghai = browser(carol), node("region:华东/上海")
    assert "华北" not in page(client, "node_merge", shanghai.pk, text="北")
    url = reverse("organization:node_merge", args=[shanghai.pk])
    assert client.post(url, {"into": node("region:华北/北京").pk}).status_code == 404
    assert (
        client.post(url, {"into": node("region:华东").pk}).status_code == 403
    )  # it lies at the company's top
    top = reverse("organization:node_move", args=[shanghai.pk])
    assert client.post(top, {"below": "top"}).status_code == 403
    assert client.get(reverse("organization:node_move", args=[node("region:华东").pk])).status_code == 403
    change = merge_node(node=node("region:华北/北京"), into=shanghai, person=ada())
    gone = reverse("organization:node_undo", args=[shanghai.pk, change.pk])
    assert client.post(gone).status_code == 403  # it would go back to where she keeps nothing
    press(client, "node_merge", shanghai.pk, into=node("region:华东/沪").pk)
    assert Node.objects.get(path="华东/上海").merged_into == Node.objects.get(path="华东/沪")


def test_new_areas_are_merged_or_accepted_at_once_and_that_can_be_undone() -> None:
    node("channel:douyin")
    new = make_node(dimension="channel", name="douyin ads", needs_review=True)
    for number in range(25):
        make_node(dimension="channel", name=f"new {number}", needs_review=True)
    client = browser(bob())
    assert "See all 26" in page(client, "nodes")
    assert page(client, "nodes_new").count("Looks right") == 26
    assert next(offer.node.path for offer in merge_offers(bob(), new)) == "douyin"
    press(client, "node_merge", new.pk, into=node("channel:douyin").pk)
    seen = Node.objects.filter(needs_review=True).latest("pk")
    later = make_node(dimension="channel", name="came later", needs_review=True)
    assert "25 new areas look right." in press(client, "nodes_accept", last=seen.pk)
    assert list(Node.objects.filter(needs_review=True)) == [later]
    press(client, "node_undo", TreeChange.objects.get(kind="review").node_id, TreeChange.objects.get(kind="review").pk)  # fmt: skip
    assert Node.objects.filter(needs_review=True).count() == 26


def test_the_code_of_a_merged_area_means_the_other_one() -> None:
    merge_node(node=node("channel:a"), into=node("channel:b"), person=None)
    from organization.selectors import parse_scope

    assert parse_scope("channel:a") == {"channel": node("channel:b")}


def test_many_new_names_are_made_in_few_statements_each_with_all_that_belongs_to_it(
    django_assert_max_num_queries: Any,
) -> None:
    old = node("channel:old/known")
    names = [(f"channel {n % 40}", f"campaign {n}") for n in range(2400)] + [
        ("old", "new one"),
        ("old", "known"),
    ]
    with django_assert_max_num_queries(40):
        made = match(dimension="channel", names=names, person=bob())
    assert made[("old", "known")].node_id == old.pk
    one = Node.objects.get(path="channel-7/campaign-47")
    assert made[("channel 7", "campaign 47")].node_id == one.pk
    assert (one.name, one.needs_review, one.depth, one.place, one.kind) == (
        "campaign 47", True, 2, "channel-7/campaign-47", "campaign",
    )  # fmt: skip
    assert one.parent is not None
    assert one.parent.path == "channel-7"
    assert Node.objects.get(path="old/new-one").parent == node("channel:old")
    assert NodeAncestor.objects.filter(node=one).count() == 2
    assert Scope.objects.get(key=one.code).node == one
    assert AuditEntry.objects.filter(action="node.make", person=bob()).count() == 2441
    assert match(dimension="channel", names=names, person=bob()) == made
