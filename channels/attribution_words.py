"""Models of attribution in words, on pages and in the names of the figures that they publish."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.attribution import Model

MODELS: dict[Model, str | Promise] = {
    Model.FIRST: _("First touch"),
    Model.LAST: _("Last touch"),
    Model.LAST_NON_DIRECT: _("Last non-direct"),
    Model.LINEAR: _("Linear"),
    Model.POSITION: _("By position"),
    Model.TIME_DECAY: _("Time decay"),
    Model.MARKOV: _("Markov chain"),
    Model.SHAPLEY: _("Shapley values"),
}

SAYING: dict[Model, str | Promise] = {
    Model.FIRST: _("All to the oldest touch: what makes people aware."),
    Model.LAST: _("All to the newest touch: what stands next to the till."),
    Model.LAST_NON_DIRECT: _("All to the newest touch that is not the direct channel."),
    Model.LINEAR: _("The same part to each touch."),
    Model.POSITION: _("40% to the oldest, 40% to the newest, the rest to those between."),
    Model.TIME_DECAY: _("The more recent a touch, the more it weighs."),
    Model.MARKOV: _("What would be lost without the channel; learnt from paths that failed, too."),
    Model.SHAPLEY: _("What the channel adds to others on average; can be below zero."),
}

# In the names of measures and metrics, which are kept in both languages.
NAMES: dict[Model, tuple[str, str]] = {
    Model.FIRST: ("first touch", "首次触点"),
    Model.LAST: ("last touch", "末次触点"),
    Model.LAST_NON_DIRECT: ("last non-direct", "末次非直接触点"),
    Model.LINEAR: ("linear", "线性"),
    Model.POSITION: ("by position", "位置"),
    Model.TIME_DECAY: ("time decay", "时间衰减"),
    Model.MARKOV: ("Markov chain", "马尔可夫链"),
    Model.SHAPLEY: ("Shapley values", "Shapley 值"),
}
ORDERS = ("Attributed orders ({0})", "归因订单数（{0}）")
REVENUE = ("Attributed revenue ({0})", "归因销售额（{0}）")
ROAS = ("Attributed ROAS ({0})", "归因投产比（{0}）")
RULE_HELP = (
    "Credited by this model to the touches of each order's path, on the day of the order. A division of orders, not a"
    " further source: never added to revenue.",
    "按该模型把每笔订单记到其路径上的触点，日期为成交日。这是对订单的分摊，不是新的数据来源，不与销售额相加。",
)
MONTH_HELP = (
    "Credited by this model over the paths that ended in the month, so there are values for months alone. A division of"
    " orders, not a further source: never added to revenue.",
    "按该模型对当月结束的路径计算，因此只有月度数值。这是对订单的分摊，不是新的数据来源，不与销售额相加。",
)


def named(pattern: tuple[str, str], model: Model) -> tuple[str, str]:
    """The name of a figure of a model, in English and in Chinese."""
    return pattern[0].format(NAMES[model][0]), pattern[1].format(NAMES[model][1])
