"""What the detectors of accounts and organisations must find and must leave alone; merged by `samples`."""

from __future__ import annotations

from tests.detectors.made import fps_qr
from tests.detectors.sampling import Hit, Miss

FPS_QR = fps_qr("1234567")

HITS: dict[str, list[Hit]] = {
    "PAYMENT_CARD": [
        Hit("银行卡 «6217.0000.0000.0006»", "high"),
        Hit("储蓄卡：«621700 0000 0000 06»，卡号 «6217_0000_0000_0006»", "high"),
        Hit("卡号 «6217-000000-000006»", "high"),
    ],
    "CARD_TRACK": [
        Hit("«;6217000000000006=29122010000000000000?»", "high", detail="track"),
        Hit("«%B6217000000000006^CHEN/DAWEN^29122010000000000000?»", "high", detail="track"),
        Hit("track2 «6217000000000006D29122010000000000000F»", "high", detail="track"),
        Hit("CVV: «123»", "high", detail="cvv"),
        Hit("«123»", "high", "cvv2", detail="cvv"),
        Hit("有效期 12/29，安全码：«456»", "high", detail="cvv"),
        Hit("安全碼「«1234»」", "high", "cvc", detail="cvv"),
        Hit('{"cvc":"«321»"}', "high", detail="cvv"),
    ],
    "CN_BANK_ACCOUNT": [
        Hit("对公账号：«44201581200052510866»", "high"),
        Hit("开户行：中国工商银行深圳分行，账号 «4000021209021234567»", "high"),
        Hit("账号 «4000 0212 0902 1234 567»"),
        Hit("«4000021209021234567»", "high", "bankAccountNo"),
        Hit("銀行賬號：«44201581200052510866»", "high"),
        Hit("beneficiary account no. «755912345610202»", "high"),
    ],
    "HK_BANK_ACCOUNT": [
        Hit("銀行帳號 «004-123456-838»", "high"),
        Hit("戶口號碼：«012-345-6-789012»", "high"),
        Hit("HSBC «004 123 456789 838»", "high"),
        Hit("恒生銀行 «024-123-456789»", "high"),
        Hit("account no «004123456789838»"),
        Hit("戶口號碼 «614-184641-743»"),
        Hit("«004-123-456789-838»", "high", "hk_account_no"),
        Hit(":50K:/«004-123-456789-838»\nCHAN Tai Man"),
        Hit("<DbtrAcct><Id><Othr><Id>«024-123-456789»</Id></Othr></Id></DbtrAcct>", "high"),
    ],
    "CN_CNAPS": [
        Hit("联行号：«102100099996»", "high"),
        Hit("行号 «308584000992»", "high"),
        Hit("«104581012349»", "high", "cnapsCode"),
    ],
    "HK_FPS_ID": [
        Hit("轉數快 FPS ID: «1234567»", "high"),
        Hit("转数快识别码 «123456789»", "high"),
        Hit("«1234567»", "high", "fps_id"),
        Hit(f"qr «{FPS_QR}»", "high", detail="qr"),
    ],
    "HK_OCTOPUS": [
        Hit("八達通 «12345678(9)»"),
        Hit("Octopus card no. «123456789»"),
        Hit("«12345678»", field="octopusNo"),
    ],
    "ALIPAY_ID": [
        Hit("支付宝 «2088123456789012»", "high"),
        Hit("«2088123456789012»", "high", "buyer_user_id"),
        Hit("alipay: «2088 1234 5678 9012»", "high"),
    ],
    "CN_USCC": [
        Hit("«9144 0101 MA5X YW12 1W»", "high"),
        Hit("«91-440101-MA5XYW121-W»", "high"),
    ],
    "CN_ORG_CODE": [
        Hit("组织机构代码：«12345678-8»", "high"),
        Hit("«MA5EC1234»", "high", "orgCode"),
        Hit("机构代码证 «ma5ec1234»", "high"),
        Hit("纳税人识别号 «440106123456788»", detail="tax_id"),
    ],
    "HK_BRN": [
        Hit("商業登記證號碼：«12345678-000-03-26-5»", "high"),
        Hit("BR No. «12345678»"),
        Hit("BR: «12345678-000»", "high"),
        Hit("B.R. No.: «28617313-000»", "high"),
        Hit("UBI «C0012345»"),
        Hit("«12345678»", field="business_registration_no"),
    ],
    "HK_COMPANY_NO": [
        Hit("公司編號：«1234567»"),
        Hit("CR No. «F0012345»"),
        Hit("C.R. No.: «F0012345»"),
        Hit("«0123456»", field="companyNo"),
    ],
}

