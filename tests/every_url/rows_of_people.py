"""Who may open what of the frame, accounts, the organization and the API."""

from __future__ import annotations

from tests.every_url.objectives import (
    OURS,
    THEIRS,
)
from tests.every_url.things import (
    a_benchmark,
    a_change,
    a_change_of_ours,
    a_rate,
    alices_plan,
    an_event,
    an_import,
    calibration_of,
    charlies,
    charlies_duty,
    charlies_responsibility,
    charlies_score,
    charlies_token,
    doubted,
    key_result_at,
    other_name,
    our,
    our_node,
    proposed_on,
    task_on,
    their,
    their_node,
)
from tests.every_url.told import (
    ADMINISTRATORS,
    ADMINISTRATORS_GO_ON,
    ANYBODY_LOGGED_IN,
    API_IMPORTERS,
    API_MUST_ASK,
    API_NO_SUCH_METHOD,
    API_TARGET_SETTERS,
    API_WITH_A_GRANT,
    AREA_KEEPERS,
    EVERYBODY,
    NO_SUCH_METHOD,
    NOBODY_FINDS,
    NOTHING_NAMED,
    RATE_KEEPERS,
    WITH_A_GRANT,
    Row,
    row,
)

ASKING: dict[str, Row] = {
    # -- The frame and accounts
    "healthz": row("503 503 503 503 503 503 503"),  # no beat in these tests
    "metrics": row("404 404 404 404 404 404 404"),  # no token either
    "choose_theme": row(NO_SUCH_METHOD, POST="3xx 3xx 3xx 3xx 3xx 3xx 3xx"),
    "set_language": row("3xx 3xx 3xx 3xx 3xx 3xx 3xx", POST="3xx 3xx 3xx 3xx 3xx 3xx 3xx"),
    "styleguide": row("404 404 404 404 200 404 404"),
    "account_login": row("3xx 3xx 3xx 3xx 3xx 3xx 200"),
    "account_logout": row("200 200 200 200 200 200 3xx", POST="3xx 3xx 3xx 3xx 3xx 3xx 3xx"),
    "account_signup": row("3xx 3xx 3xx 3xx 3xx 3xx 200"),
    "account_inactive": row(EVERYBODY),
    "account_reauthenticate": row(ANYBODY_LOGGED_IN),
    "account_change_password": row(ANYBODY_LOGGED_IN),
    "account_set_password": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "account_reset_password": row(EVERYBODY),
    "account_reset_password_done": row(EVERYBODY),
    "account_reset_password_from_key": row(EVERYBODY, at=lambda world: {"uidb36": "1", "key": "x-y"}),
    "account_reset_password_from_key_done": row(EVERYBODY),
    "mfa_index": row(ANYBODY_LOGGED_IN),
    "mfa_authenticate": row("3xx 3xx 3xx 3xx 3xx 3xx login", POST="3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_reauthenticate": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    # Nobody changes factors who has not just said who she is.
    "mfa_activate_totp": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_deactivate_totp": row("404 404 404 404 404 404 login"),
    "mfa_view_recovery_codes": row("404 404 404 404 404 404 login"),
    "mfa_generate_recovery_codes": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_download_recovery_codes": row("404 404 404 404 404 404 login"),
    "mfa_add_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_edit_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login", at=lambda world: {"pk": 1}),
    "mfa_remove_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login", at=lambda world: {"pk": 1}),
    "mfa_reauthenticate_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_login_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_list_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx 3xx"),
    "openid_connect_login": row(NOBODY_FINDS, at=lambda world: {"provider_id": "company"}),
    "openid_connect_callback": row(NOBODY_FINDS, at=lambda world: {"provider_id": "company"}),
    # -- Overview
    "dashboards:overview": row(WITH_A_GRANT),
    "dashboards:why": row(NOTHING_NAMED),  # which figure, it is told by its query: see BY_QUERY
    "dashboards:places": row(NOTHING_NAMED),
    "dashboards:channels": row(WITH_A_GRANT),
    "dashboards:channel": row(NOTHING_NAMED),
    # -- Organization
    "organization:nodes": row(WITH_A_GRANT),
    "organization:node": row(
        "200 200 200 200 200 403 login",
        POST="403 200 403 403 200 403 login",
        at=our_node,
        foreign=their_node,
    ),
    "organization:node_review": row(
        NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=our_node, foreign=their_node
    ),
    "organization:node_put_away": row(
        NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=our_node, foreign=their_node
    ),
    "organization:node_merge": row(
        AREA_KEEPERS, POST="403 404 403 403 404 403 login", at=our_node, foreign=their_node
    ),
    "organization:node_move": row(
        AREA_KEEPERS, POST="403 404 403 403 404 403 login", at=our_node, foreign=their_node
    ),
    "organization:alias_add": row(
        NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=our_node, foreign=their_node
    ),
    "organization:alias_remove": row(
        NO_SUCH_METHOD,
        POST="403 3xx 403 403 3xx 403 login",
        at=lambda world: other_name(world.ours, "hu"),
        foreign=lambda world: other_name(world.theirs, "jing"),
    ),
    "organization:node_undo": row(
        NO_SUCH_METHOD,
        POST="403 3xx 403 403 3xx 403 login",
        at=lambda world: a_change(world.ours),
        foreign=lambda world: a_change(world.theirs),
    ),
    "organization:nodes_new": row(AREA_KEEPERS),
    "organization:nodes_accept": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login"),
    "organization:people": row(ADMINISTRATORS),
    "organization:person": row(ADMINISTRATORS, POST=ADMINISTRATORS, at=charlies),
    "organization:area_find": row(WITH_A_GRANT),
    "organization:invite": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "organization:listener": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "organization:role_row": row(ADMINISTRATORS),
    "organization:roles_save": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:would_see": row(NO_SUCH_METHOD, POST=ADMINISTRATORS, at=charlies),
    "organization:duty_add": row(NO_SUCH_METHOD, POST=ADMINISTRATORS, at=charlies),
    "organization:duty_remove": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies_duty),
    "organization:responsibility_add": row(NO_SUCH_METHOD, POST=ADMINISTRATORS, at=charlies),
    "organization:responsibility_end": row(
        NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies_responsibility
    ),
    "organization:invitation_send": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:invitation_withdraw": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:factors_reset": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:person_log_out": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:person_leave": row(ADMINISTRATORS, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:person_come_back": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    # Long work belongs to its kind; who may see which is told by tests of jobs and of each kind.
    "organization:job": row("404 404 404 404 404 404 login", at=lambda world: {"job_id": 0}),
    "organization:job_cancel": row(
        NO_SUCH_METHOD, POST="404 404 404 404 404 404 login", at=lambda world: {"job_id": 0}
    ),
    "organization:welcome": row(NOBODY_FINDS, POST=NOBODY_FINDS, at=lambda world: {"secret": "nothing"}),
    "organization:leave_elsewhere": row(NO_SUCH_METHOD, POST="3xx 3xx 3xx 3xx 3xx 3xx login"),
    "organization:account_rules": row("403 403 403 403 3xx 403 login", POST=ADMINISTRATORS),
    "organization:audit_export": row(NO_SUCH_METHOD, POST=ADMINISTRATORS),
    "organization:calendar": row(WITH_A_GRANT),
    "organization:event_new": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "organization:event_edit": row(ADMINISTRATORS, POST=ADMINISTRATORS, at=an_event),
    "organization:event_remove": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=an_event),
    "organization:settings": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "organization:rates": row(RATE_KEEPERS, POST=RATE_KEEPERS),
    "organization:rate_remove": row(NO_SUCH_METHOD, POST="403 403 403 3xx 404 403 login", at=a_rate),
    "organization:audit": row(ADMINISTRATORS),
    "alerts:listening": row(ANYBODY_LOGGED_IN, POST=ANYBODY_LOGGED_IN),
    "alerts:told": row(
        ANYBODY_LOGGED_IN,
        POST="3xx 3xx 3xx 3xx 3xx 3xx login",
        data=lambda world: {"until": "2026-11-18T00:00:00Z"},
    ),
    "organization:me": row(ANYBODY_LOGGED_IN, POST=ANYBODY_LOGGED_IN),
    "organization:tokens": row(ANYBODY_LOGGED_IN, POST="3xx 3xx 3xx 3xx 3xx 3xx login"),  # the password first
    "organization:token_revoke": row(NO_SUCH_METHOD, POST="404 404 3xx 404 3xx 404 login", at=charlies_token),
    "organization:my_code": row(
        NO_SUCH_METHOD, POST="3xx 3xx 3xx 3xx 3xx 3xx login", at=lambda world: {"kind": "email"}
    ),
    "organization:my_confirm": row(
        NO_SUCH_METHOD, POST="3xx 3xx 3xx 3xx 3xx 3xx login", at=lambda world: {"kind": "phone"}
    ),
    "organization:person_code": row(
        NO_SUCH_METHOD,
        POST="403 403 403 403 3xx 403 login",
        at=lambda world: {**charlies(world), "kind": "email"},
    ),
    "organization:person_confirm": row(
        NO_SUCH_METHOD,
        POST="403 403 403 403 3xx 403 login",
        at=lambda world: {**charlies(world), "kind": "email"},
    ),
    "organization:confirm": row(
        "404 404 404 404 404 404 404",
        POST="404 404 404 404 404 404 404",
        at=lambda world: {"link": "nobody-has-this"},
    ),
    # -- The API, asked in a session; tokens come below
    "api_nothing": row(NOBODY_FINDS, POST=NOBODY_FINDS),
    "api:docs": row(ANYBODY_LOGGED_IN),
    "api:schema": row("200 200 200 200 200 200 401"),
    "api:scopes": row(API_WITH_A_GRANT),
    "api:metrics": row(API_WITH_A_GRANT),
    "api:measures": row(API_WITH_A_GRANT),
    "api:readings": row(API_WITH_A_GRANT),
    "api:forecasts": row(API_WITH_A_GRANT),
    "api:targets": row(API_WITH_A_GRANT),
    "api:episodes": row(API_WITH_A_GRANT),
    "api:target_changes": row(API_WITH_A_GRANT),
    "api:target_change_undo": row(
        API_NO_SUCH_METHOD, POST="201 201 403 403 201 403 401", at=a_change_of_ours
    ),
    "api:target_warnings": row(API_WITH_A_GRANT),
    "api:target_warning_answer": row(
        API_NO_SUCH_METHOD, POST=API_TARGET_SETTERS, at=lambda world: doubted("region:华东/上海")
    ),
    "api:break_downs": row(API_NO_SUCH_METHOD, POST=API_TARGET_SETTERS),
    "api:break_down_apply": row(API_NO_SUCH_METHOD, POST=API_TARGET_SETTERS),
    "api:suggestions": row(API_MUST_ASK),
    "api:plan_check": row(API_MUST_ASK),
    "api:benchmarks": row("403 200 403 403 200 403 401", POST="403 415 403 403 415 403 401"),
    "api:benchmark": row(API_NO_SUCH_METHOD, at=a_benchmark),
    "api:rules": row(API_WITH_A_GRANT, POST="415 415 403 403 415 403 401"),
    "api:rule": row(API_WITH_A_GRANT, at=our("rule"), foreign=their("rule")),
    "api:scores": row(API_WITH_A_GRANT),
    "api:score_plan": row("200 200 404 404 200 403 401", at=alices_plan, foreign=charlies_score),
    "api:score_plan_notes": row(API_NO_SUCH_METHOD, POST="415 415 404 404 415 403 401", at=alices_plan),
    "api:objectives": row(API_WITH_A_GRANT),
    "api:movement": row("400 400 400 400 400 403 401"),
    "api:calibrations": row(API_WITH_A_GRANT),
    "api:calibration": row(
        API_WITH_A_GRANT,
        at=lambda world: {"pk": calibration_of("region:华东/上海")},
        foreign=lambda world: {"pk": calibration_of("region:华北/北京分店")},
    ),
    "api:calibration_file": row(
        "405 405 405 405 405 405 401",
        POST="415 415 403 403 415 403 401",
        at=lambda world: {"pk": calibration_of("region:华东/上海")},
    ),
    "api:check_ins": row(
        API_WITH_A_GRANT,
        POST="415 415 403 403 415 403 401",
        at=key_result_at(OURS, state="active"),
        foreign=key_result_at(THEIRS, state="active"),
    ),
    "api:episode": row(API_WITH_A_GRANT, at=our("alert"), foreign=their("alert")),
    **dict.fromkeys(
        ("api:episode_acknowledge", "api:episode_hand_over", "api:episode_close"),
        row(
            API_NO_SUCH_METHOD,
            POST="415 415 403 403 415 403 401",  # a form is no JSON
            at=our("alert"),
        ),
    ),
    "api:facts": row(API_NO_SUCH_METHOD, POST="403 415 403 415 415 403 401"),
    "api:imports": row(API_IMPORTERS, POST="403 400 403 400 400 403 401"),
    "api:import": row(API_IMPORTERS, at=an_import),
    "api:rejects": row(API_IMPORTERS, at=an_import),
    "api:undo": row(API_NO_SUCH_METHOD, POST="403 202 403 202 202 403 401", at=an_import),
    "api:proposals": row(API_WITH_A_GRANT),
    "api:proposal": row(
        API_WITH_A_GRANT,
        at=lambda world: proposed_on("region:华东/上海"),
        foreign=lambda world: proposed_on("region:华北/北京分店"),
    ),
    "api:decide": row(
        API_NO_SUCH_METHOD,
        POST="415 415 415 415 415 403 401",
        at=lambda world: proposed_on("region:华东/上海"),
    ),
    "api:tasks": row(API_WITH_A_GRANT),
    "api:task_done": row(
        API_NO_SUCH_METHOD,
        POST="415 415 415 415 415 403 401",
        at=lambda world: task_on("region:华东/上海"),
    ),
}
