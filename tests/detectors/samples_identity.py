"""Samples for identity documents and dates of birth; merged by `samples`."""

from __future__ import annotations

from tests.detectors.sampling import Hit, Miss


def mrz(kind: str, number: str, expiry: str, birth: str) -> str:
    """The line of an exit-entry permit card, its digits reckoned the long way."""

    def digit(field: str) -> str:
        values = [0 if c == "<" else int(c, 36) for c in field]
        return str(sum(v * (7, 3, 1)[n % 3] for n, v in enumerate(values)) % 10)

    return f"C{kind}{number}{digit(number)}<{expiry}{digit(expiry)}<{birth}{digit(birth)}<0"


HITS: dict[str, list[Hit]] = {
    "CN_RESIDENT_ID": [
        Hit("身份证号 «440106.19900307.2170»", "high"),
        Hit("«4401 0619 9003 0721 70»", "high"),
        Hit("«4401-0619-9003-0721-70»", "high"),
        Hit("«4 4 0 1 0 6 1 9 9 0 0 3 0 7 2 1 7 0»", "high"),
        Hit("«440106 1990 0307 2170», «440106/19900307/2170»", "high"),
        Hit("证件号码：«440 106 1990 0307 2170»", "high"),
        Hit('{"applicant_id_no":"«440106199003072170»"}', "high"),
        Hit("我的手机是13800138000，身份证«440106199003072170»，微信同号", "high"),
        Hit("旧证：身份证 «440106-900307-217»", "high"),
    ],
    "CN_HMT_RESIDENCE_PERMIT": [
        Hit("港澳台居民居住证：«8300 0019 7707 0700 34»", "high"),
        Hit("«820000-19900101-0010»", "high"),
        Hit("居住證 «820 000 1990 0101 0010»", "high"),
    ],
    "CN_FOREIGN_RESIDENT_ID": [
        Hit("«944840198501010018»", "high"),
        Hit("«931392199006150020»", "high"),
        Hit("永居证号：«944840 19850101 0018»", "high"),
        Hit("五星卡 «9448 4019 8501 0100 18»", "high"),
        Hit("外国人永久居留身份证 «USA440185010112»"),
        Hit("«jpn310190061522»", "medium", "permanent_residence_no"),
        Hit("PRC green card «GBR 4403 850101 12»"),
    ],
    "CN_PASSPORT": [
        Hit("持«G12345678»号护照入境", "high"),
        Hit('{"certType":"护照","certNo":"«D12345678»"}', "high"),
        Hit("护照号：«E 1234 5678»", "high"),
        Hit("護照號碼 «EA 123 4567»", "high"),
        Hit("passport_no=«e12345678»", "high"),
        Hit("«14 1234567»", "medium", "passportNumber"),
    ],
    "CN_HKMO_PERMIT": [
        Hit("往来港澳通行证号码：«C 1234 5678»", "high"),
        Hit("two-way permit no. «CA-123-4567»", "high"),
        Hit(f"«{mrz('S', 'C12345678', '300101', '900307')}»", "high"),
        Hit("通行证编号：«CA1234567»", "high"),
    ],
    "CN_HOME_RETURN_PERMIT": [
        Hit("回鄉證號碼：«H 1234 5678»", "high"),
        Hit("HRP No. «M12345678 01»", "high"),
        Hit(f"«{mrz('R', 'H12345678', '300101', '900307')}»", "high"),
    ],
    "CN_TAIWAN_PERMIT": [
        Hit("台胞证：«12345678»"),
        Hit('{"cert_type":"台胞证","cert_no":"«12345678»"}'),
        Hit("<certType>台胞证</certType><certNo>«12345678»</certNo>"),
        Hit("臺胞證 «0123456789(B)»"),
        Hit("«12345678»", "medium", "taiwanPermitNo"),
        Hit("台湾居民来往大陆通行证号码«1234 5678»"),
        Hit("MTP no.: «0123456789»"),
        Hit(f"«{mrz('T', '12345678<', '300101', '900307')}»", "high"),
    ],
    "CN_MILITARY_ID": [
        Hit("军官证：«南字第12345678号»", "high"),
        Hit("«南字第12345678号»"),
        Hit("士兵證號 «士字第1234567號»", "high"),
        Hit("文职人员证«文字第 123456 号»，姓名", "high"),
        Hit("«军字第1234567号»", "high", "junguanzheng"),
        Hit("订单 12 金额 12 «海字第12345678号»"),
    ],
    "HK_ID": [
        Hit("«A123456[3]», «A123456【3】»"),
        Hit("HKID: «A 123 456 (3)», «A123456-3»", "high"),
        Hit("身份證號碼：«a123456(3)»", "high"),
        Hit("出世紙編號 «Y123456(9)»", "high"),
        Hit("hkid=«A123456/3»", "high"),
        Hit("出生登記編號 «Y1234569»", "high"),
    ],
    "MO_ID": [
        Hit("澳門居民身份證：«1234567(8)»", "high"),
        Hit("BIR no. «5/123456/7»", "high"),
        Hit("«12345678»", "medium", "macauId"),
        Hit("澳门身份证 «7123456-7»"),
        Hit("身份證 «5123456(7)»", "high"),
    ],
    "TW_ID": [
        Hit("身分證字號：«A123456789»", "high"),
        Hit("«a123456789»", "high", "taiwan_id"),
        Hit("國民身分證 «A 1234 5678 9»", "high"),
        Hit("«A123456789»", "low"),
        Hit("居留證 «A800000014»", "high"),
    ],
    "HK_PASSPORT": [
        Hit("特區護照：«K 1234 5678»", "high"),
        Hit("passport «kj1234567»", "high"),
    ],
    "DATE_OF_BIRTH": [
        Hit("DOB: «1990-03-07»", "high"),
        Hit("出生日期：«1990年3月7日»，性别：女", "high"),
        Hit("生日 «19900307»", "high"),
        Hit("Date of birth: «07/03/1990»", "high"),
        Hit("born on «7 March 1990» in", "high"),
        Hit("d.o.b. «Mar 7, 1990»", "high"),
        Hit("出生年月日 «1990.3.7»", "high"),
        Hit("«1990-03-07»T00:00:00+08:00", "high", "birthDate"),
        Hit("«1990/3/7»", "high", "csrq"),
        Hit("«07-MAR-1990»", "high", "date_of_birth"),
        Hit("«一九九〇年三月七日»", "high", "出生日期"),
        Hit("张三，男，«1990年3月7日»生，汉族", "high"),
        Hit("李四（«1988年12月31日»出生）", "high"),
        Hit("出生年月：«1990年3月»", "high"),
        Hit("出生日期：«1990-03-07» 入职日期：2015-06-01", "high"),
    ],
}