MISSES: dict[str, list[Miss]] = {
    "PAYMENT_CARD": [
        Miss("银行卡 621700 0000 0000 07", "Luhn, loosely grouped"),
        Miss("621700 0000 0000 06", "loosely grouped, without evidence"),
    ],
    "CARD_TRACK": [
        Miss(";6217000000000007=29122010000000000000?", "Luhn"),
        Miss(";6217000000000006=29132010000000000000?", "month 13"),
        Miss("有效期: 1229", "valid thru is no verification code"),
        Miss("error 123", "a number without evidence"),
        Miss("valid thru 0329 CVV2 see back", "no code"),
        Miss("123", "a count", "total"),
    ],
    "CN_BANK_ACCOUNT": [
        Miss("44201581200052510866", "twenty digits without evidence"),
        Miss("账号 6217000000000006", "a card proves itself"),
        Miss("账号 440106199003072170", "a resident ID proves itself"),
        Miss("账号 20260115103000", "a time"),
        Miss("微信账号 123456789012", "a login"),
        Miss("订单号 4000021209021234567", "an order"),
        Miss("账号 000000000000", "padding"),
        Miss("账号 13800138000", "eleven digits"),
    ],
    "HK_BANK_ACCOUNT": [
        Miss("004-123456-838", "no evidence"),
        Miss("銀行帳號 000-123456", "no such bank"),
        Miss("銀行帳號 999-12345-8", "no such bank"),
        Miss("電話 004-123456-838", "a telephone says so"),
        Miss("戶口 004-12", "cut short"),
    ],
    "CN_CNAPS": [
        Miss("102100099996", "no evidence"),
        Miss("联行号 102100099995", "check digit"),
        Miss("联行号 10210009999", "eleven digits"),
        Miss("行号 999100099996", "no such bank"),
        Miss("订单号 102100099996", "an order"),
    ],
    "HK_FPS_ID": [
        Miss("1234567", "seven digits without evidence"),
        Miss("FPS ID 12345678", "eight digits"),
        Miss("frame rate 1234567 fps", "frames per second"),
        Miss("FPS 60", "frames per second"),
        Miss(FPS_QR[:-4] + "0000", "CRC"),
        Miss("轉數快 123456", "six digits"),
    ],
    "HK_OCTOPUS": [
        Miss("12345678(9)", "no evidence"),
        Miss("八達通 1234(5)", "too short"),
        Miss("Octopus deploy release 12345678", "a program of that name"),
        Miss("八達通 1234567890123", "too long"),
        Miss("電話 91234567", "a telephone"),
    ],
    "ALIPAY_ID": [
        Miss("2088123456789012", "no evidence"),
        Miss("支付宝 2089123456789012", "no such prefix"),
        Miss("支付宝 208812345678901", "a digit short"),
        Miss("支付宝交易号 2088123456789012", "a trade"),
        Miss("支付宝 20881234567890123", "a digit too many"),
    ],
    "CN_ORG_CODE": [
        Miss("组织机构代码 12345678-9", "check digit"),
        Miss("12345678-8", "no evidence"),
        Miss("MA5EC1234", "no evidence, no hyphen"),
        Miss("组织机构代码 1234567-8", "a digit short"),
        Miss("纳税人识别号 990106123456788", "no such region"),
        Miss("机构代码 organisax", "a word"),
    ],
    "HK_BRN": [
        Miss("12345678-000-03-26-5", "no evidence"),
        Miss("商業登記證 12345678-000-13-26-5", "month 13"),
        Miss("電話 12345678", "a telephone"),
        Miss("BRN 1234567", "seven digits"),
        Miss("44038532", "a branch of a bank of the mainland", "OpnAcctBrNo"),
        Miss("S\\u00e3o Br\\u00e1s - AL', '55823556'", "a name in escapes"),
        Miss("total 12345678", "a count"),
    ],
    "HK_COMPANY_NO": [
        Miss("1234567", "no evidence"),
        Miss("公司編號 12345678901", "too long"),
        Miss("公司電話 1234567", "a telephone"),
        Miss("company established 1998", "a year"),
        Miss("公司編號：待定", "no number"),
    ],
}
