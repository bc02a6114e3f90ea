from __future__ import annotations

from django.urls import path

from organization.views import (
    accounts,
    addresses,
    company,
    history,
    me,
    nodes,
    people,
    person_parts,
    rates,
    tokens,
)

app_name = "organization"
urlpatterns = [
    path("organization/areas/", nodes.nodes, name="nodes"),
    path("organization/areas/<int:node_id>/", nodes.node, name="node"),
    path("organization/areas/<int:node_id>/review/", nodes.review, name="node_review"),
    path("organization/areas/<int:node_id>/put-away/", nodes.put_away, name="node_put_away"),
    path("organization/areas/find/", people.area_find, name="area_find"),
    path("organization/people/", people.people, name="people"),
    path("organization/people/invite/", people.invite, name="invite"),
    path("organization/people/listener/", people.add_listener, name="listener"),
    path("organization/people/role-row/", people.role_row, name="role_row"),
    path("organization/people/<int:person_id>/", people.person, name="person"),
    path("organization/people/<int:person_id>/roles/", people.save_roles, name="roles_save"),
    path("organization/people/<int:person_id>/would-see/", people.would_see, name="would_see"),
    path("organization/people/<int:person_id>/duties/", person_parts.add_duty, name="duty_add"),
    path(
        "organization/people/<int:person_id>/duties/<int:duty_id>/remove/",
        person_parts.remove_duty,
        name="duty_remove",
    ),
    path(
        "organization/people/<int:person_id>/responsibilities/",
        person_parts.add_responsibility,
        name="responsibility_add",
    ),
    path(
        "organization/people/<int:person_id>/responsibilities/<int:responsibility_id>/end/",
        person_parts.end_responsibility,
        name="responsibility_end",
    ),
    path("organization/people/<int:person_id>/invitation/", person_parts.send_invite, name="invitation_send"),
    path(
        "organization/people/<int:person_id>/invitation/withdraw/",
        person_parts.withdraw_invite,
        name="invitation_withdraw",
    ),
    path("organization/people/<int:person_id>/factors/reset/", person_parts.reset, name="factors_reset"),
    path("organization/people/<int:person_id>/log-out/", person_parts.log_out, name="person_log_out"),
    path("organization/people/<int:person_id>/leave/", person_parts.leave, name="person_leave"),
    path("organization/people/<int:person_id>/come-back/", person_parts.come_back, name="person_come_back"),
    path("welcome/<str:secret>/", accounts.welcome, name="welcome"),
    path("organization/me/log-out-elsewhere/", accounts.leave_elsewhere, name="leave_elsewhere"),
    path("organization/calendar/", company.calendar, name="calendar"),
    path("organization/settings/", company.settings, name="settings"),
    path("organization/settings/accounts/", company.account_rules, name="account_rules"),
    path("organization/settings/rates/", rates.rates, name="rates"),
    path("organization/settings/rates/<int:rate_id>/remove/", rates.remove, name="rate_remove"),
    path("organization/history/", history.audit, name="audit"),
    path("organization/history/export/", history.export, name="audit_export"),
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
