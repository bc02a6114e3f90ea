"""Why somebody is told, in a sentence at the end of her message."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from alerts.routing import Because


def told_as(because: Because | None, rule: str, language: str) -> str:
    """Empty where the rule itself names her, which messages say by themselves."""
    if because in (None, Because.REACHES_TIER):
        return ""
    with translation.override(language):
        return _sentence(because, rule)


def _sentence(because: Because | None, rule: str) -> str:
    words = {"rule": rule}
    if because == Because.POLICY:
        return _("You are told because the policy of the rule “%(rule)s” names you.") % words
    if because == Because.ESCALATED:
        return (
            _(
                "You are told because nobody had answered, and the policy of the rule “%(rule)s” names you next."
            )
            % words
        )
    if because == Because.STANDS_IN:
        return _("You are told because you stand in for somebody who is away.")
    if because == Because.HANDED_OVER:
        return _("You are told because the alert was handed over to you.")
    if because == Because.WAS_TOLD:
        return _("You are told because you were told of this alert before.")
    # It was held for a while, and only why is kept.
    return _("You are told because the rule “%(rule)s” or its policy names you.") % words
