"""Who and what there is in the demo company: channels and campaigns, regions down to stores, product lines.

Each name is a pair, Chinese and English. The company's own files use the Chinese one, so codes are made of it
(`channel:抖音直播`); English readers see the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

COMPANY = ("松石板材", "Pinestone Boards")
PASSWORD = "plumbline-demo"  # noqa: S105  # of the people who log in, who exist in a demo alone


class Way(StrEnum):
    """How a channel sells, which settles its week, its season and what it can count."""

    ONLINE = "online"
    STORE = "store"
    TRADE = "trade"


@dataclass(frozen=True)
class Name:
    zh: str
    en: str


@dataclass(frozen=True)
class Campaign:
    """`window` is the part of each year in which it runs, as ((month, day), (month, day)); None is always."""

    name: Name
    weight: float
    window: tuple[tuple[int, int], tuple[int, int]] | None = None
    pull: float = 1.0  # its return beside the channel's own


@dataclass(frozen=True)
class Channel:
    """`revenue`: yuan a day two years ago. `roas`, `ctr`, `conversion` (orders ÷ clicks): what is planned.

    `order_value`: share of the product line's price, as online orders are smaller. `promotion`: how much of the
    shopping festivals it feels. `now`: revenue ÷ plan in the last ten weeks, troubles aside.
    """

    name: Name
    way: Way
    revenue: float
    roas: float
    growth: float
    now: float
    campaigns: tuple[Campaign, ...]
    order_value: float = 1.0
    promotion: float = 0.1
    new_share: float = 0.6
    leads_per_order: float = 4.0
    ctr: float = 0.0
    conversion: float = 0.0


@dataclass(frozen=True)
class Product:
    name: Name
    share: float
    price: float


@dataclass(frozen=True)
class Store:
    """`opened`: so many days before today; 0 is always. `dealer`: sells for its own account."""

    name: Name
    weight: float
    dealer: bool = False
    opened: int = 0


@dataclass(frozen=True)
class City:
    """`online`: its share of what is sold online; 0 where online orders are not told apart."""

    name: Name
    online: float
    stores: tuple[Store, ...]


@dataclass(frozen=True)
class Province:
    name: Name
    cities: tuple[City, ...]


@dataclass(frozen=True)
class Region:
    name: Name
    now: float
    provinces: tuple[Province, ...]


SINGLES = ((11, 1), (11, 11))
MIDYEAR = ((5, 25), (6, 20))
SPRING = ((3, 1), (4, 30))
AUTUMN = ((9, 1), (10, 15))
SUMMER = ((7, 1), (8, 31))
HOLIDAYS = ((9, 25), (10, 8))
MAYDAY = ((4, 26), (5, 6))


def _always(zh: str, en: str, weight: float, pull: float = 1.0) -> Campaign:
    return Campaign(Name(zh, en), weight, None, pull)


CHANNELS: tuple[Channel, ...] = (
    Channel(
        Name("抖音直播", "Douyin live"),
        Way.ONLINE,
        revenue=52_000, roas=2.5, growth=0.22, now=1.02,
        order_value=0.16, promotion=0.9, new_share=0.78, leads_per_order=2.6, ctr=0.041, conversion=0.021,
        campaigns=(
            _always("工厂探访直播", "Factory tour live", 1.0, 1.1),
            _always("达人专场", "Creator shows", 0.8, 0.85),
            Campaign(Name("夏季大促", "Summer sale"), 0.7, SUMMER),
            Campaign(Name("双11直播节", "11.11 live festival"), 1.6, SINGLES, 1.1),
        ),
    ),
    Channel(
        Name("抖音短视频", "Douyin short video"),
        Way.ONLINE,
        revenue=38_000, roas=3.1, growth=0.3, now=1.1,
        order_value=0.14, promotion=0.6, new_share=0.8, leads_per_order=3.4, ctr=0.028, conversion=0.012,
        campaigns=(
            _always("旧房改造系列", "Home makeover series", 1.0, 1.1),
            _always("板材知识科普", "Know your boards", 0.6, 0.9),
            Campaign(Name("618种草", "618 warm-up"), 0.9, MIDYEAR),
        ),
    ),
    Channel(
        Name("小红书", "Xiaohongshu"),
        Way.ONLINE,
        revenue=34_000, roas=3.6, growth=0.28, now=1.09,
        order_value=0.18, promotion=0.4, new_share=0.76, leads_per_order=4.2, ctr=0.036, conversion=0.011,
        campaigns=(
            _always("设计师笔记", "Designers' notes", 1.0, 1.05),
            _always("素人测评", "Customers' reviews", 0.7),
            Campaign(Name("秋季装修季", "Autumn renovation"), 0.6, AUTUMN),
        ),
    ),
    Channel(
        Name("百度搜索", "Baidu search"),
        Way.ONLINE,
        revenue=44_000, roas=4.2, growth=0.04, now=1.07,
        order_value=0.3, promotion=0.2, new_share=0.7, leads_per_order=5.0, ctr=0.062, conversion=0.016,
        campaigns=(
            _always("品牌词", "Brand terms", 1.0, 1.5),
            _always("行业词", "Category terms", 0.9, 0.75),
            _always("竞品词", "Competitors' terms", 0.4, 0.6),
            Campaign(Name("春季装修季", "Spring renovation"), 0.6, SPRING),
        ),
    ),
    Channel(
        Name("天猫旗舰店", "Tmall flagship store"),
        Way.ONLINE,
        revenue=88_000, roas=5.2, growth=0.1, now=1.08,
        order_value=0.2, promotion=1.0, new_share=0.62, leads_per_order=2.2, ctr=0.045, conversion=0.024,
        campaigns=(
            _always("日常推广", "Everyday ads", 1.0),
            _always("新品首发", "New arrivals", 0.4, 0.8),
            Campaign(Name("618大促", "618 sale"), 1.4, MIDYEAR),
            Campaign(Name("双11大促", "11.11 sale"), 1.8, SINGLES),
        ),
    ),
    Channel(
        Name("京东旗舰店", "JD flagship store"),
        Way.ONLINE,
        revenue=61_000, roas=4.8, growth=0.08, now=1.09,
        order_value=0.22, promotion=1.0, new_share=0.58, leads_per_order=2.1, ctr=0.039, conversion=0.022,
        campaigns=(
            _always("京准通搜索", "JD search ads", 1.0),
            _always("京东家装频道", "JD home channel", 0.6),
            Campaign(Name("618主会场", "618 main venue"), 1.8, MIDYEAR),
            Campaign(Name("双11会场", "11.11 venue"), 1.2, SINGLES),
        ),
    ),
    Channel(
        Name("社区团购", "Community group-buy"),
        Way.ONLINE,
        revenue=27_000, roas=5.5, growth=0.05, now=0.93,
        order_value=0.09, promotion=0.4, new_share=0.55, leads_per_order=1.8, ctr=0.07, conversion=0.045,
        campaigns=(
            _always("新交付小区", "Newly finished estates", 1.0, 1.1),
            _always("团长招募", "Group leaders wanted", 0.5, 0.8),
            Campaign(Name("五一团购节", "May Day group-buy"), 0.8, MAYDAY),
        ),
    ),
    Channel(
        Name("企业微信私域", "WeCom private community"),
        Way.ONLINE,
        revenue=31_000, roas=9.5, growth=0.35, now=1.12,
        order_value=0.28, promotion=0.5, new_share=0.22, leads_per_order=2.4, ctr=0.11, conversion=0.03,
        campaigns=(
            _always("老客复购", "Come back", 1.0, 1.1),
            _always("老带新", "Bring a friend", 0.7),
            Campaign(Name("会员日", "Members' days"), 0.6, AUTUMN),
        ),
    ),
    Channel(
        Name("自营门店", "Own stores"),
        Way.STORE,
        revenue=430_000, roas=13.0, growth=0.06, now=1.07,
        promotion=0.15, new_share=0.66, leads_per_order=4.4,
        campaigns=(
            _always("门店日常", "Everyday trade", 1.0),
            Campaign(Name("国庆大促", "National Day sale"), 1.2, HOLIDAYS),
            Campaign(Name("五一大促", "May Day sale"), 1.2, MAYDAY),
            Campaign(Name("双11到店", "11.11 in store"), 0.8, SINGLES),
        ),
    ),
    Channel(
        Name("经销商", "Dealers"),
        Way.STORE,
        revenue=390_000, roas=18.0, growth=0.05, now=0.97,
        promotion=0.1, new_share=0.5, leads_per_order=3.2,
        campaigns=(
            _always("日常订货", "Everyday orders", 1.0),
            Campaign(Name("春季订货会", "Spring order fair"), 0.9, SPRING),
            Campaign(Name("秋季订货会", "Autumn order fair"), 0.9, AUTUMN),
        ),
    ),
    Channel(
        Name("家装公司", "Home-decoration companies"),
        Way.TRADE,
        revenue=240_000, roas=16.0, growth=0.12, now=1.06,
        order_value=2.2, promotion=0.05, new_share=0.45, leads_per_order=2.6,
        campaigns=(
            _always("整装合作", "Whole-house partners", 1.0),
            _always("设计师返点", "Designers' bonus", 0.6, 0.9),
            Campaign(Name("春季开工", "Spring starts"), 0.7, SPRING),
        ),
    ),
    Channel(
        Name("异业联盟", "Alliances"),
        Way.TRADE,
        revenue=82_000, roas=11.0, growth=0.15, now=1.08,
        order_value=0.9, promotion=0.1, new_share=0.72, leads_per_order=4.0,
        campaigns=(
            _always("橱电联盟", "Kitchen alliance", 1.0),
            _always("银行家装分期", "Bank renovation loans", 0.7, 0.9),
            Campaign(Name("金九银十联展", "Autumn joint fair"), 0.9, AUTUMN),
        ),
    ),
)  # fmt: skip

PRODUCTS: tuple[Product, ...] = (
    Product(Name("生态板材", "Eco boards"), share=0.34, price=3_200),
    Product(Name("护墙板", "Wall panels"), share=0.22, price=5_800),
    Product(Name("地板", "Flooring"), share=0.24, price=7_600),
    Product(Name("定制柜", "Custom cabinets"), share=0.20, price=13_500),
)


def _store(zh: str, en: str, weight: float, opened: int = 0) -> Store:
    return Store(Name(f"{zh}店", f"{en} store"), weight, False, opened)


def _dealer(zh: str, en: str, weight: float) -> Store:
    return Store(Name(f"{zh}经销商", f"{en} dealer"), weight, True)


def _city(zh: str, en: str, online: float, *stores: Store) -> City:
    return City(Name(zh, en), online, stores)


def _province(zh: str, en: str, *cities: City) -> Province:
    return Province(Name(zh, en), cities)


REGIONS: tuple[Region, ...] = (
    Region(
        Name("华东", "East China"), 1.01,
        (
            _province("上海", "Shanghai", _city(
                "上海", "Shanghai", 16,
                _store("徐汇", "Xuhui", 1.5), _store("浦东", "Pudong", 1.6), _store("宝山", "Baoshan", 0.8, 190),
            )),
            _province(
                "浙江", "Zhejiang",
                _city("杭州", "Hangzhou", 11, _store("西湖", "Xihu", 1.2), _store("余杭", "Yuhang", 1.1)),
                _city("宁波", "Ningbo", 0, _dealer("鄞州", "Yinzhou", 1.1)),
            ),
            _province(
                "江苏", "Jiangsu",
                _city("南京", "Nanjing", 9, _store("江宁", "Jiangning", 1.0), _dealer("六合", "Luhe", 0.9)),
                _city("苏州", "Suzhou", 0, _store("园区", "Suzhou Park", 1.2), _dealer("吴中", "Wuzhong", 1.0)),
            ),
        ),
    ),
    Region(
        Name("华南", "South China"), 1.03,
        (
            _province(
                "广东", "Guangdong",
                _city("广州", "Guangzhou", 10, _store("天河", "Tianhe", 1.3), _store("番禺", "Panyu", 1.0)),
                _city("深圳", "Shenzhen", 9, _store("南山", "Nanshan", 1.3), _store("宝安", "Bao'an", 1.0)),
                _city("佛山", "Foshan", 0, _dealer("顺德", "Shunde", 1.5), _dealer("南海", "Nanhai", 1.2)),
            ),
            _province("福建", "Fujian", _city("厦门", "Xiamen", 0, _store("湖里", "Huli", 0.8))),
            _province("广西", "Guangxi", _city("南宁", "Nanning", 0, _dealer("青秀", "Qingxiu", 0.9))),
        ),
    ),
    Region(
        Name("华北", "North China"), 1.0,
        (
            _province("北京", "Beijing", _city(
                "北京", "Beijing", 13,
                _store("朝阳", "Chaoyang", 1.5), _store("海淀", "Haidian", 1.2), _store("丰台", "Fengtai", 0.9),
            )),
            _province("天津", "Tianjin", _city("天津", "Tianjin", 0, _store("河西", "Hexi", 0.8))),
            _province("河北", "Hebei", _city("石家庄", "Shijiazhuang", 0, _dealer("裕华", "Yuhua", 1.0))),
            _province(
                "山东", "Shandong",
                _city("济南", "Jinan", 7, _store("历下", "Lixia", 0.8), _dealer("槐荫", "Huaiyin", 0.9)),
                _city("青岛", "Qingdao", 0, _dealer("市北", "Shibei", 1.1)),
            ),
        ),
    ),
    Region(
        Name("华中", "Central China"), 1.02,
        (
            _province("湖北", "Hubei", _city(
                "武汉", "Wuhan", 7, _store("武昌", "Wuchang", 1.0), _dealer("汉口", "Hankou", 1.1),
            )),
            _province("湖南", "Hunan", _city(
                "长沙", "Changsha", 6, _store("岳麓", "Yuelu", 0.8), _dealer("雨花", "Yuhua", 0.9),
            )),
            _province("河南", "Henan", _city(
                "郑州", "Zhengzhou", 6, _store("金水", "Jinshui", 0.8), _dealer("二七", "Erqi", 0.9),
            )),
        ),
    ),
    Region(
        Name("西南", "Southwest China"), 1.0,
        (
            _province(
                "四川", "Sichuan",
                _city("成都", "Chengdu", 7, _store("武侯", "Wuhou", 0.9), _dealer("郫都", "Pidu", 0.8)),
                _city("绵阳", "Mianyang", 0, _dealer("涪城", "Fucheng", 0.5)),
            ),
            _province("重庆", "Chongqing", _city(
                "重庆", "Chongqing", 5, _store("渝北", "Yubei", 0.8), _dealer("南岸", "Nan'an", 0.7),
            )),
            _province("云南", "Yunnan", _city("昆明", "Kunming", 0, _dealer("官渡", "Guandu", 0.6))),
            _province("贵州", "Guizhou", _city("贵阳", "Guiyang", 0, _dealer("南明", "Nanming", 0.5))),
        ),
    ),
)  # fmt: skip


def region_paths() -> list[tuple[Name, ...]]:
    """Every place from the regions down to the stores, parents first."""
    paths: list[tuple[Name, ...]] = []
    for region in REGIONS:
        paths.append((region.name,))
        for province in region.provinces:
            paths.append((region.name, province.name))
            for city in province.cities:
                above = (region.name, province.name, city.name)
                paths.append(above)
                paths += [(*above, store.name) for store in city.stores]
    return paths


def campaign_paths() -> list[tuple[Name, ...]]:
    """Every channel and below it its campaigns, parents first."""
    paths: list[tuple[Name, ...]] = []
    for channel in CHANNELS:
        paths.append((channel.name,))
        paths += [(channel.name, campaign.name) for campaign in channel.campaigns]
    return paths


TEAMS: tuple[tuple[Name, tuple[str, ...]], ...] = (
    (Name("内容与直播组", "Content and live"), ("抖音直播", "抖音短视频", "小红书")),
    (Name("电商组", "E-commerce"), ("天猫旗舰店", "京东旗舰店", "百度搜索")),
    (Name("社群组", "Communities"), ("社区团购", "企业微信私域")),
    (Name("零售组", "Retail"), ("自营门店", "经销商")),
    (Name("合作组", "Partners"), ("家装公司", "异业联盟")),
)
"""Teams, and the channels whose figures are theirs."""

# Trouble on purpose. What else goes up or down is weather.
LOSING_CHANNEL = "抖音直播"
FALLING_REGION = "西南"
POOR_CLICKS_CHANNEL = "小红书"
LOSING_DAYS = 14
FALLING_DAYS = 61
POOR_CLICKS_DAYS = 30
# The last month that has closed went badly here, and is to be explained.
DIPPING_REGION, DIPPING_CHANNELS, DIP = "华东", ("异业联盟", "企业微信私域", "社区团购"), 0.62
CLOSED_DAYS = 15  # after its end, any month has closed
