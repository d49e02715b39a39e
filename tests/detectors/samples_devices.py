"""Samples for devices and vehicles; merged by `samples`."""

from __future__ import annotations

from tests.detectors.sampling import Hit, Miss

HITS: dict[str, list[Hit]] = {
    "IP_ADDRESS": [
        Hit("from «203.0.113.5» port 22", "low"),
        Hit("«2001:db8::1»", "low"),
        Hit("login_ip=«113.108.81.189»"),
        Hit("登录IP：«113.108.81.189»"),
        Hit("http://«203.0.113.5»:8080/", "low"),
    ],
    "MAC_ADDRESS": [
        Hit("«00:1A:2B:3C:4D:5E»"),
        Hit("«00-1a-2b-3c-4d-5e» «001a.2b3c.4d5e»"),
        Hit("mac address: «001A.2B3C.4D5E»", "high"),
        Hit("mac=«001A2B3C4D5E»", "high"),
        Hit("物理地址：«3C-52-82-11-22-33»", "high"),
        Hit("«12:34:56:78:90:12»", "high", "macAddr"),
    ],
    "IMEI": [
        Hit("IMEI: «356938035643809»", "high"),
        Hit("imei1=«490154203237518»", "high"),
        Hit("手机串号 «35-693803-564380-9»", "high"),
        Hit("«35 693803 564380 9»", "high", "deviceImei"),
    ],
    "IMSI": [
        Hit("IMSI: «460001234567890»", "high"),
        Hit("用户识别码 «460-11-1234567890»", "high"),
        Hit("«454061234567890» «455021234567890»", "high", "imsi"),
    ],
    "CN_VEHICLE_PLATE": [
        Hit("«粤B12345»"),
        Hit("车牌号：«粤B·12345»", "high"),
        Hit("新能源 «粤BD12345»，大型 «粤B12345D»"),
        Hit("兩地牌 «粤Z1234港» «粵ZAB12澳»", "high"),
        Hit("«沪A1234领»、«京A1234警»、«粤B1234挂»、«粤B1234学»"),
        Hit("车牌为«粤BXKWTA»", "high"),
        Hit("plate: «粤b-12345»", "high"),
        Hit("号牌 «使224578»、«WJ粤1234X»", "high"),
    ],
    "HK_VEHICLE_PLATE": [
        Hit("車牌：«AB1234»"),
        Hit("registration mark «LC88»"),
        Hit("«MY1»", "medium", "plateNo"),
        Hit("香港車牌«HK 1234»，我嘅車牌係«NG7942»"),
        Hit("licence plate «88JAZZ»"),
    ],
    "VIN": [
        Hit("«LSVAA49J232047119»", "high"),
        Hit("車架號碼：«LGBH52E04FY123456»", "high"),
        Hit("«1M8GDM9AXKP042788»", "high"),
        Hit("vin=«lsvaa49j232047119»", "high"),
        Hit("chassis no. «WVWZZZ1JZXW000001»", "high"),
        Hit("VIN «LSV-AA49J-2-32047119»", "high"),
    ],
}

MISSES: dict[str, list[Miss]] = {
    "IP_ADDRESS": [
        Miss("256.1.1.1", "no octet"),
        Miss("127.0.0.1 10.1.2.3 192.168.1.100 172.16.0.9 169.254.1.1", "loopback, private, link-local"),
        Miss("version 1.2.3.4", "a version"),
        Miss("Chrome/120.0.6099.109 Safari", "a version behind a name"),
        Miss("203.0.113.0/24", "a network"),
        Miss("1.3.6.1.4.1.311", "an object identifier"),
        Miss("224.0.0.251 0.0.0.0 255.255.255.255", "multicast and broadcast"),
        Miss("::1 fe80::1 fd00::1", "loopback, link-local, private"),
        Miss("2023:10:12 10:20:30", "a date"),
    ],
    "MAC_ADDRESS": [
        Miss("00:1A:2B", "three octets"),
        Miss("[*0A66.0020.0002] # BLACK", "weights of a collation"),
        Miss("AB:CD:EF:01:23:45:67:89", "eight octets of a fingerprint"),
        Miss("24-01-15-10-20-30", "a date and a time"),
        Miss("ff:ff:ff:ff:ff:ff", "broadcast"),
        Miss("001A2B3C4D5E", "twelve digits without evidence"),
        Miss("01:00:5e:00:00:fb", "multicast"),
        Miss("550e8400-e29b-41d4-a716-446655440000", "a UUID"),
    ],
    "IMEI": [
        Miss("IMEI 356938035643808", "Luhn"),
        Miss("356938035643809", "fifteen digits without evidence"),
        Miss("订单号 356938035643809", "an order's number"),
        Miss("IMEI 35693803564380", "fourteen digits"),
        Miss("imei 000000000000000", "padding"),
        Miss("IMSI 490154203237518", "the other number of a telephone"),
    ],
    "IMSI": [
        Miss("IMSI 461001234567890", "no such country code"),
        Miss("460001234567890", "no evidence"),
        Miss("IMSI 460991234567890", "no such network"),
        Miss("order no 460001234567890", "an order's number"),
        Miss("IMSI 46000123456789", "fourteen digits"),
    ],
    "CN_VEHICLE_PLATE": [
        Miss("粤BI2345", "I is not used"),
        Miss("车牌 粤B1234", "a digit short"),
        Miss("粤Z12345港", "five characters before 港"),
        Miss("最新A12345", "a word"),
        Miss("腾讯云C12345", "a word"),
        Miss("粤B123456789", "a longer number"),
        Miss("粤BXKWTA", "a word in capitals without evidence"),
        Miss("国B12345", "no such province"),
    ],
    "HK_VEHICLE_PLATE": [
        Miss("AB1234", "no evidence"),
        Miss("車牌 AI12", "I is not used"),
        Miss("車牌 AB0123", "a leading 0"),
        Miss("车牌：粤B12345", "a plate of the mainland"),
        Miss("车牌：粤B1234", "part of a plate of the mainland"),
        Miss("航班 CX888", "a flight"),
        Miss("車牌 NULL", "no digit"),
        Miss("車牌 1234", "no letter"),
    ],
    "VIN": [
        Miss("VIN LSVAA49J132047119", "check digit"),
        Miss("WVWZZZ1JZXW000001", "no check digit and no evidence"),
        Miss("VIN LSVAA49J23204711O", "O is not used"),
        Miss("20260115103000005", "a timestamp"),
        Miss("vin LSVAA49J2320471199", "eighteen characters"),
        Miss("vin 11111111111111111", "one character throughout"),
        Miss("0LSVAA49J232047119", "inside a longer number"),
    ],
}
