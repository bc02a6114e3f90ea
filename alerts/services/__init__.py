from alerts.services.apply import Judgement, apply_outcomes, close_uncovered, settle_by_hand
from alerts.services.evaluation import evaluate, judge_next_rule, look_by_the_clock, look_where_put_away
from alerts.services.rules import (
    RecipientDraft,
    RuleDraft,
    RuleRefused,
    TierDraft,
    cover_new_areas,
    save_rule,
    switch_rule,
)
from alerts.services.sending import deliver_next

__all__ = [
    "Judgement",
    "RecipientDraft",
    "RuleDraft",
    "RuleRefused",
    "TierDraft",
    "apply_outcomes",
    "close_uncovered",
    "cover_new_areas",
    "deliver_next",
    "evaluate",
    "judge_next_rule",
    "look_by_the_clock",
    "look_where_put_away",
    "save_rule",
    "settle_by_hand",
    "switch_rule",
]
