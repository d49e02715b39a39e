"""What the detectors of health, content, positions, secrets and markings must find and must leave alone; merged by
`samples`. Keys are put together here, so that the repository holds none."""

from __future__ import annotations

import base64
import random
import string

from tests.detectors.sampling import Hit, Miss

_RNG = random.Random(19)
_ALPHANUMERIC = string.ascii_letters + string.digits


def _key(size: int, alphabet: str = _ALPHANUMERIC) -> str:
    return "".join(_RNG.choice(alphabet) for _ in range(size))


VECTOR = ",".join(f"{_RNG.uniform(-1, 1):.6f}" for _ in range(128))
SHORT_VECTOR = ",".join(f"{_RNG.uniform(-1, 1):.6f}" for _ in range(16))
MINUTIAE = base64.b64encode(b"FMR\x00 20\x00" + bytes(range(60))).decode()
HL7 = "MSH|^~\\&|HIS|H|LAB|L|20260115||ADT^A01|1|P|2.5"
GITHUB = "gh" + "p_" + _key(36)
GOOGLE = "AI" + "za" + _key(35)
SLACK = "xo" + "xb-" + "123456789012-" + _key(24)
STRIPE = "sk_" + "live_" + _key(24)
PASSWORD = "Tr0ub" + "4dor&3"

