"""Topics of the pages on which people look."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dashboards.help.topic import Key, Topic

LOOKING: dict[str, Topic] = {
    "dashboards:overview": Topic(
        (
            _(
                "The sentence on top says what matters most now. Below it stand the key figures of one area in one period, then what needs somebody, the worst first."
            ),
            _(
                "Turn the page with its filters: an area in each tree, and a period. Click a name to go into it; the path above the heading leads back up."
            ),
            _(
                "The address holds how the page is turned, so that a link that you send shows the same area and period, as far as the reader may see them."
            ),
        ),
        lights=True,
        due=True,
        on=("dashboards:channels", "kpis:targets", "alerts:episodes"),
    ),
    "dashboards:compare": Topic(
        (
            _("Two areas or two periods side by side, figure by figure, with the difference between them."),
            _(
                "Amounts differ in percent, figures that are percentages themselves in points. Where one side is not over yet, the same number of days is compared."
            ),
        ),
        lights=True,
        on=("dashboards:overview", "dashboards:channels"),
    ),
    "dashboards:boards": Topic(
        (
            _(
                "Pages that you put together from panels: any figure, for any area of yours, as a number, a bar, a line or a table."
            ),
            _(
                "A page is yours alone, or a team's: then everybody in it finds the page, and each sees of it what she may see."
            ),
        ),
        lights=True,
        on=("dashboards:overview", "dashboards:views"),
    ),
    "dashboards:channels": Topic(
        (
            _(
                "All channels side by side: what each brought, what it cost, and how that stands to its plan. Choose columns, and click a heading to sort by it."
            ),
            _(
                "The line “not split” is what was reported for the whole and for no single channel, so that the parts add up."
            ),
        ),
        lights=True,
        due=True,
        on=("channels:content", "channels:sides", "channels:attribution", "channels:allocation"),
    ),
    "dashboards:channel": Topic(
        (
            _(
                "One channel, campaign or piece of content: its figures, their course against plan, and its parts."
            ),
            _(
                "“Why did it move” takes the change apart into what sold more, what cost less and what shifted between its parts. Below stands what was decided about it."
            ),
        ),
        lights=True,
        due=True,
        on=("dashboards:channels", "channels:content"),
    ),
    "channels:attribution": Topic(
        (
            _(
                "Who gets the credit for a sale that saw several channels: seven models divide the same sales, so that you see how much depends on the model."
            ),
            _(
                "Compare two models side by side. Where they agree, the figure is safe to act on; where they differ, ask before money moves."
            ),
        ),
        on=("channels:allocation", "dashboards:channels"),
    ),
    "channels:allocation": Topic(
        (
            _(
                "What the next yuan would bring in each channel, learnt from its past weeks, and how money could be divided better within the limits that you set."
            ),
            _("A proposal goes to whoever may approve it; nothing moves before that."),
        ),
        on=("channels:attribution", "budgets:overview"),
    ),
    "budgets:overview": Topic(
        (
            _(
                "What each budget holds, what is spent, and what is promised but not yet paid. The bar shows all three against where the plan says that you should be today."
            ),
            _(
                "Open a line for its payments, its history, and whom to ask. Money moves between lines by a transfer, which is approved."
            ),
        ),
        lights=True,
        due=True,
        on=("budgets:transfers", "budgets:holds", "budgets:questions"),
    ),
    "feedback:scores": Topic(
        (
            _(
                "What customers say: how likely they are to recommend you, how satisfied they are and how easy it was, each with the number of answers behind it."
            ),
            _(
                "The thin line beside a score is how far chance alone could move it. Two scores whose lines overlap are not different."
            ),
        ),
        lights=True,
        on=("feedback:drivers", "feedback:topics", "feedback:actions"),
    ),
    "feedback:queue": Topic(
        (
            _(
                "Complaints that wait, those whose time is running out first. The clock counts working hours until the first answer and until it is solved."
            ),
            _(
                "Take one, answer, and say why it happened when you solve it: causes that come back appear on a page of their own."
            ),
        ),
        keys=(
            Key(("j",), _("to the next complaint")),
            Key(("k",), _("to the one before")),
            Key(("Enter",), _("open it")),
            Key(("a",), _("assign it to me")),
            Key(("/",), _("search")),
        ),
        on=("feedback:board", "feedback:causes"),
    ),
    "dashboards:customers": Topic(
        (
            _(
                "What customers say of you, what they complain of and what they are worth, each with its light and its course."
            ),
            _(
                "The links beside each heading lead to the pages that know more: scores, complaints, tiers and lifetime value."
            ),
        ),
        lights=True,
        on=("feedback:scores", "feedback:board", "customers:cohorts"),
    ),
    "customers:overview": Topic(
        (
            _(
                "Who buys: new and returning customers, what they are worth over time, and who is about to stay away."
            ),
            _(
                "Customers are counted once, however often and wherever they buy. No name is shown here; contacts open one at a time and on record."
            ),
        ),
        lights=True,
        on=("customers:cohorts", "customers:lifetime", "customers:lifecycle"),
    ),
    "dashboards:process": Topic(
        (
            _(
                "Beside each result stand the figures that lead to it: clicks before leads, leads before orders. Where these turn red first, the result will follow."
            ),
            _("A result that is still green while what leads to it is red is marked as at risk."),
        ),
        lights=True,
        due=True,
        on=("dashboards:overview", "kpis:metrics"),
    ),
    "dashboards:team": Topic(
        (
            _(
                "A team at a glance: its targets, the scorecards of its people, and what is to be done by whom."
            ),
            _("What a light means here is the same as everywhere else; whose a figure is, its area says."),
        ),
        lights=True,
        due=True,
        on=("kpis:scorecards", "decisions:inbox"),
    ),
    "kpis:okr": Topic(
        (
            _(
                "What the quarter is for. Each objective has key results that say how one sees that it is reached; those that follow a figure keep themselves up to date."
            ),
            _(
                "Once a week whoever keeps a key result says how sure she is. 0.7 of an ambitious objective is good; a committed one is expected in full."
            ),
        ),
        lights=True,
        on=("kpis:okr_tree", "kpis:okr_mine"),
    ),
    "kpis:scorecards": Topic(
        (
            _(
                "How somebody's figures of a period add up to one score, by weights that were agreed beforehand. You see your own, and those of the people whose areas you manage."
            ),
            _(
                "A score that falls short leads to a plan with a mentor, and the next score shows whether it helped."
            ),
        ),
        lights=True,
        on=("kpis:okr",),
    ),
    "alerts:episodes": Topic(
        (
            _(
                "What is off plan and has been told to somebody. An alert stays one and the same from the first sign until the figure is well again, however often it gets better or worse between."
            ),
            _(
                "Take it, so that others know and it is not passed on; say what you do about it; hand it over where it is not yours."
            ),
        ),
        lights=True,
        on=("alerts:rules", "alerts:silences", "alerts:listening"),
    ),
    "decisions:inbox": Topic(
        (
            _("What waits for you: proposals to approve, tasks to do, and what you asked others for."),
            _(
                "When you are away, name who decides for you; proposals that nobody answers are passed on after their time."
            ),
        ),
        on=("decisions:away", "alerts:episodes"),
    ),
}
