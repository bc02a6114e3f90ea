"""Topics of the pages on which people work and set things up."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dashboards.help.topic import Key, Topic

WORKING: dict[str, Topic] = {
    "kpis:targets": Topic(
        (
            _(
                "What each figure should reach, by area and month. Every change is kept, with who made it and why."
            ),
            _(
                "A target of a year is the sum of its months; where only the year is set, its months follow the season that the figure had before."
            ),
        ),
        lights=True,
        due=True,
        on=("kpis:grid", "kpis:suggest", "kpis:plan_check", "kpis:calibrations"),
    ),
    "kpis:grid": Topic(
        (
            _(
                "A year of targets as a sheet: type, copy from a spreadsheet and paste, fill to the right. What you type is saved at once and can be undone."
            ),
            _("Where somebody else changed the same cell meanwhile, both values are shown and you choose."),
        ),
        keys=(
            Key(("←", "↑", "→", "↓"), _("from cell to cell; with Shift, mark several")),
            Key(("Enter",), _("change the cell")),
            Key(("Delete",), _("empty it")),
            Key(("Ctrl C", "Ctrl V"), _("copy and paste")),
            Key(("Ctrl Z",), _("undo")),
            Key(("Esc", "Tab"), _("leave the sheet")),
        ),
        on=("kpis:targets", "kpis:plan_check"),
    ),
    "ingest:imports": Topic(
        (
            _(
                "Bring in a file as your systems give it out: CSV or Excel, any encoding. Its columns are recognized, or you say once what they are."
            ),
            _(
                "Lines that cannot be right are left out and listed with the reason. An import can be taken back as a whole, and what it had replaced comes back."
            ),
        ),
        on=("ingest:layouts", "ingest:sources"),
    ),
    "ingest:sources": Topic(
        (
            _(
                "Where figures come from, how fresh each source is, and whether it still does what it used to: what is late or suddenly small is marked."
            ),
            _(
                "A source can be asked by itself, on a schedule. Every night all kept figures are added up anew and compared."
            ),
        ),
        on=("ingest:imports", "ingest:checks"),
    ),
    "kpis:entered": Topic(
        (
            _(
                "Figures that no system knows, such as a survey of how well a brand is known, entered by hand with their source and day."
            ),
        ),
        on=("ingest:imports",),
    ),
    "alerts:rules": Topic(
        (
            _(
                "What is watched: a figure, on an area or on each of its parts, from when on it is worth a message, and to whom."
            ),
            _(
                "Before you save, the page shows what the rule would have said in the past year, so that nobody is told too often."
            ),
        ),
        on=("alerts:policies", "alerts:rotas", "alerts:episodes"),
    ),
    "organization:nodes": Topic(
        (
            _(
                "The trees in which everything is counted: regions, channels, product lines, teams. Names may change; the code stays, so that history stays together."
            ),
            _(
                "New names in files make new areas, which wait here until somebody has looked at them. Two that are the same are merged, and that can be undone."
            ),
        ),
        on=("organization:calendar", "organization:settings"),
    ),
    "kpis:metrics": Topic(
        (
            _(
                "What is measured and judged: each figure has a formula, a unit, which direction is good, and from when its light changes."
            ),
            _(
                "Sums come first and the division last, so that a figure of the whole is never the average of its parts' averages."
            ),
        ),
        lights=True,
        on=("kpis:targets", "alerts:rules"),
    ),
    "organization:people": Topic(
        (
            _(
                "Who may see and do what: a role on an area holds for everything below it. Somebody may have several."
            ),
            _(
                "Invite people by mail, and see beforehand which pages and areas a role would open. Whoever leaves keeps her history and loses her access at once."
            ),
        ),
        on=("organization:audit", "organization:settings"),
    ),
    "alerts:connections": Topic(
        (
            _(
                "The ways out: mail, text messages, WeCom, DingTalk, Feishu and webhooks, each with a test that sends a message to you."
            ),
        ),
        on=("alerts:outbox", "alerts:policies"),
    ),
    "dashboards:screens": Topic(
        (
            _(
                "Screens on a wall: large figures that take turns, read only. A screen is paired once with a code that it shows, and can be cut off here at any time."
            ),
        ),
        lights=True,
        on=("dashboards:boards",),
    ),
    "alerts:outbox": Topic(
        (
            _(
                "Every message that was sent or tried, to whom and by which way, with the reason where it did not arrive."
            ),
        ),
        on=("alerts:connections", "alerts:listening"),
    ),
    "organization:audit": Topic(
        (
            _(
                "Who did what and when, across the whole site. Entries are never changed or removed; they can be exported."
            ),
        ),
        on=("organization:people",),
    ),
    "organization:me": Topic(
        (
            _("Your name, language, time zone and how numbers are written for you, on pages as in messages."),
            _(
                "Currency, fiscal year and calendar are the company's: an administrator changes them for everybody."
            ),
        ),
        on=("alerts:listening", "organization:tokens"),
    ),
}
