"""Who may open what of decisions, imports, figures, objectives, targets and alerts."""

from __future__ import annotations

from tests.every_url.objectives import (
    OBJECTIVE_SETTERS,
    OBJECTIVE_SETTERS_GO_ON,
    of_an_objective,
)
from tests.every_url.things import (
    a_band,
    a_benchmark,
    a_card,
    a_change_of_ours,
    a_change_of_theirs,
    a_check,
    a_connection,
    a_layout,
    a_pull,
    a_source,
    a_webhook,
    alices_score,
    an_asking_import,
    an_import,
    asked_back,
    bobs_answer,
    bobs_stand_in,
    calibration_of,
    charlies_score,
    doubted,
    entered_on,
    key_result_at,
    milestone_at,
    our,
    policy_on,
    proposed_on,
    rota_on,
    silence_on,
    subject_on,
    task_on,
    the_measure,
    the_metric,
    their,
)
from tests.every_url.told import (
    ADMINISTRATORS,
    ADMINISTRATORS_GO_ON,
    ANYBODY_LOGGED_IN,
    IMPORTERS,
    METRIC_KEEPERS,
    NO_SUCH_METHOD,
    NOTHING_NAMED,
    OTHERS_MESSAGE,
    OWNED_BY_ANOTHER,
    OWNED_GOES_ON,
    RULE_WRITERS,
    VALUE_WRITERS,
    WITH_A_GRANT,
    Row,
    row,
)

OUR_POLICY, THEIR_POLICY = policy_on("region:华东/上海"), policy_on("region:华北/北京分店")
OUR_ROTA, THEIR_ROTA = rota_on("region:华东/上海"), rota_on("region:华北/北京分店")