MISSES: dict[str, list[Miss]] = {
    "CN_RESIDENT_ID": [
        Miss("440106209912310013", "python-stdnum takes a date to come"),
        Miss("身份证 440001199003072178", "python-stdnum raises KeyError for a county not in its table"),
        Miss("710001199003072176", "python-stdnum raises KeyError for a county not in its table"),
        Miss("1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0", "digits of a table"),
        Miss("身份证 440106 19900307 2171", "check digit, broken up"),
    ],
    "CN_HMT_RESIDENCE_PERMIT": [
        Miss("居住证 830000197707070035", "check digit"),
        Miss("820000209901010011", "born in a year far off"),
    ],
    "CN_FOREIGN_RESIDENT_ID": [
        Miss("944840198501010019", "check digit"),
        Miss("永居证 944000198501010013", "no such nationality"),
        Miss("900840198501010012", "no such province"),
        Miss("944840198502300017", "30 February"),
        Miss("USA440185010112", "no check digit and no evidence"),
        Miss("永居证 US4401850101123", "two letters"),
        Miss("永居证 XQZ440185010112", "no such country"),
        Miss("永居证 USA440185130112", "month 13"),
        Miss("order no USA440185010112", "a stock number"),
    ],
    "CN_HKMO_PERMIT": [
        Miss(mrz("S", "C12345678", "300101", "900307").replace("C12345678", "C12345679"), "check digit of the number"),
    ],
    "CN_TAIWAN_PERMIT": [
        Miss("12345678", "eight digits without evidence"),
        Miss("台胞证 1234567", "seven digits"),
        Miss("台胞证持有人电话 12345678", "the nearer word decides"),
        Miss("台胞证签发日期 20200115", "a date"),
        Miss("证件号码 12345678", "which document it is has to be said"),
        Miss("台胞证 123456789", "nine digits"),
        Miss('{"cert_type":"台胞证","date":"20260115"}', "a date"),
    ],
    "CN_MILITARY_ID": [
        Miss("军官证 南字12", "two digits"),
        Miss("京房权证海字第012345号", "a title deed"),
        Miss("（2020）粤0106民初字第123456号", "a judgment"),
        Miss("国药准字第12345678号", "an approval"),
        Miss("南字第11111111号", "one digit throughout"),
        Miss("沪(2020)浦字第12345678号", "a certificate of a district"),
        Miss("12345678", "eight digits without evidence"),
    ],
    "HK_ID": [
        Miss("A123456[4]", "check digit, square brackets"),
        Miss("HKID: A-123456-4", "check digit, broken up"),
        Miss("my HK identity card is 1906886(4)", "a word in front of a number"),
    ],
    "MO_ID": [
        Miss("1234567(8)", "no evidence"),
        Miss("澳門居民身份證 2234567(8)", "first digit"),
        Miss("澳門身份證持有人電話 51234567", "the nearer word decides"),
        Miss("八達通 1234567(8)", "an Octopus card"),
        Miss("身份证 12345678", "eight digits, and no word of Macao"),
        Miss("BIR 1234567", "seven digits"),
    ],
    "TW_ID": [
        Miss("身分證字號 A123456788", "check digit"),
        Miss("a123456789", "lower case without evidence"),
        Miss("身分證 A323456789", "no such sex"),
        Miss("身分證 AE23456789", "no such second letter"),
        Miss("XA123456789", "inside a word"),
    ],
    "DATE_OF_BIRTH": [
        Miss("1990-03-07", "a date without evidence"),
        Miss("出生日期 1990-13-07", "month 13"),
        Miss("DOB 1990-02-30", "30 February"),
        Miss("生日 2099-12-31", "born in a year far off"),
        Miss("签发日期 1990-03-07", "a day of issue"),
        Miss("birthtimeMs: 1561174126937.2893,\n  atime: 2019-06-22T03:37:33.072Z", "when a file was made"),
        Miss("出生证签发日期：2020-03-07", "the nearer word decides"),
        Miss("本合同2020年3月7日生效", "in force, not born"),
        Miss("2020年3月7日生产", "made, not born"),
        Miss("事故发生于2020年3月7日", "it happened, it was not born"),
        Miss("2020-03-07", "a day of creation", "created_at"),
    ],
}
