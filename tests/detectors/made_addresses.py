"""Invented addresses in many ways of writing, whole or too vague by themselves, and texts that only look like them."""

# ruff: noqa: E501 - tables of addresses read best in rows

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

_CN = (
    ("广东省", "深圳市", "南山区", "粤海街道", ("科技南路", "学府路", "深南大道")),
    ("广东省", "广州市", "越秀区", "北京街道", ("中山五路", "解放北路", "东风东路")),
    ("广东省", "珠海市", "香洲区", "拱北街道", ("情侣中路", "粤海东路")),
    ("广东省", "中山市", "石岐街道", "", ("孙文东路", "岐关西路")),
    ("广东省", "惠州市", "博罗县", "罗阳镇", ("罗阳一路", "桥东大道")),
    ("浙江省", "宁波市", "鄞州区", "下应街道", ("天童南路", "惠风东路")),
    ("四川省", "成都市", "锦江区", "", ("东大街", "红星路三段")),
    ("", "上海市", "徐汇区", "漕河泾街道", ("桂平路", "漕溪北路")),
    ("", "北京市", "朝阳区", "望京街道", ("阜通东大街", "广顺北大街")),
    ("福建省", "厦门市", "思明区", "", ("湖滨南路", "环岛东路")),
    ("新疆维吾尔自治区", "乌鲁木齐市", "天山区", "", ("解放南路", "人民路")),
    ("湖南省", "长沙市", "浏阳市", "大瑶镇", ("工业大道",)),
)
_ESTATES = ("阳光花园", "万科金域华府", "碧桂园", "翠湖苑", "幸福小区", "保利国际广场", "中海大厦")
_HK = (
    ("九龍", "尖沙咀", "彌敦道"), ("九龍", "旺角", "西洋菜南街"), ("九龍", "觀塘", "鴻圖道"), ("香港", "中環", "德輔道中"),
    ("香港", "鰂魚涌", "英皇道"), ("香港", "柴灣", "新廈街"), ("新界", "荃灣", "沙咀道"), ("新界", "大埔", "安慈路"),
    ("新界", "元朗", "教育路"), ("香港", "跑馬地", "成和道"), ("九龍", "九龍塘", "窩打老道"), ("九龍", "紅磡", "馬頭圍道"),
)  # fmt: skip
_HK_ESTATES = (
    ("新界", "沙田", "沙田第一城"), ("九龍", "美孚", "美孚新邨"), ("新界", "將軍澳", "新都城"), ("香港", "鰂魚涌", "太古城"),
    ("新界", "葵涌", "葵涌邨"), ("九龍", "藍田", "麗港城"), ("新界", "屯門", "富健花園"),
)  # fmt: skip
_HK_EN = (
    ("Nathan Road", "Tsim Sha Tsui", "Kowloon"), ("Canton Rd", "TST", "Kln"), ("Hung To Road", "Kwun Tong", "Kowloon"),
    ("Queen's Road Central", "Central", "Hong Kong"), ("Hennessy Road", "Wan Chai", "HK"), ("Java Road", "North Point", "Hong Kong"),
    ("Sha Tsui Road", "Tsuen Wan", "N.T."), ("On Chee Road", "Tai Po", "New Territories"), ("Kau Yuk Road", "Yuen Long", "NT"),
    ("Waterloo Road", "Kowloon Tong", "Kowloon"), ("Wong Chuk Hang Road", "Aberdeen", "Hong Kong"),
)  # fmt: skip
_CN_EN = (
    ("Keji South Road", "Nanshan District", "Shenzhen", "Guangdong"), ("Tianhe North Rd", "Tianhe", "Guangzhou", "Guangdong"),
    ("Zhongshan 5th Road", "Yuexiu District", "Guangzhou", "Guangdong Province"), ("Guiping Lu", "Xuhui District", "Shanghai", ""),
    ("Jianguomenwai Avenue", "Chaoyang District", "Beijing", ""), ("Hubin South Road", "Siming District", "Xiamen", "Fujian"),
    ("Qingnian Street", "Heping District", "Shenyang", "Liaoning"), ("Xi Dajie", "Beilin District", "Xi'an", "Shaanxi"),
)  # fmt: skip
_TO_HANT = str.maketrans(
    "广东区学华宁双义门环关庄县湾岛云龙罗乡镇连兴栋单号楼层园长馆陆际银国苏锦绣万阳汇颐乐后张团条处岭经济开发丽贵会头马岗红飞凯达进时观红顺滨厦维吾尔鲁齐鱼铜锣浏岐乌联业广队组",
    "廣東區學華寧雙義門環關莊縣灣島雲龍羅鄉鎮連興棟單號樓層園長館陸際銀國蘇錦繡萬陽匯頤樂後張團條處嶺經濟開發麗貴會頭馬崗紅飛凱達進時觀紅順濱廈維吾爾魯齊魚銅鑼瀏岐烏聯業廣隊組",
)
_TO_HANS = str.maketrans(
    "龍彌環灣號樓觀鴻圖輔鰂魚廈荃風窩馬圍將軍太麗葵門園趾東銅鑼紅德亞舖藍",
    "龙弥环湾号楼观鸿图辅鲗鱼厦荃风窝马围将军太丽葵门园趾东铜锣红德亚铺蓝",
)
_DIGITS = "零一二三四五六七八九"