HITS: dict[str, list[Hit]] = {
    "GEO_COORDINATE": [
        Hit("«22.543099»", "high", "lat", "6dp"),
        Hit("«114.057868»", "high", "longitude", "6dp"),
        Hit("我的定位 «22.543099,114.057868»", "high", detail="6dp"),
        Hit("经纬度：«114.05787, 22.54310»", "high", detail="5dp"),
        Hit("纬度«22.5431»，经度«114.0579»", "high", detail="4dp"),
        Hit("«114.0578681,22.5430991»", "high", "coordinates", "7dp"),
        Hit("«22°32'35.2\"N 114°3'28.3\"E»", "high", detail="dms"),
        Hit("«北纬22°32′35″，东经114°3′28″»", "high", detail="dms"),
        Hit("$GPRMC,123519,A,«2232.5859,N,11403.4721,E»,022.4,084.4,230394,003.1,W*6A", "high", detail="nmea"),
        Hit("$GNGGA,123519,«2232.5859,N,11403.4721,E»,1,08,0.9,545.4,M,46.9,M,,*47", "high", detail="nmea"),
        Hit("POINT(«114.057868 22.543099»)", "high", detail="wkt"),
        Hit("POLYGON((«114.0578 22.5430, 114.0678 22.5530, 114.0578 22.5430»))", "high", detail="wkt"),
        Hit("«22.5431°N, 114.0579°E»", "high", detail="4dp"),
        Hit("geo:«22.543099,114.057868»", "high", detail="6dp"),
        Hit("«22.543099,114.057868»", detail="6dp"),
        Hit("«ws10k5zp»", field="geohash", detail="geohash"),
    ],
    "CN_SOCIAL_SECURITY_CARD": [
        Hit("社保卡号：«A12345678»"),
        Hit("«A1234567X»", field="sbkh"),
        Hit("社會保障卡號 «123456789»"),
        Hit("医保卡 «1234567890»"),
    ],
    "MEDICAL_RECORD_NO": [
        Hit("病案号 «00123456»"),
        Hit("Case No: «HN12345678»"),
        Hit("Case No: «12345678», DOB 1990-03-07"),
        Hit("«ZY20240012»", field="住院号"),
        Hit("MRN: «12345678»"),
        Hit("病歷號碼：«HN-1234567»"),
        Hit("«H44010600001»", field="patientId"),
    ],
    "HEALTH_RECORD": [
        Hit("血糖偏高，诊断为«2型糖尿病»", detail="clinical"),
        Hit("诊断：«急性上呼吸道感染»", detail="clinical"),
        Hit("«急性支气管炎»", field="diagnosis", detail="clinical"),
        Hit("«2型糖尿病»", field="诊断", detail="clinical"),
        Hit("診斷：«急性支氣管炎»", detail="clinical"),
        Hit("Diagnosis: «type 2 diabetes mellitus»", detail="clinical"),
        Hit("Rx: «metformin 500mg» bid", detail="clinical"),
        Hit("主诉：«反复不适1月余»\n现病史：«1月前无诱因加重»\n门诊号：无", detail="clinical"),
        Hit("患者陈某，男，45岁，因不适«入院治疗»", detail="clinical"),
        Hit("«J18.900x001»", field="icd10", detail="icd10"),
        Hit("诊断编码 «I10.x00»", detail="icd10"),
        Hit("«J18.9 肺炎»", "high", detail="icd10"),
        Hit("«E11.9, I10.x00»", "low", detail="icd10"),
        Hit(f"«MSH|^~\\&|»{HL7[9:]}", "high", detail="hl7v2"),
        Hit("«PID|1||12345^^^H||CHEN^DAWEN||19900307|M»\r\n", detail="hl7v2"),
        Hit('{"resourceType": "«Patient»", "id": "1"}', "high", detail="fhir"),
        Hit('{«"00100010":{"vr"»:"PN"}}', "high", detail="dicom"),
        Hit("«DICMUL»", "high", detail="dicom"),
    ],
    "BIOMETRIC_TEMPLATE": [
        Hit(f"[«{VECTOR}»]", "high", "faceFeature", "vector"),
        Hit(f'"«{VECTOR}»"', "high", "声纹", "vector"),
        Hit(f"«{_key(400)}»", field="fingerprint_template", detail="vector"),
        Hit(f"«{MINUTIAE}»", "high", detail="iso19794"),
    ],
    "GENOMIC_DATA": [
        Hit("«##fileformat=VCFv4.2»\n", "high", detail="vcf"),
        Hit("«#CHROM\tPOS\tID\tREF\tALT»\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n", "high", detail="vcf"),
        Hit("«@HD\tVN:1.6\tSO:coordinate»\n«@SQ\tSN:chr1\tLN:248956422»\n", "high", detail="sam"),
        Hit("«BAM\x01»\x10", "high", detail="bam"),
        Hit("«@SEQ1 x\nACGTACGTACGTACGTACGTACGT\n+\nIIIIIIIIIIIIIIIIIIIIIIII»\n", "high", detail="fastq"),
        Hit("«>NC_000001.11 Homo sapiens chromosome 1\nACGTACGTACGTACGTACGTACGTACGTAC»GT\n", "high", detail="fasta"),
        Hit("«rs4477212\t1\t82154\tAA\nrs3094315\t1\t752566\tAG»", "high", detail="genotypes"),
        Hit('{"«rs1801133":"CT»"}', detail="genotypes"),
        Hit("«rs1801133»", field="rsid", detail="genotypes"),
    ],
    "INDUSTRIAL_CONTROL": [
        Hit('«<SCL xmlns="http://www.iec.ch/61850/»2003/SCL">', "high", detail="suspected scl"),
        Hit("«opc.tcp://10.1.2.3:4840/UA»", detail="suspected opc ua"),
        Hit("«测点名称,量程,单位,报警上限»,联锁\n", detail="suspected point table"),
        Hit("«<RSLogix5000Content »SchemaRevision", "high", detail="suspected plc project"),
        Hit('form-data; «filename="plant.ap17»"', detail="suspected plc project"),
    ],
    "GEODATA": [
        Hit('«<kml xmlns="http://www.opengis.net/kml»/2.2">', detail="suspected kml"),
        Hit("crs «EPSG:4490»", detail="suspected cgcs2000"),
        Hit("«EPSG::4547»", detail="suspected cgcs2000"),
        Hit('«PROJCS["CGCS2000»_3_Degree_GK_CM_114E"', detail="suspected cgcs2000"),
    ],
    "CREDENTIAL": [
        Hit(f"«{GITHUB}»", "high", detail="github_token"),
        Hit(f"key=«{GOOGLE}»", "high", detail="google_api_key"),
        Hit(f"Bearer «{SLACK}»", "high", detail="slack_token"),
        Hit(f"«{STRIPE}»", "high", detail="stripe_key"),
        Hit(f"«{_key(30)}»", "high", "accessKeySecret", "alibaba_access_key_secret"),
        Hit(f"«{_key(32)}»", "high", "SecretKey", "tencent_secret_key"),
        Hit(f"SK=«{_key(40)}»", "high", detail="huawei_secret_key"),
        Hit(f"华为云 AK: «{_key(20, string.ascii_uppercase + string.digits)}»", "high", detail="huawei_access_key"),
        Hit(f"«{_key(40)}»", "high", "aws_secret_access_key", "aws_secret_access_key"),
        Hit(f"«{_key(32)}»", "high", "apiV3Key", "wechat_pay_key"),
        Hit(f"«{_key(32, '0123456789abcdef')}»", "medium", "appSecret", "secret"),
        Hit(f"«postgres://app:{PASSWORD}@db.internal»/x", "high", detail="database_url"),
        Hit(f'"password": "«{PASSWORD}»"', "medium", detail="password"),
        Hit("密码：«Qaz@" + "2024wsx»", "medium", detail="password"),
        Hit("name,password\nli,«" + PASSWORD + "»\n", "medium", "password", "password"),
        Hit("pwd=«a1b2c3d4»&x=1", "low", detail="password"),
    ],
    "WORK_SECRET_MARK": [
        Hit("«核心商密▲5年»", "high", detail="trade_secret"),
        Hit("«普通商密 ▲ 长期»", "high", detail="trade_secret"),
        Hit("«内部资料 注意保存»", "high", detail="work_secret"),
        Hit("«內部文件，不得外傳»", "high", detail="work_secret"),
        Hit("«工作秘密»\n关于…的通知", "medium", detail="work_secret"),
        Hit("«商业秘密 严禁外传»", "high", detail="trade_secret"),
        Hit("【«商业秘密»】", "high", detail="trade_secret"),
        Hit("密级：«工作秘密»", "high", detail="work_secret"),
    ],
    "HK_GOV_MARK": [
        Hit("«RESTRICTED»\nMemo to file\n"),
        Hit("Memo\n\n«CONFIDENTIAL»\n"),
        Hit("«TOP SECRET 絕對機密»\nx", "high"),
        Hit("a\n«RESTRICTED (ADMINISTRATION)»\nb", "high"),
        Hit("a\n«CONFIDENTIAL (PERSONAL)»\n", "high"),
        Hit("«限閱文件»\n"),
        Hit("«SECRET»", "high", "security_classification"),
    ],
    "DATA_GRADE_LABEL": [
        Hit("数据级别：«L4»", "high", detail="L4"),
        Hit("«重要数据»", "high", "数据分级", "important"),
        Hit("【«重要数据»】", "high", detail="important"),
        Hit("«核心数据»\n目录", detail="core"),
        Hit("«C3»", "high", "安全等级", "C3"),
        Hit("«MSIP_Label_0a1b2c3d-0000-1111-2222-333344445555_Name»", "high", detail="msip"),
    ],
}

