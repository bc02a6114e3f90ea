from __future__ import annotations

from django.urls import path

from organization.views import addresses, company, me, nodes, people, tokens

app_name = "organization"
urlpatterns = [
    path("organization/areas/", nodes.nodes, name="nodes"),
    path("organization/areas/<int:node_id>/", nodes.node, name="node"),
    path("organization/areas/<int:node_id>/review/", nodes.review, name="node_review"),
    path("organization/areas/<int:node_id>/put-away/", nodes.put_away, name="node_put_away"),
    path("organization/people/", people.people, name="people"),
    path("organization/people/<int:person_id>/", people.person, name="person"),
    path("organization/people/<int:person_id>/roles/", people.add_grant, name="grant_add"),
    path(
        "organization/people/<int:person_id>/roles/<int:grant_id>/remove/",
        people.remove_grant,
        name="grant_remove",
    ),
    path("organization/calendar/", company.calendar, name="calendar"),
    path("organization/settings/", company.settings, name="settings"),
    path("organization/history/", company.audit, name="audit"),
    path("organization/me/", me.me, name="me"),
    path("organization/me/tokens/", tokens.tokens, name="tokens"),
    path("organization/me/tokens/<int:pk>/revoke/", tokens.revoke_token, name="token_revoke"),
    path("organization/me/<str:kind>/code/", addresses.send_mine, name="my_code"),
    path("organization/me/<str:kind>/confirm/", addresses.confirm_mine, name="my_confirm"),
    path("organization/people/<int:person_id>/<str:kind>/code/", addresses.send_theirs, name="person_code"),
    path(
        "organization/people/<int:person_id>/<str:kind>/confirm/",
        addresses.confirm_theirs,
        name="person_confirm",
    ),
    path("confirm/<str:link>/", addresses.confirm, name="confirm"),
]