class Made(NamedTuple):
    entity: str
    text: str
    script: str
    specific: bool


def _rooms(rng: random.Random) -> str:
    block, floor = rng.randrange(1, 30), rng.randrange(1, 33)
    room = f"{floor}{rng.randrange(1, 9):02}"
    unit = rng.randrange(1, 5)
    return rng.choice(
        (
            f"{block}栋{room}室", f"{block}栋{room}", f"{block}幢{unit}单元{room}室", f"{block}号楼{unit}单元{room}", f"{rng.choice('ABCD')}座{room}室",
            f"{block}栋{rng.choice('AB')}座{floor}楼{rng.choice('ABCDEF')}", f"{block}座{floor}层{room}房", f"{block}-{unit}-{room}",
        )
    )  # fmt: skip


def mainland(rng: random.Random) -> Made:
    """Down to a number at least; from the province, the city or the district."""
    province, city, district, town, streets = rng.choice(_CN)
    start = rng.choice((province + city, city, province.removesuffix("省") + city.removesuffix("市"), city))
    gap = rng.choice(("", "", "", " "))
    number = rng.randrange(1, 999)
    way = rng.randrange(5)
    if way == 0 and district:
        rest = f"{town}{rng.choice(_ESTATES)}{_rooms(rng)}"
        if "-" in rest:
            rest = f"{town}{rng.choice(_ESTATES)}{number}栋{_rooms(rng)}"
    elif way == 1:
        rest = f"{town}{rng.choice(('向阳', '新联', '下沙', '石厦'))}村{rng.choice('一二三四五六')}{rng.choice(('组', '队'))}{number}号"
    elif way == 2:
        spoken = "".join(_DIGITS[int(d)] for d in str(number))
        rest = f"{town}{rng.choice(streets)}{spoken if rng.random() < 0.2 else number}号"
    elif way == 3:
        rest = f"{rng.choice(streets)}{number}弄{rng.randrange(1, 99)}号{rng.randrange(101, 999)}室"
    else:
        rest = f"{town}{rng.choice(streets)}{number}号{gap}{rng.choice(_ESTATES)}{_rooms(rng)}"
    text = gap.join(part for part in (start, district, rest) if part)
    script = rng.choice(("hans", "hans", "hant"))
    return Made("CN_ADDRESS", text.translate(_TO_HANT) if script == "hant" else text, script, True)


