"""Which columns of a file of survey answers mean what: headings in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Driver
from feedback.published import OF_ANSWERS, SOURCE, TABLE
from ingest.errors import FileRefused
from ingest.layouts import NAMES, Emission, Layout, Name, Preset, normal

CODE = "survey"  # of the preset
SCALES: dict[str, tuple[int, int]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
RATING = (1, 5)
DRIVER = "driver_"  # begins the names of the texts of drivers; their ids follow

# Where several headings of a role stand in a file, the first named here holds.
_HEADINGS: dict[str, str] = {
    "day": f"answered_at answered_on submitted_at response_date 回答时间 回答日期 提交时间 提交日期 评价时间 评价日期 填写时间"
    f" 答卷时间 调查日期 {NAMES['day']}",
    "customer": "customer customer_id customer_key customer_no user user_id userid uid member member_id member_no client"
    " client_id respondent respondent_id 客户 客户编号 客户号 客户id 客户标识 会员 会员号 会员编号 会员id 用户 用户id 用户编号 用户标识"
    " openid unionid",
    "contact": "contact phone mobile telephone tel email e_mail 手机号 手机 手机号码 电话 联系电话 联系方式 邮箱",
    "segment": "segment customer_segment customer_type customer_group 客户类型 客户分类 客户类别 客群 客户群 客户分层 会员类型",
    "nps": "nps nps_score score recommend likelihood_to_recommend 推荐分 推荐评分 推荐值 推荐意愿 推荐度 nps评分 nps得分 评分 得分"
    " 分数 打分",
    "csat": "csat csat_score satisfaction satisfaction_score 满意度 满意度评分 满意度得分 csat评分",
    "ces": "ces ces_score effort effort_score ease_score 费力度 费力度评分 费力度得分 ces评分",
    "comment": "comment comments remark remarks verbatim feedback 评语 意见 评论 评价 评价内容 意见反馈 反馈 反馈内容 建议 留言",
    "number": "answer_id answer_no answer_number response_id response_no 答卷编号 答卷号 答卷id 回答编号"
    " 回答id 样本编号",
    "channel": NAMES["channel"],
    "campaign": NAMES["campaign"],
    "content": NAMES["content"],
    "region": NAMES["region"],
    "province": NAMES["province"],
    "city": NAMES["city"],
    "store": NAMES["store"],
    "product": f"{NAMES['product']} 产品系列 产品类别",
}
_ROLES = {
    normal(name): (role, turn) for role, names in _HEADINGS.items() for turn, name in enumerate(names.split())
}
# Somebody's report of advertisements may have a score of its own.
_OTHERS = {
    normal(name)
    for role in ("impressions", "clicks", "cost", "revenue", "leads")
    for name in NAMES[role].split()
}
_TEXTS = ("customer", "contact", "segment", *SCALES, "comment", "number")


def survey(headings: Sequence[str]) -> Layout | None:
    """A line an answer: a day, at least one score, and whatever else is known of it."""
    at = _columns(headings)
    if "day" not in at or not set(SCALES) & set(at) or any(normal(one) in _OTHERS for one in headings):
        return None
    if "customer" not in at and "contact" in at:
        at["customer"] = at.pop("contact")  # known by it alone, which is then kept as a hash only
    if "channel" not in at and {"campaign", "content"} & set(at):
        raise FileRefused(
            _("This file names campaigns but no channel. Add a column “channel” and send it again.")
        )
    emission = Emission(
        {},
        channel=_name(at, "channel", "campaign", "content"),
        region=_name(at, "region", "province", "city", "store"),
        product=_name(at, "product"),
        constants={"responses": 1},
    )
    texts = {role: at[role] for role in _TEXTS if role in at} | _drivers(headings, set(at.values()))
    # Without numbers a line is told apart by all that it says: alone, a mended one might look like another of the file.
    return Layout(
        CODE, SOURCE, "Customer feedback", at["day"], (emission,), sink=TABLE, texts=texts, publishes=OF_ANSWERS,
        whole="number" not in at, reaches=False,
    )  # fmt: skip


def _columns(headings: Sequence[str]) -> dict[str, int]:
    """Column by role. A heading that is said twice, letter for letter, counts where it stands first."""
    best: dict[str, tuple[int, int]] = {}
    for column, heading in enumerate(headings):
        found = _ROLES.get(normal(heading))
        if found is not None:
            role, turn = found
            best[role] = min(best.get(role, (turn, column)), (turn, column))
    return {role: column for role, (_turn, column) in best.items()}


def _drivers(headings: Sequence[str], taken: set[int]) -> dict[str, int]:
    """The columns that rate something, by the driver's id; each is known by its code and by its names."""
    known: dict[str, int] = {}
    for driver in Driver.objects.order_by("position", "pk"):
        for name in (driver.code, driver.name, driver.name_zh):
            if normal(name):
                known.setdefault(normal(name), driver.pk)
    found: dict[str, int] = {}
    for column, heading in enumerate(headings):
        pk = known.get(normal(heading))
        if pk is not None and column not in taken:
            found.setdefault(f"{DRIVER}{pk}", column)
    return found


def _name(at: Mapping[str, int], *roles: str) -> Name:
    return Name(tuple(at[role] for role in roles if role in at))


PRESET = Preset(
    CODE,
    survey,
    label=gettext_lazy("Survey answers: a line an answer, with date and score"),
    source=gettext_lazy("Customer feedback"),
    source_code=SOURCE,
    whole=True,
    shown=(
        "date (日期)",
        "score (推荐分, 评分)",
        "csat (满意度)",
        "ces (费力度)",
        "comment (评语)",
        "customer (客户)",
        "segment (客户类型)",
        "channel",
        "region",
        "product",
        "answer no (答卷编号)",
        "…",
    ),
    needs=gettext_lazy(
        "No line of headings with a date and a score was found. Name the columns for example date, customer, channel,"
        " region, product, segment, score, comment."
    ),
)
