"""What the detectors of names must find and must leave alone; merged by `samples`."""

from __future__ import annotations

from tests.detectors.sampling import Hit, Miss

HITS: dict[str, list[Hit]] = {
    "PERSON": [
        Hit("姓名：«张三»，性别：男", "high", detail="han"),
        Hit("«陈大文»", "high", "姓名", "han"),
        Hit("«陳大文»", "medium", "聯絡人", "han"),
        Hit("«歐陽震華»", "high", "xm", "han"),
        Hit("«司徒美堂»", "medium", "contact", "han"),
        Hit("申請人：«陳李美玲»女士", "medium", detail="han"),
        Hit("«亓官云»", "high", "姓名", "han"),
        Hit("«苏日娜»", "high", "姓名", "han"),
        Hit("«张三»", "medium", "name", "han"),
        Hit("姓名: «张  三»", "medium", detail="han"),
        Hit("联系人«张三»电话13800138000", detail="han"),
        Hit("收件人：«李四»13800138000", detail="han"),
        Hit("我叫«陈大文»，住在天河区", detail="han"),
        Hit("本人«陳大文»是香港永久性居民", detail="han"),
        Hit("公司«陈先生»、由于«李女士»不在，请找«王小明»先生", detail="han"),
        Hit("«大文»", "medium", "given_name", "han"),
        Hit("«陈»", "medium", "surname", "han"),
        Hit("«买买提·吐尔逊»", "high", "姓名", "minority"),
        Hit("联系人«阿依古丽•买买提»电话", "high", detail="minority"),
        Hit("«迪丽热巴‧迪力木拉提»", "high", "customer_name", "minority"),
        Hit("«CHAN Tai Man»", "medium", "full_name", "romanised"),
        Hit("«Chan Tai-man»", "medium", "contact", "romanised"),
        Hit("«Tai-man Chan»", "medium", "customerName", "romanised"),
        Hit("Name: «CHAN, Tai Man»", detail="romanised"),
        Hit("attn: «WONG Siu Ming Peter»", detail="romanised"),
        Hit("«Peter CHAN»", "medium", "recipient", "romanised"),
        Hit("«Chen Dawen»", "medium", "name", "romanised"),
        Hit("«CHEN DAWEN»", "medium", "patient_name", "romanised"),
        Hit("«Ng Ka-yee»", "medium", "中文名", "romanised"),
        Hit("«Au Yeung Chun Wai»", "medium", "name", "romanised"),
        Hit("«Ieong Kam Fong»", "medium", "applicant", "romanised"),
        Hit("«chan tai man»", "medium", "full_name", "romanised"),
        Hit("Dear «Peter Chan», thank you", detail="romanised"),
        Hit("Mr. «Chan» and Ms «Ng Ka-yee» called", detail="romanised"),
        Hit("«John Smith»", "medium", "customer_name", "english"),
        Hit("«Smith, John»", "medium", "patientName", "english"),
        Hit("«Mary O'Brien»", "medium", "name", "english"),
        Hit("«María García»", "medium", "full name", "english"),
        Hit("«john smith»", "medium", "customer_name", "english"),
        Hit("«Peter»", "medium", "firstName", "english"),
        Hit("My name is «John Smith».", detail="english"),
        Hit("Mr «Smith» is away", detail="english"),
    ]
}

MISSES: dict[str, list[Miss]] = {
    "PERSON": [
        Miss("张三", "a name alone, without a model"),
        Miss("John Smith", "a name alone, without a model"),
        Miss("张三", "a nickname", "nickname"),
        Miss("张三", "a product's name", "productName"),
        Miss("John Smith", "a file's name", "file_name"),
        Miss("黄山", "a mountain", "name"),
        Miss("王者荣耀", "a game", "name"),
        Miss("苏州", "a town", "name"),
        Miss("白银", "a metal", "name"),
        Miss("Hong Kong", "a place that reads as romanised", "name"),
        Miss("Blue Widget", "a thing", "name"),
        Miss("Golden Dragon Restaurant", "a business", "name"),
        Miss("John Smith Trading Ltd", "a company", "customer"),
        Miss("华为技术", "a company", "客户"),
        Miss("高中", "schooling", "姓名"),
        Miss("姓名,性别,民族,学历\n", "headings"),
        Miss("First Name,Last Name,Full Name\n", "headings"),
        Miss("我是高中生。", "a word that begins with a surname"),
        Miss("联系人 电话 地址", "headings"),
        Miss("姓名 张三丰的书包里有", "a sentence"),
        Miss("商务部", "a department", "姓名"),
        Miss("sales manager", "a role", "contact"),
    ]
}