def hong_kong(rng: random.Random) -> Made:
    floor, flat, number = rng.randrange(1, 45), rng.choice("ABCDEFGH"), rng.randrange(1, 800)
    if rng.random() < 0.35:
        area, district, estate = rng.choice(_HK_ESTATES)
        text = rng.choice(("香港", "")) * (area != "香港") + area + district * (rng.random() < 0.7) + estate
        text += f"{rng.choice(('', '第'))}{rng.randrange(1, 20)}座{floor}樓{rng.choice((flat, str(floor) + '08', flat + '及' + 'H'))}室"
    else:
        area, district, street = rng.choice(_HK)
        end = rng.choice(
            (
                f"{floor}樓{flat}室", f"永發大廈{floor}樓{flat}室", f"{floor}字樓{floor}05室", "地下", f"地下{flat}舖", f"{rng.choice('AB')}座{floor}樓全層", "",
                f"豐盛工業中心第二期{floor}樓{floor}12室",
            )
        )  # fmt: skip
        text = (
            f"{area}{district}{street}{rng.choice((str(number), f'{number}-{number + 2}', f'{number}{flat}'))}號{end}"
        )
    script = rng.choice(("hant", "hant", "hans"))
    return Made("HK_ADDRESS", text.translate(_TO_HANS) if script == "hans" else text, script, True)


def hong_kong_english(rng: random.Random) -> Made:
    street, district, area = rng.choice(_HK_EN)
    floor, flat, number, block = (
        rng.randrange(1, 45),
        rng.choice("ABCDEFGH"),
        rng.randrange(1, 800),
        rng.randrange(1, 12),
    )
    text = rng.choice(
        (
            f"Flat {flat}, {floor}/F, {number} {street}, {district}, {area}", f"Rm {floor}05, {floor}/F, Tower {block}, Harbour City, {number} {street}, {district}, {area}",
            f"Room {floor}12, Wing On Building, {number}-{number + 2} {street}, {district}, {area}", f"{floor}/F, {number} {street}, {district}, {area}",
            f"Flat {flat} {floor}/F Block {block} {number} {street} {district} {area}", f"{number} {street}, {district}, {area}",
            f"Unit {flat}, {floor}th Floor, Lucky Centre, {number} {street}, {district}, {area}, Hong Kong", f"Shop {block}, G/F, {number} {street}, {district}",
            f"{area}, {district}, {number} {street}, {floor}/F, Flat {flat}", f"Flat {flat}, {floor}/F, Block {block}, Mei Foo Sun Chuen, Kowloon",
            f"Flat {flat},{floor}/F,{number} {street},{district},{area}", f"House {block}, {number} {street}, {district}, {area}",
        )
    )  # fmt: skip
    return Made("HK_ADDRESS", text.upper() if rng.random() < 0.25 else text, "en", True)


def mainland_english(rng: random.Random) -> Made:
    street, district, city, province = rng.choice(_CN_EN)
    number, room, block = rng.randrange(1, 900), rng.randrange(101, 3500), rng.randrange(1, 30)
    tail = ", ".join(
        part for part in (district, city, province, rng.choice(("", "China", "P.R. China", "PRC"))) if part
    )
    text = rng.choice(
        (
            f"No. {number} {street}, {tail}", f"No.{number}, {street}, {tail}", f"{number} {street}, {tail}", f"Room {room}, Building {block}, No. {number} {street}, {tail}",
            f"Unit {room}, Block {block}, Sunshine Garden, {number} {street}, {tail}", f"Rm {room}, {block}/F, Science Plaza, {number} {street}, {tail}",
            f"{city}, {district}, {street} No. {number}, Building {block}, Room {room}", f"{room}, Bldg {block}, {number} {street}, {district}, {city} 518057, China",
        )
    )  # fmt: skip
    return Made("CN_ADDRESS", text, "en", True)