MISSES: dict[str, list[Miss]] = {
    "GEO_COORDINATE": [
        Miss("坐标 92.5123,114.0123", "no such latitude"),
        Miss("坐标 92.5,114.0", "one decimal"),
        Miss("22.54,114.05", "two decimals", "location"),
        Miss("lat 92.5123", "no such latitude"),
        Miss("score 0.5431, 0.4069", "shares"),
        Miss("33.543099,44.057868", "a pair elsewhere without evidence"),
        Miss("loss 3.1415926", "a number"),
        Miss("translate(114.057868, 22.543099)", "a drawing"),
        Miss("$GPRMC,123519,V,,,,,,,230394,,", "no fix"),
        Miss("POINT(1 2)", "a drawing"),
    ],
    "CN_SOCIAL_SECURITY_CARD": [
        Miss("A12345678", "no evidence"),
        Miss("社保卡 A1234567", "a character short"),
        Miss("社保卡办理指南", "no number"),
        Miss("社保卡 handbooks", "a word"),
        Miss("社保卡绑定手机 13800138000", "a telephone"),
    ],
    "MEDICAL_RECORD_NO": [
        Miss("00123456", "no evidence"),
        Miss("病案号 1234", "too short"),
        Miss("病案号：13800138000", "a telephone"),
        Miss("住院日期 20260115", "a date"),
        Miss("患者电话 13800138000", "a telephone"),
        Miss("patient id is required", "no number"),
    ],
    "HEALTH_RECORD": [
        Miss("专家提醒：糖尿病患者要注意饮食，高血压也是常见病。", "a news text"),
        Miss("某明星因肺癌去世，享年60岁", "a news text"),
        Miss("part A10, B20 in stock", "part numbers"),
        Miss("诊断信息：网络异常，处理意见：重启", "a machine"),
        Miss("最近有点咳嗽，天气太冷了", "small talk"),
        Miss("diagnosis: memory leak in worker", "a machine"),
        Miss('{"resourceType":"Bundle"}', "no patient"),
        Miss("A10", "a model", "model"),
        Miss("the patient approach to caching", "a word"),
    ],
    "BIOMETRIC_TEMPLATE": [
        Miss(f"[{VECTOR}]", "weights of a model", "weights"),
        Miss(f"[{SHORT_VECTOR}]", "sixteen numbers", "faceFeature"),
        Miss("FMR is a format", "words"),
        Miss("人脸识别服务", "words"),
        Miss("https://example.com/face.jpg", "an address", "face"),
    ],
    "GENOMIC_DATA": [
        Miss("ACGTACGTACGT", "letters"),
        Miss(">seq1 Zea mays\nACGTACGTACGTACGTACGTACGTACGTACGTACGT\n", "maize"),
        Miss("rs485 A+ B-", "a bus"),
        Miss("rs12345 is a variant", "one identifier without a genotype"),
        Miss("VCF files are text", "words"),
        Miss("x BAM\x01", "not at the beginning"),
    ],
    "INDUSTRIAL_CONTROL": [
        Miss("opc.tcp://localhost:4840", "an example"),
        Miss("IEC 61850 is a standard", "words"),
        Miss("量程 0-100", "one heading"),
        Miss("<scl>x</scl>", "another element"),
        Miss("Modbus TCP uses port 502", "words"),
    ],
    "GEODATA": [
        Miss("EPSG:4326", "the datum of every map"),
        Miss("EPSG:3857", "web maps"),
        Miss("CGCS2000 is a datum", "words"),
        Miss("kml and kmz files", "words"),
        Miss("x LASF", "not at the beginning"),
    ],
    "CREDENTIAL": [
        Miss("password = getpass()", "code"),
        Miss("password=self.password", "code"),
        Miss('password: str = ""', "code"),
        Miss("password=${DB_PASSWORD1}", "a variable"),
        Miss("mysql://root:password@localhost/db", "a stand-in"),
        Miss("get_access_token_from_request", "a name in code", "token"),
        Miss("550e8400-e29b-41d4-a716-446655440000", "a UUID", "token"),
        Miss(_key(32), "random letters without evidence"),
        Miss(_key(40, "0123456789abcdef"), "a commit", "sha1"),
        Miss("密码错误，请重新输入", "words"),
    ],
    "WORK_SECRET_MARK": [
        Miss("泄露工作秘密的，依法处理", "a sentence"),
        Miss("保护商业秘密，人人有责", "a sentence"),
        Miss("内部资料整理完毕", "a sentence"),
        Miss("商业秘密法律服务", "a sentence"),
        Miss("本公司核心商业竞争力▲提升", "a bullet"),
    ],
    "HK_GOV_MARK": [
        Miss("This is CONFIDENTIAL information.", "a sentence"),
        Miss("a\nCONFIDENTIAL\nb", "neither first nor last line"),
        Miss("Restricted\nx", "not in capitals"),
        Miss("SECRET_KEY = 1", "code"),
        Miss("TOP SECRET RECIPES FOR SUMMER", "a title"),
    ],
    "DATA_GRADE_LABEL": [
        Miss("企业应当识别重要数据并向主管部门申报", "a sentence"),
        Miss("重要数据处理者应当明确数据安全负责人", "a sentence"),
        Miss("L3 cache", "a cache"),
        Miss("C1 is a cell", "a cell"),
        Miss("log level: L2", "another level"),
    ],
}
