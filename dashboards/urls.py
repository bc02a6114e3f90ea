"""Addresses of the pages that combine; a list for each subject."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboards.views import (
    beside,
    boards,
    channels,
    cockpits,
    compare,
    embedded,
    embeds,
    finding,
    first_steps,
    fresh,
    helping,
    keeping,
    mailings,
    offline,
    overview,
    panels,
    pictures,
    screens,
    tables,
    team,
    wall,
)

app_name = "dashboards"

LOOKING: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("why/", beside.why, name="why"),
    path("places/", beside.places, name="places"),
    path("channels/", channels.channels, name="channels"),
    path("channels/one/", channels.channel, name="channel"),
]
COCKPITS: list[URLPattern] = [
    path("process/", cockpits.process, name="process"),
    path("team/", team.team, name="team"),
    path("compare/", compare.compare, name="compare"),
    path("customers/cockpit/", cockpits.customers, name="customers"),
]
BOARDS: list[URLPattern] = [
    path("pages/", boards.boards, name="boards"),
    path("pages/new/", boards.board_new, name="board_new"),
    path("pages/<int:pk>/", boards.board, name="board"),
    path("pages/<int:pk>/change/", boards.board_edit, name="board_edit"),
    path("pages/<int:pk>/copy/", boards.board_copy, name="board_copy"),
    path("pages/<int:pk>/delete/", boards.board_remove, name="board_remove"),
    path("pages/<int:pk>/order/", boards.board_order, name="board_order"),
    path("pages/<int:pk>/panels/new/", boards.panel_new, name="panel_new"),
    path("pages/<int:pk>/panels/<int:panel_pk>/", panels.panel_at, name="panel_at"),
    path("pages/<int:pk>/panels/<int:panel_pk>/change/", boards.panel_edit, name="panel_edit"),
    path("pages/<int:pk>/panels/<int:panel_pk>/width/", boards.panel_width, name="panel_width"),
    path("pages/<int:pk>/panels/<int:panel_pk>/take-out/", boards.panel_remove, name="panel_remove"),
    path("panel/", panels.panel, name="panel"),
]
SENDING: list[URLPattern] = [
    path("share/embeds/", embeds.embeds, name="embeds"),
    path("share/embeds/new/", embeds.embed_new, name="embed_new"),
    path("share/embeds/<int:pk>/renew/", embeds.embed_renew, name="embed_renew"),
    path("share/embeds/<int:pk>/revoke/", embeds.embed_revoke, name="embed_revoke"),
    path("embed/<str:token>/", embedded.embedded, name="embedded"),
    path("share/mail/", mailings.mailings, name="mailings"),
    path("share/mail/new/", mailings.mailing_new, name="mailing_new"),
    path("share/mail/<int:pk>/", mailings.mailing, name="mailing"),
    path("share/mail/<int:pk>/do/", mailings.mailing_act, name="mailing_act"),
    path("share/mail/<int:pk>/remove/", mailings.mailing_remove, name="mailing_remove"),
    path("share/mail/leave/<str:token>/", mailings.mailing_leave, name="mailing_leave"),
]
SHARING: list[URLPattern] = [
    path("share/picture/", pictures.picture_new, name="picture_new"),
    path("share/picture/<int:pk>/", pictures.picture, name="picture"),
    path("share/picture/<int:pk>/file/", pictures.picture_file, name="picture_file"),
    path("share/tables/", tables.tables, name="tables"),
]
KEEPING: list[URLPattern] = [
    path("home/", keeping.home, name="home"),
    path("home/choose/", keeping.start_page, name="start_page"),
    path("fresh/", fresh.fresh, name="fresh"),
    path("views/", keeping.views, name="views"),
    path("views/new/", keeping.view_new, name="view_new"),
    path("views/<int:pk>/", keeping.view_edit, name="view_edit"),
    path("views/<int:pk>/remove/", keeping.view_remove, name="view_remove"),
]
WALLS: list[URLPattern] = [
    path("walls/", screens.screens, name="screens"),
    path("walls/pair/", screens.screen_pair, name="screen_pair"),
    path("walls/<int:pk>/", screens.screen, name="screen"),
    path("walls/<int:pk>/revoke/", screens.screen_revoke, name="screen_revoke"),
    path("wall/", wall.wall, name="wall"),
    path("wall/page/", wall.wall_page, name="wall_page"),
]
OFFLINE: list[URLPattern] = [
    path("sw.js", offline.service_worker, name="service_worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("offline/", offline.offline, name="offline"),
    path("offline/pages/", offline.offline_pages, name="offline_pages"),
]
FINDING: list[URLPattern] = [
    path("find/", finding.find, name="find"),
    path("help/", helping.help_of, name="help"),
    path("first-steps/", first_steps.first_steps, name="first_steps"),
    path("first-steps/sample/", first_steps.sample, name="sample"),
]

urlpatterns = [*LOOKING, *COCKPITS, *BOARDS, *SHARING, *SENDING, *KEEPING, *WALLS, *OFFLINE, *FINDING]