def vague(rng: random.Random) -> Made:
    """An address only where a label says so."""
    if rng.random() < 0.5:
        _, _, district, town, streets = rng.choice(_CN)
        place = rng.choice(
            (
                rng.choice(streets) + f"{rng.randrange(1, 999)}号",
                "科技园南区",
                town + rng.choice(_ESTATES),
                rng.choice(_ESTATES),
            )
        )
        return Made("CN_ADDRESS", place + _rooms(rng), "hans", False)
    street, district, _ = rng.choice(_HK_EN[:-1])
    text = rng.choice(
        (f"{rng.randrange(1, 800)} {street}, {district}", f"Flat {rng.choice('ABCD')}, {rng.randrange(1, 40)}/F, Fortune Mansion, {rng.randrange(1, 800)} {street}")
    )  # fmt: skip
    return Made("HK_ADDRESS", text, "en", False)


def made(seed: int, count: int) -> Iterator[Made]:
    """So many addresses, a fifth of them vague."""
    rng = random.Random(seed)
    makers = (mainland, hong_kong, hong_kong_english, mainland_english, vague)
    for at in range(count):
        yield makers[at % len(makers)](rng)


CARRIERS: dict[str, tuple[tuple[str, str], ...]] = {
    # text around it, and the name of the field it is in
    "hans": (
        ("{}", "address"), ("{}", "收货地址"), ("{}", "jtzz"), ("{}", "receiverAddress"), ("地址:{},收到请回复", ""), ("收货地址：{}。电话13800138000", ""),
        ("我家的地址是{}，谢谢", ""), ("家住{}", ""), ("住址 {} 邮编 518000", ""), ("addr={}&x=1", ""), ("{}", "户籍地址"), ("请寄到{} 张三收", ""),
    ),
    "hant": (
        ("{}", "address"), ("{}", "通訊地址"), ("地址:{},收到請回覆", ""), ("送貨地址：{}。電話91234567", ""), ("我住在{},唔該", ""), ("{}", "residentialAddress"),
    ),
    "en": (
        ("{}", "address"), ("{}", "shipping_address"), ("Address: {}", ""), ("Please deliver to {}. Thanks", ""), ("My address is {} and my phone is 91234567", ""),
        ("address: {}\ntel: 91234567", ""), ("{}", "通訊地址"), ("{}", "homeAddr"),
    ),
}  # fmt: skip
PROSE: dict[str, tuple[str, ...]] = {
    "hans": (
        "{}",
        "昨天有人在{}捡到钱包",
        "货已发出，{}，注意查收",
        "1,张三,{},13800138000",
        "张三 13800138000 {}",
        "公司搬到{}了",
    ),
    "hant": ("{}", "昨日有人喺{}執到銀包", "貨已寄出,{},請查收", "1,陳大文,{},91234567"),
    "en": ("{}", "The parcel went to {}. It was late.", "We met at {} on Monday", '"Chan Tai Man","{}","91234567"'),
}

