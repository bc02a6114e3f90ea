"""What a proposal to pause a line is called."""

from __future__ import annotations

from django.utils.translation import gettext_noop

PAUSE = "budgets.pause"  # the kind; its subject is the line
SUMMARY = gettext_noop("Pause this line: spending is ahead of plan and its return is low")
