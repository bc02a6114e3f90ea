"""The verdict on an investment in words, and why. Texts alone: judging is in `channels.three_sides`."""

from __future__ import annotations

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from channels.selectors.sides import JudgedArea
from channels.three_sides import ENOUGH, ONE, Judged, Lack, Side, Verdict
from common import formats
from organization.selectors.rates import currency_sign

SIDE_NAMES: dict[Side, str | Promise] = {
    Side.FINANCIAL: gettext_lazy("Financial"),
    Side.STRATEGIC: gettext_lazy("Strategic"),
    Side.BRAND: gettext_lazy("Brand"),
}
VERDICTS: dict[Verdict, str | Promise] = {
    Verdict.GOOD: gettext_lazy("good"),
    Verdict.CARRIED: gettext_lazy("good on the whole"),
    Verdict.MIXED: gettext_lazy("nearly good"),
    Verdict.POOR: gettext_lazy("poor"),
    Verdict.UNKNOWN: gettext_lazy("too little known"),
}
# Lights of the same meaning, so that colours say nothing new.
LIGHTS = {
    Verdict.GOOD: "green",
    Verdict.CARRIED: "green",
    Verdict.MIXED: "yellow",
    Verdict.POOR: "red",
    Verdict.UNKNOWN: "grey",
}
LACKS: dict[Lack, str | Promise] = {
    Lack.VALUE: gettext_lazy("not reported here"),
    Lack.GOOD: gettext_lazy("no target to hold it against"),
    Lack.NUMBER: gettext_lazy("not to be put into a number"),
}
REASONS = 2  # metrics named for what carries


def points(score: Decimal | None) -> str:
    """A score with two decimals; 1 is as good as it should be."""
    return formats.NO_VALUE if score is None else f"{score:.2f}"


def verdict(area: JudgedArea) -> str:
    """One sentence, or two where something carries what is weak."""
    judged = area.judged
    score = points(judged.score)
    if judged.verdict is Verdict.UNKNOWN:
        return str(
            _(
                "Too little is known for a verdict: only %(known)s of the weights have a value, %(need)s are needed."
            )
            % {"known": formats.share(judged.known), "need": formats.share(ENOUGH)}
        )
    if judged.verdict is Verdict.GOOD:
        return str(
            _("A good investment: %(score)s, where 1 is as good as it should be, and no side falls short.")
            % {"score": score}
        )
    if judged.verdict is Verdict.CARRIED:
        facts = {
            "score": score,
            "weak": _sides(judged, judged.weak),
            "strong": _sides(judged, judged.carried_by),
            "why": _reasons(area),
        }
        if Side.FINANCIAL in judged.weak:
            return str(
                _(
                    "A good investment on the whole (%(score)s), although its direct return falls short: %(weak)s."
                    " What carries it: %(strong)s, above all %(why)s."
                )
                % facts
            )
        return str(
            _(
                "A good investment on the whole (%(score)s), although one side falls short: %(weak)s."
                " What carries it: %(strong)s, above all %(why)s."
            )
            % facts
        )
    weak = {"score": score, "weak": _sides(judged, judged.weak)}
    if judged.verdict is Verdict.MIXED:
        return str(
            _("Nearly good: %(score)s, where 1 is as good as it should be. It falls short here: %(weak)s.")
            % weak
        )
    if judged.carried_by:
        strong = {**weak, "strong": _sides(judged, judged.carried_by)}
        return str(
            _(
                "A poor investment as it stands: %(score)s. It falls short here: %(weak)s; what is good does not make"
                " up for it: %(strong)s."
            )
            % strong
        )
    return str(_("A poor investment as it stands: %(score)s. It falls short here: %(weak)s.") % weak)


def missing(area: JudgedArea) -> str:
    """What has no score, and that it was left out; "" where nothing is missing."""
    lacking: dict[Lack, list[str]] = {}
    for side in area.judged.sides:
        for one in side.metrics:
            if one.lack is not None:
                lacking.setdefault(one.lack, []).append(area.lines[one.metric].line.metric.label)
    if not lacking:
        return ""
    language = get_language() or "en"
    told = [f"{formats.listed(names, language)} ({LACKS[lack]})" for lack, names in lacking.items()]
    if formats.is_chinese(language):
        told = [f"{formats.listed(names, language)}（{LACKS[lack]}）" for lack, names in lacking.items()]
    return str(_("Left out, and not counted as zero: %(what)s.") % {"what": formats.listed(told, language)})


def _sides(judged: Judged, sides: tuple[Side, ...]) -> str:
    """`financial 0.80, brand 0.90`."""
    language = get_language() or "en"
    names = []
    for side in sides:
        name = str(SIDE_NAMES[side])
        names.append(
            f"{name if formats.is_chinese(language) else name.lower()} {points(judged.side(side).score)}"
        )
    return formats.listed(names, language)


def _reasons(area: JudgedArea) -> str:
    """The metrics that lift the whole the most: by their weight within all, and how far beyond good they are."""
    language = get_language() or "en"
    lifts: list[tuple[Decimal, str]] = []
    for side in area.judged.sides:
        whole = sum((one.weight for one in side.metrics if one.score is not None), Decimal(0))
        for one in side.metrics:
            if one.score is not None and one.score > ONE and whole:
                held = area.lines[one.metric]
                value = formats.tile(held.figure.value, held.line.metric, language, currency_sign())
                lift = side.weight * one.weight / whole * (one.score - ONE)
                lifts.append((lift, f"{held.line.metric.label} {value}"))
    lifts.sort(key=lambda one: -one[0])
    return formats.listed([text for _lift, text in lifts[:REASONS]], language)
