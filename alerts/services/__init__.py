from alerts.services.apply import Judgement, apply_outcomes, close_uncovered, settle_by_hand
from alerts.services.consequences import carry_out_next
from alerts.services.episodes import EpisodeEnded, EpisodeRefused, acknowledge, close_by_hand, hand_over
from alerts.services.escalating import escalate_next
from alerts.services.evaluation import evaluate, judge_next_rule, look_by_the_clock, look_where_put_away
from alerts.services.gathering import gather_next
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
    "EpisodeEnded",
    "EpisodeRefused",
    "Judgement",
    "RecipientDraft",
    "RuleDraft",
    "RuleRefused",
    "TierDraft",
    "acknowledge",
    "apply_outcomes",
    "carry_out_next",
    "close_by_hand",
    "close_uncovered",
    "cover_new_areas",
    "deliver_next",
    "escalate_next",
    "evaluate",
    "gather_next",
    "hand_over",
    "judge_next_rule",
    "look_by_the_clock",
    "look_where_put_away",
    "save_rule",
    "settle_by_hand",
    "switch_rule",
]