LOOKALIKES = tuple(
    """
深圳市南山区教育局2023年第18号文件|国务院令第743号公布|广州地铁3号线今起延长运营时间|深圳地铁11号线福田站A出口|香港天文台發出八號烈風或暴風信號|航班CZ3101由3号航站楼起飞|广州南站3号候车室
记者从广东省深圳市南山区获悉，5月18号将举行活动|在302室开会|明天下午3点到1号会议室|请到2号楼前台领取|教学楼302室有空调|5栋楼正在施工|深圳福田区共有3座5层楼房|全市新建12栋公寓楼|第3期培训班开班|房间号1208
北京市朝阳区人民法院（2023）京0105民初1234号|粤府办〔2024〕15号|深圳市人民政府公告第8号|京ICP备12345678号-1|粤公网安备44030502000001号|商标注册第1234567号|国药准字H20123456号|专利号第202310001234号
深圳、广州、珠海三地房价上涨|广东省深圳市南山区科技园是高新技术企业聚集地|南山区粤海街道开展人口普查|香港特別行政區政府公告第18號|新界東北發展區第一期工程|九龍灣及觀塘交通擠塞|中環德輔道中發生交通意外
彌敦道封路|科技南路|Nathan Road|深圳市|中国广东|广东省深圳市|香港九龍尖沙咀|Hong Kong|Kowloon, Hong Kong|Shenzhen, Guangdong, China|Queen's Road Central|Tsim Sha Tsui|深南大道堵车|解放路改造工程启动
Room 101 is booked|The meeting is in Room 305 at 3pm|100 Main concerns of our customers|See Section 12, Block 3 of the report|Flat 20% discount on all items|Block 5, Transaction 12|Unit 3, Chapter 4, Page 12|Suite of 12 tests passed
Level 3, Stage 2|Tower of Hanoi with 5 discs|Shop 24/7 with us|House 7-5 vote|No. 1 seed Li Na won|Floor 12 button is broken|12/F marks out of 100|3 Street Fighter games, 2 Road Rash|Highway 61 Revisited|5 Star Hotel in Hong Kong|10 Downing Street, London
221B Baker Street, London|1600 Pennsylvania Avenue, Washington|350 Fifth Avenue, New York|12 High Street, Aberdeen, Scotland|5 King Street, Stanley, Falkland Islands|Flat 3, 12 Park Road, Leeds|1 Infinite Loop, Cupertino, CA
version 3.2.1号补丁|升级至V18号版本|18号公路车祸|G4京港澳高速18号出口|107国道12公里处|M18号螺栓|5号电池两节|95号汽油涨价|92号汽油每升8元|12号染色体|18号球员梅开二度|7号选手|3号病床|1号首长|3号台风“海燕”|8號風球懸掛
二号人物|一号文件解读|二楼会议室|三楼食堂|一栋楼的距离|十号线开通|八号当铺|五号特工组|三号地块出让|第五号交响曲|九号公路|一号店促销|二期工程|三组对照实验|四单元复习|第一单元测试|八座堡垒|七座城市
公交18路改道|巴士18號線改道|小巴12M號|K12路公交车|深圳巴士集团M363路|广州塔站B出口|体育西路站换乘3号线|罗湖口岸3号通道|福田口岸2号闸口|深圳湾口岸1号门|香港國際機場1號客運大樓|珠海机场2号跑道|白云机场2号航站楼41号门
座位5排12座|12车05座|3号车厢|12A座|宿舍楼12层|第12层网络协议|7层模型|每层8户|共120户|每户3人|每栋30层|50套房|2室1厅|3室2厅2卫|100平米|两室一厅出租|3单元5课|第5单元 Unit 5|Room service 24 hours|Unit 12 test
深圳市公安局南山分局2023年12月5日通报|广州市中级人民法院第5法庭|北京大学第3医院5号楼在建|清华大学9003大楼|上海证券交易所600000|深圳证券交易所股票代码000001|香港交易所0700號股份|恒生指數18000點
在Kowloon Tong站轉車|MTR Kwun Tong Line|Exit B2, Tsim Sha Tsui Station|The Peak Tram|Central, Admiralty and Wan Chai|Hong Kong Island 4 Kowloon 2|Shenzhen 3 - 1 Guangzhou|Beijing, Shanghai, Shenzhen and Guangzhou
const room = "Room 101";|if (block === 12) { return "Tower"; }|SELECT * FROM road WHERE no = 18|GET /address/18 HTTP/1.1|"address": "0x1234"|"address": "10.0.0.1:8080"|address: 127.0.0.1|MAC地址 00:1A:2B|邮箱地址 a@b.cn|IP地址 10.0.0.1
地址栏输入第18号文件|内存地址0x7ffe|地址：深圳市|地址：科技南路|"address": ""|address: Nathan Road|address: TBC|地址：待定|收货地址：请填写|住址不详|地址:中国广东|address line 1|籍贯广东|户籍广东省深圳市|address: Hong Kong|家住北京
""".strip()
    .replace("\n", "|")
    .split("|")
)
"""Place names, numbers and units that are nobody's address."""
