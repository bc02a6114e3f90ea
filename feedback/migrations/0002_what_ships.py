"""Settings, service levels, categories, drivers and topics that ship; people edit them."""

from __future__ import annotations

from typing import Any

from django.db import migrations

CATEGORIES = [
    ("quality", "Product quality", "产品质量"),
    ("delivery", "Delivery", "物流配送"),
    ("service", "Service", "服务态度"),
    ("price", "Price and billing", "价格与账单"),
    ("promise", "Not as advertised", "与宣传不符"),
    ("other", "Other", "其他"),
]
DRIVERS = [
    ("quality", "Product quality", "产品质量"),
    ("price", "Value for money", "性价比"),
    ("delivery", "Delivery", "物流配送"),
    ("service", "Service", "服务"),
    ("ease", "Ease of use", "使用便捷"),
]
TOPICS = [
    (
        "Delivery",
        "物流配送",
        "物流 快递 快递员 配送 送货 送货上门 发货 到货 收货 派送 运费 骑手 delivery deliver delivered delivering shipping shipped"
        " shipment courier parcel driver",
    ),
    (
        "Price",
        "价格",
        "价格 价钱 定价 涨价 降价 贵 太贵 好贵 很贵 死贵 昂贵 便宜 性价比 划算 实惠 price priced pricing pricey expensive"
        " cheap cost costly overpriced value|value for money",
    ),
    (
        "Quality",
        "质量",
        "质量 品质 做工 材质 耐用 瑕疵 次品 假货 掉色 异味 坏了 裂开 故障 quality defect defective broken broke faulty"
        " durable durability flaw fake|fell apart|stopped working",
    ),
    (
        "Service",
        "服务",
        "服务 服务态度 客服 态度 售后 店员 导购 服务员 敷衍 推诿 耐心 热情 投诉 service staff support agent rude polite friendly"
        " helpful unhelpful attitude|customer service|after sales",
    ),
    (
        "Packaging",
        "包装",
        "包装 包装盒 纸箱 盒子 破损 压坏 漏液 变形 packaging package packed box dented leaked leaking crushed wrapping",
    ),
    (
        "Returns",
        "退换货",
        "退货 换货 退换 退换货 退款 退钱 退回 返修 运费险 return returned returning refund refunded refunding exchange"
        "|money back",
    ),
    (
        "App and website",
        "应用与网站",
        "应用 网站 小程序 页面 网页 闪退 卡顿 登录 注册 验证码 支付 付款 结账 app website site login checkout crash crashed"
        " crashing payment screen",
    ),
    (
        "Promotions",
        "促销活动",
        "活动 优惠 优惠券 折扣 打折 满减 促销 红包 赠品 会员价 积分 promotion promo discount coupon voucher deal gift"
        " loyalty points|双11|双十一|618",
    ),
    (
        "As advertised",
        "与宣传相符",
        "宣传 虚假宣传 夸大 描述 图片 实物 不符 色差 货不对板 广告 直播间 advertised advertising advert misleading misled"
        " description photo picture|as described|as shown",
    ),
    (
        "Availability",
        "库存",
        "缺货 断货 没货 有货 库存 补货 预售 售罄 抢不到 stock restock unavailable available preorder|out of stock|sold out"
        "|in stock",
    ),
    (
        "Ease of use",
        "易用",
        "操作 安装 说明书 教程 上手 复杂 简单 方便 麻烦 好用 难用 install installation setup manual instruction easy"
        " difficult complicated confusing simple convenient",
    ),
]  # words by spaces, then what is more than one word
# Severity → working minutes to the first answer, hours by the calendar at most, working minutes to the solution.
LEVELS = {1: (120, 48, 40 * 60), 2: (60, 48, 24 * 60), 3: (60, 24, 16 * 60), 4: (30, 12, 8 * 60)}


def add(apps: Any, schema_editor: Any) -> None:
    apps.get_model("feedback", "FeedbackSettings").objects.get_or_create(pk=1)
    for name, rows in (("Category", CATEGORIES), ("Driver", DRIVERS)):
        model = apps.get_model("feedback", name)
        for position, (code, english, chinese) in enumerate(rows, start=1):
            model.objects.get_or_create(
                code=code, defaults={"name": english, "name_zh": chinese, "position": position}
            )
    topic = apps.get_model("feedback", "Topic")
    for position, (english, chinese, said) in enumerate(TOPICS, start=1):
        words, *phrases = said.split("|")
        topic.objects.get_or_create(
            name=english,
            defaults={"name_zh": chinese, "position": position, "words": [*words.split(), *phrases]},
        )
    level = apps.get_model("feedback", "ServiceLevel")
    for severity, (answer, at_most, solve) in LEVELS.items():
        level.objects.get_or_create(
            severity=severity,
            defaults={"answer_minutes": answer, "answer_hours_at_most": at_most, "solve_minutes": solve},
        )


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_feedback")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
