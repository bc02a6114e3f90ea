from alerts.forms.rules import (
    RecipientForms,
    RuleForm,
    initial_from,
    initial_of,
    initial_tiers,
    read_recipients,
    recipients_of,
)
from alerts.forms.templates import all_templates, template_of
from alerts.forms.tiers import tier_forms

__all__ = [
    "RecipientForms",
    "RuleForm",
    "all_templates",
    "initial_from",
    "initial_of",
    "initial_tiers",
    "read_recipients",
    "recipients_of",
    "template_of",
    "tier_forms",
]
