from alerts.forms.rules import (
    RecipientForms,
    RuleForm,
    initial_from,
    initial_of,
    initial_tiers,
    read_recipients,
    recipients_of,
)
from alerts.forms.templates import BY_CODE, TEMPLATES
from alerts.forms.tiers import tier_forms

__all__ = [
    "BY_CODE",
    "TEMPLATES",
    "RecipientForms",
    "RuleForm",
    "initial_from",
    "initial_of",
    "initial_tiers",
    "read_recipients",
    "recipients_of",
    "tier_forms",
]