DOING: dict[str, Row] = {
    # -- Decisions
    "decisions:inbox": row(WITH_A_GRANT),
    "decisions:proposal": row(
        WITH_A_GRANT,
        at=lambda world: proposed_on("region:华东/上海"),
        foreign=lambda world: proposed_on("region:华北/北京分店"),
    ),
    "decisions:decide": row(
        NO_SUCH_METHOD,
        POST="200 3xx 403 403 3xx 403 login",  # Alice is told that it is her own
        at=lambda world: proposed_on("region:华东/上海"),
        foreign=lambda world: proposed_on("region:华北/北京分店"),
        data=lambda world: {"verdict": "approve"},
    ),
    "decisions:answer": row(
        NO_SUCH_METHOD,
        POST="3xx 403 403 403 403 403 login",
        at=asked_back,
        foreign=lambda world: proposed_on("region:华北/北京分店"),
        data=lambda world: {"note": "So."},
    ),
    "decisions:withdraw": row(
        NO_SUCH_METHOD,
        POST="3xx 403 403 403 403 403 login",
        at=lambda world: proposed_on("region:华东/上海"),
        foreign=lambda world: proposed_on("region:华北/北京分店"),
    ),
    "decisions:comment": row(
        NO_SUCH_METHOD,
        POST="3xx 3xx 403 3xx 3xx 403 login",
        at=lambda world: subject_on("region:华东/上海"),
        foreign=lambda world: subject_on("region:华北/北京分店"),
        data=lambda world: {"text": "Well done."},
    ),
    "decisions:task": row(
        WITH_A_GRANT,
        POST="200 200 403 403 200 403 login",
        at=lambda world: task_on("region:华东/上海"),
        foreign=lambda world: task_on("region:华北/北京分店"),
    ),
    "decisions:bands": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "decisions:band_remove": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=a_band),
    "decisions:away": row(WITH_A_GRANT, POST=WITH_A_GRANT),
    "decisions:away_end": row(NO_SUCH_METHOD, POST="404 3xx 404 404 404 403 login", at=bobs_stand_in),
    # -- Imports
    "ingest:imports": row(IMPORTERS, POST=IMPORTERS),
    "ingest:import": row(IMPORTERS, at=an_import),
    "ingest:import_work": row(IMPORTERS, at=an_import),
    "ingest:import_rejects": row(IMPORTERS, at=an_import),
    "ingest:import_undo": row(IMPORTERS, POST="403 3xx 403 3xx 3xx 403 login", at=an_import),
    "ingest:columns": row(
        "403 3xx 403 3xx 3xx 403 login", POST="403 3xx 403 3xx 3xx 403 login", at=an_import
    ),
    "ingest:columns_look": row(NO_SUCH_METHOD, POST=IMPORTERS, at=an_asking_import),
    "ingest:columns_use": row(NO_SUCH_METHOD, POST="403 404 403 404 404 403 login", at=an_import),
    "ingest:columns_leave": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=an_import),
    "ingest:import_again": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=an_import),
    "ingest:layouts": row(IMPORTERS),
    "ingest:layout": row(IMPORTERS, POST=IMPORTERS, at=a_layout),
    "ingest:layout_put_away": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=a_layout),
    # -- Sources
    "ingest:sources": row(IMPORTERS),
    "kpis:source_order": row(IMPORTERS),
    "ingest:source": row(IMPORTERS, at=a_source),
    "ingest:pull_new": row(IMPORTERS, POST=IMPORTERS),
    "ingest:pull_edit": row(IMPORTERS, POST=IMPORTERS, at=a_pull),
    "ingest:pull_test": row(IMPORTERS, POST=IMPORTERS, at=a_pull),
    "ingest:pull_now": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=a_pull),
    "ingest:pull_pause": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=a_pull),
    "ingest:pull_remove": row(IMPORTERS, POST="403 3xx 403 3xx 3xx 403 login", at=a_pull),
    "ingest:checks": row(IMPORTERS),
    "ingest:checks_now": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login"),
    "ingest:check": row(IMPORTERS, at=a_check),
    # -- Figures, amounts and entered values
    "kpis:metrics": row(METRIC_KEEPERS),
    "kpis:metric_new": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "kpis:metric": row(METRIC_KEEPERS, POST=METRIC_KEEPERS, at=the_metric),
    "kpis:metric_state": row(METRIC_KEEPERS, at=the_metric),
    "kpis:metric_preview": row(NO_SUCH_METHOD, POST=METRIC_KEEPERS),
    "kpis:metric_put_away": row(METRIC_KEEPERS, POST="403 3xx 403 403 3xx 403 login", at=the_metric),
    "kpis:measure_new": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "kpis:measure": row(METRIC_KEEPERS, POST=METRIC_KEEPERS, at=the_measure),
    "kpis:measure_put_away": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=the_measure),
    "kpis:entered": row(WITH_A_GRANT, POST=VALUE_WRITERS),
    "kpis:entered_paste": row(NO_SUCH_METHOD, POST=VALUE_WRITERS),
    "kpis:entered_value": row(
        WITH_A_GRANT,
        POST="3xx 3xx 403 3xx 3xx 403 login",
        at=lambda world: entered_on("region:华东/上海"),
        foreign=lambda world: entered_on("region:华北/北京分店"),
    ),
    # -- Objectives
    "kpis:okr": row(WITH_A_GRANT),
    "kpis:okr_tree": row(WITH_A_GRANT),
    "kpis:okr_mine": row(WITH_A_GRANT),
    "kpis:objective_new": row(WITH_A_GRANT, POST=WITH_A_GRANT),
    "kpis:objective": of_an_objective(WITH_A_GRANT),
    "kpis:objective_edit": of_an_objective(OBJECTIVE_SETTERS, OBJECTIVE_SETTERS),
    "kpis:objective_begin": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON),
    "kpis:objective_remove": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON),
    "kpis:objective_close": of_an_objective(OBJECTIVE_SETTERS, OBJECTIVE_SETTERS, state="active"),
    "kpis:objective_carry_over": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON, state="active"),
    "kpis:key_result_new": of_an_objective(OBJECTIVE_SETTERS, OBJECTIVE_SETTERS),
    "kpis:key_result_edit": of_an_objective(OBJECTIVE_SETTERS, OBJECTIVE_SETTERS, key_result_at),
    "kpis:key_result_remove": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON, key_result_at),
    "kpis:check_in": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS, key_result_at, "active"),
    "kpis:milestone_tick": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON, milestone_at, "active"),
    # -- Targets
    "kpis:targets": row(WITH_A_GRANT, POST="3xx 3xx 403 403 3xx 403 login"),
    "kpis:target": row(
        WITH_A_GRANT,
        POST="200 200 403 403 200 403 login",
        at=lambda world: {"area": world.ours.scope.key},
        foreign=lambda world: {"area": world.theirs.scope.key},
    ),
    "kpis:grid": row(WITH_A_GRANT),
    "kpis:grid_save": row(NO_SUCH_METHOD, POST="400 400 403 403 400 403 login"),
    "kpis:grid_workbook": row(WITH_A_GRANT),
    "kpis:grid_upload": row(RULE_WRITERS, POST="422 422 403 403 422 403 login"),
    "kpis:break_down": row(RULE_WRITERS, POST=RULE_WRITERS),
    "kpis:plan_check": row(WITH_A_GRANT),
    "kpis:suggest": row(WITH_A_GRANT, POST="3xx 3xx 3xx 3xx 3xx 403 login"),
    "kpis:warning_answer": row(
        NO_SUCH_METHOD,
        POST=RULE_WRITERS,
        at=lambda world: doubted("region:华东/上海"),
        foreign=lambda world: doubted("region:华北/北京分店"),
    ),
    "kpis:change_undo": row(
        NO_SUCH_METHOD, POST="3xx 3xx 403 403 3xx 403 login", at=a_change_of_ours, foreign=a_change_of_theirs
    ),
    "kpis:scorecards": row(WITH_A_GRANT),
    "kpis:scorecard_setup": row(METRIC_KEEPERS),
    "kpis:scorecard_new": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "kpis:scorecard_edit": row(METRIC_KEEPERS, POST=METRIC_KEEPERS, at=a_card),
    "kpis:scorecard_put_away": row(
        NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=lambda world: a_card(world, "spare")
    ),
    "kpis:scorecard_score": row("200 200 404 404 200 403 login", at=alices_score, foreign=charlies_score),
    "kpis:scorecard_plan": row(
        "403 200 404 404 200 403 login",
        POST="403 200 404 404 200 403 login",
        at=alices_score,
        foreign=charlies_score,
    ),
    "kpis:benchmarks": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "kpis:benchmark_remove": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=a_benchmark),
    "kpis:calibrations": row(WITH_A_GRANT),
    "kpis:calibration": row(
        WITH_A_GRANT,
        POST="200 200 403 403 200 403 login",
        at=lambda world: {"pk": calibration_of("region:华东/上海")},
        foreign=lambda world: {"pk": calibration_of("region:华北/北京分店")},
    ),
    "kpis:learn_again": row(
        NO_SUCH_METHOD,
        POST="404 404 403 403 404 403 login",  # nobody has learnt a shape there
        data=lambda world: {"area": world.ours.code, "metric": "revenue", "period": "2026-11"},
    ),
    "kpis:history": row(NOTHING_NAMED, POST=NOTHING_NAMED),
    "kpis:movement": row(
        WITH_A_GRANT,
        at=lambda world: {"area": world.ours.scope.key},
        foreign=lambda world: {"area": world.theirs.scope.key},
    ),
    # -- Alerts
    "alerts:episodes": row(WITH_A_GRANT),
    "alerts:episode": row(WITH_A_GRANT, at=our("alert"), foreign=their("alert")),
    "alerts:episode_why": row(WITH_A_GRANT, at=our("alert"), foreign=their("alert")),
    "alerts:episode_task": row(
        NO_SUCH_METHOD, POST="200 200 403 200 200 403 login", at=our("alert"), foreign=their("alert")
    ),
    "alerts:episode_acknowledge": row(
        NO_SUCH_METHOD, POST="3xx 3xx 403 403 3xx 403 login", at=our("alert"), foreign=their("alert")
    ),
    "alerts:episode_hand_over": row(
        NO_SUCH_METHOD, POST="200 200 403 403 200 403 login", at=our("alert"), foreign=their("alert")
    ),
    "alerts:episode_close": row(
        NO_SUCH_METHOD, POST="200 200 403 403 200 403 login", at=our("alert"), foreign=their("alert")
    ),
    "alerts:answer": row(
        "403 200 403 403 403 403 login", POST="403 3xx 403 403 403 403 login", at=bobs_answer
    ),
    "alerts:rules": row(WITH_A_GRANT),
    "alerts:rule_new": row(RULE_WRITERS, POST=RULE_WRITERS),
    "alerts:rule_preview": row(NO_SUCH_METHOD, POST=RULE_WRITERS),
    "alerts:rules_file": row(WITH_A_GRANT),
    "alerts:rules_import": row(RULE_WRITERS, POST=RULE_WRITERS),
    "alerts:rule_edit": row(RULE_WRITERS, POST=RULE_WRITERS, at=our("rule"), foreign=their("rule")),
    "alerts:rule_who": row(RULE_WRITERS, at=our("rule"), foreign=their("rule")),
    "alerts:rule_switch": row(
        NO_SUCH_METHOD, POST="3xx 3xx 403 403 3xx 403 login", at=our("rule"), foreign=their("rule")
    ),
    "alerts:silences": row(WITH_A_GRANT),
    "alerts:silence_new": row(RULE_WRITERS, POST=RULE_WRITERS),
    "alerts:silence_preview": row(NO_SUCH_METHOD, POST=RULE_WRITERS),
    "alerts:silence": row(
        WITH_A_GRANT,
        POST=RULE_WRITERS,
        at=silence_on("region:华东/上海"),
        foreign=silence_on("region:华北/北京分店"),
    ),
    "alerts:silence_end": row(
        NO_SUCH_METHOD,
        POST="3xx 3xx 403 403 3xx 403 login",
        at=silence_on("region:华东/上海"),
        foreign=silence_on("region:华北/北京分店"),
    ),
    "alerts:connections": row(ADMINISTRATORS),
    "alerts:connection_new": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "alerts:connection": row(OWNED_BY_ANOTHER, POST=OWNED_BY_ANOTHER, at=a_connection),
    "alerts:connection_test": row(NO_SUCH_METHOD, POST=OWNED_GOES_ON, at=a_connection),
    "alerts:connection_confirm": row(NO_SUCH_METHOD, POST=OWNED_GOES_ON, at=a_connection),
    "alerts:connection_switch": row(NO_SUCH_METHOD, POST=OWNED_GOES_ON, at=a_connection),
    "alerts:connection_secret": row(OWNED_BY_ANOTHER, POST=OWNED_BY_ANOTHER, at=a_webhook),
    "alerts:connection_remove": row(OWNED_BY_ANOTHER, POST=OWNED_GOES_ON, at=a_connection),
    "alerts:policies": row(WITH_A_GRANT),
    "alerts:policy_new": row(RULE_WRITERS, POST=RULE_WRITERS),
    "alerts:policy_edit": row(RULE_WRITERS, POST=RULE_WRITERS, at=OUR_POLICY, foreign=THEIR_POLICY),
    "alerts:policy_remove": row(
        RULE_WRITERS, POST="3xx 3xx 403 403 3xx 403 login", at=OUR_POLICY, foreign=THEIR_POLICY
    ),
    "alerts:rotas": row(WITH_A_GRANT),
    "alerts:rota_new": row(RULE_WRITERS, POST=RULE_WRITERS),
    "alerts:rota": row(WITH_A_GRANT, at=OUR_ROTA, foreign=THEIR_ROTA),
    "alerts:rota_edit": row(RULE_WRITERS, POST=RULE_WRITERS, at=OUR_ROTA, foreign=THEIR_ROTA),
    "alerts:rota_remove": row(
        RULE_WRITERS, POST="3xx 3xx 403 403 3xx 403 login", at=OUR_ROTA, foreign=THEIR_ROTA
    ),
    "alerts:rota_swap": row(NO_SUCH_METHOD, POST=RULE_WRITERS, at=OUR_ROTA, foreign=THEIR_ROTA),
    "alerts:health": row(ADMINISTRATORS),
    "alerts:outbox": row(ANYBODY_LOGGED_IN),
    "alerts:message": row(OTHERS_MESSAGE, at=our("message")),
    "alerts:message_html": row(OTHERS_MESSAGE, at=our("message")),
}
