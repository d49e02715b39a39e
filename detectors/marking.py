"""Markings that a document carries about itself."""

from __future__ import annotations

from itertools import product

from detectors.api import EntityClass, PatternDetector, Shape

_GAP = "[ ]{0,3}"  # marks are often spaced out: 绝 密 ★ 长 期
_LEVEL = f"(?:绝{_GAP}密|絕{_GAP}密|机{_GAP}密|機{_GAP}密|秘{_GAP}密)"
_COUNT = "(?:[0-9]{1,2}|(?:一|二|三|四|五|六|七|八|九|十){1,3})"  # no class: these are three bytes each
_TERM = (
    f"(?:(?:长|長){_GAP}期|{_COUNT}{_GAP}年|{_COUNT}{_GAP}(?:个|個){_GAP}月|{_COUNT}{_GAP}(?:日|天)"
    f"|(?:至|到)?{_GAP}[0-9]{{4}}{_GAP}年{_GAP}[0-9]{{1,2}}{_GAP}月{_GAP}[0-9]{{1,2}}{_GAP}日"
    f"|(?:解密|启封|啟封|公开|公開)(?:前|后|後)?)"
)
_STAR = "(?:★|☆|⭐|✩|✭|✮|⋆)"
# The field that names the level, in running text and as a JSON key: 密级:机密, "密级": "机密".
_NAMED = "|".join(
    f"(?<={''.join(parts)})" for parts in product(("密级", "密級"), (":", ": ", "：", "： ", '":"', '": "', '" : "'))
)
_ALONE_IN_LINE = r"(?:(?<=\n)|(?<![\x00-\xff]))"
_STARRED = f"{_LEVEL}{_GAP}{_STAR}"
_BARE_BYTES = 9  # two characters and the gap between them

_FIELD_END = r"(?=[\s\"'<,;)]|\]|。|★|▲|$)"
_BRACKETED = r"(?:(?<=\[)|(?<=\()|(?<=【)|(?<=（)|(?<=《)|(?<=「))"
_LINE_START = r"(?:(?<=\n)|(?<=[\"\x0c>])|(?<=\n[ \t])|(?<=\n[ \t]{2})|(?<=\n[ \t]{4})|(?<![\x00-\xff]))"
_LINE_END = r"(?=[ \t]{0,16}(?:[\r\n\"\x0c<]|\Z))"
_OWN_LINE = r"(?:(?<=\n)|(?<=\n[ \t])|(?<=\n[ \t]{2})|(?<=\x0c)|(?<![\x00-\xff]))"
_OWN_LINE_END = r"(?=[ \t]{0,16}(?:[\r\n\x0c]|\Z))"
_PAUSE = "[ ]{0,4}(?:,|，|、|;|；|!|！|·|-|—|\\(|（|\n)?[ ]{0,4}"
_KEPT = (
    "(?:(?:请|請)?(?:注意|妥善)(?:保存|保管|保密)|(?:严格|嚴格)?保密|(?:阅后|閱後)(?:即焚|收回|销毁|銷毀)"
    "|(?:不得|不准|不可|禁止|严禁|嚴禁|请勿|請勿|切勿)(?:外传|外傳|外泄|外洩|对外|對外|传播|傳播|复制|複製|转发|轉發|翻印|擅自))"
)

# English capitals with the Chinese name of the grade beside them.
_HK_BARE = "(?:TOP SECRET|SECRET|CONFIDENTIAL|RESTRICTED)"
_HK_QUALIFIED = rf"{_HK_BARE}[ ]?\((?:ADMINISTRATION|PERSONAL|STAFF|TENDER|APPOINTMENTS?|COMMERCIAL|HONOURS|POLICE)\)"
_HK_HAN = "(?:绝对机密|絕對機密|高度機密|高度机密|機密|机密|限閱文件|限阅文件|限閱)"
_HK_BOTH = f"(?:{_HK_BARE}[ /|-]{{0,4}}[(]?{_HK_HAN}[)]?|{_HK_HAN}[ /|-]{{0,4}}[(]?{_HK_BARE}[)]?)"

# Grades, and what each finding's detail calls them.
_GRADES: tuple[tuple[str, str, bool], ...] = (
    ("core", "(?:核心数据|核心數據)", True),
    ("important", "(?:重要数据|重要數據)", True),
    ("general", "(?:一般数据|一般數據)", True),
    *((f"L{n}", f"[Ll]{n}(?:级|級)?", False) for n in range(1, 6)),
    *((f"C{n}", f"[Cc]{n}(?:级|級|类|類)?", False) for n in range(1, 4)),
)
_GRADE_NAME = (
    r"(?:数据(?:安全)?(?:级别|等级|分级|类别|定级)|数据分类分级|安全(?:等级|级别)|敏感(?:级别|等级)|數據(?:安全)?(?:級別|等級|分級)|安全(?:等級|級別)"
    r"|(?i:data ?(?:security )?(?:grade|level|classification)|security ?level|sensitivity))"
)


def _marking(entity: str, detail: str, shapes: tuple[Shape, ...], source: str, labels: str = "") -> PatternDetector:
    return PatternDetector(entity, EntityClass.MARKING, shapes, source, labels, strip=b" ", detail=detail)


def _graded(detail: str, core: str, mark: bool) -> tuple[PatternDetector, ...]:
    """A grade as a label of a document or a field of a record; in a sentence it is only spoken about."""
    source = "GB/T 43697-2024 (core, important, general); JR/T 0197-2020 (1 to 5); JR/T 0171-2020 (C1 to C3)"
    stamped = (
        Shape(core, 0.8, 0.8, _BRACKETED, r"(?=\]|\)|】|）|》|」)", width=16),
        Shape(core, 0.6, 0.6, _OWN_LINE, _OWN_LINE_END, width=16),
        Shape(f"{core}(?:★|▲|●)", 0.85, 0.85, "", ""),
    )
    named = Shape(
        rf"{_GRADE_NAME}(?:[\"'\]]|：|:|=|>|为|為|\s|】){{1,6}}({core})", 0.85, 0.85, "", "(?![0-9A-Za-z.])", width=96
    )
    field = Shape(core, 0, 0.8, "(?<![0-9A-Za-z_.-])", _FIELD_END, width=16, common=not mark)
    return (
        _marking("DATA_GRADE_LABEL", detail, (named, *(stamped if mark else ())), source),
        _marking("DATA_GRADE_LABEL", detail, (field,), source, "grade"),
    )


MARKING: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="STATE_SECRET_MARK",
        entity_class=EntityClass.MARKING,
        shapes=(
            Shape(f"{_STARRED}(?:{_GAP}{_TERM})?", 0.95, 0.95, "", "", trigger=_STARRED),
            # An asterisk stands in where the star cannot be typed; alone it is emphasis, so the term decides.
            Shape(f"{_LEVEL}{_GAP}[*]{_GAP}{_TERM}", 0.9, 0.9, "", ""),
            Shape(_LEVEL, 0.85, 0.85, f"(?:{_NAMED})", "(?=[\\s\"'<,;)]|。|$)", width=_BARE_BYTES),
            # A title page may bear the bare word; so may a chapter of a novel. Low: reported, not judged by.
            Shape(_LEVEL, 0.4, 0.4, _ALONE_IN_LINE, r"(?=[ ]{0,8}(?:[\r\n]|\Z))", width=_BARE_BYTES),
        ),
        source="保守国家秘密法 and its implementing regulation (level and term); GB/T 9704-2012 §7.2.2 (level★term)",
        strip=b" ",
    ),
    _marking(
        "WORK_SECRET_MARK",
        "trade_secret",
        (
            # ▲ and its look-alikes stand where a state secret has its star.
            Shape(
                f"(?:核心|普通|核 心|普 通)?{_GAP}商{_GAP}密{_GAP}(?:▲|△|▴|🔺){_GAP}(?:{_TERM})?", 0.95, 0.95, "", ""
            ),
            Shape(
                f"(?:核心|普通){_GAP}商{_GAP}(?:业|業)?{_GAP}(?:秘{_GAP})?密{_GAP}[*]{_GAP}{_TERM}", 0.9, 0.9, "", ""
            ),
            Shape(
                "(?:商业秘密|商業秘密|核心商密|普通商密|商业机密|商業機密)",
                0.85,
                0.85,
                f"(?:{_NAMED})",
                _FIELD_END,
                width=12,
            ),
            Shape("(?:商业秘密|商業秘密|核心商密|普通商密)", 0.8, 0.8, _BRACKETED, r"(?=\]|\)|】|）|》|」)", width=12),
            Shape("(?:商业秘密|商業秘密|核心商密|普通商密)", 0.7, 0.7, _OWN_LINE, _OWN_LINE_END, width=12),
        ),
        "中央企业商业秘密保护暂行规定 (SASAC, 2010), art. 13: 核心商密▲ and 普通商密▲ with their term",
    ),
    _marking(
        "WORK_SECRET_MARK",
        "trade_secret",
        (
            Shape(
                "(?:商业秘密|商業秘密|公司(?:机密|機密|秘密)|企业(?:机密|秘密)|企業(?:機密|秘密)|商业机密|商業機密|内部机密|內部機密)"
                f"{_PAUSE}{_KEPT}",
                0.85,
                0.85,
                "",
                "",
            ),
        ),
        "customary notices on companies' papers",
    ),
    _marking(
        "WORK_SECRET_MARK",
        "work_secret",
        (
            Shape(f"工作秘密{_GAP}(?:★|☆|▲|△|●){_GAP}(?:{_TERM})?", 0.95, 0.95, "", ""),
            Shape("工作秘密", 0.85, 0.85, f"(?:{_NAMED})", _FIELD_END, width=12),
            Shape("工作秘密", 0.8, 0.8, _BRACKETED, r"(?=\]|\)|】|）|》|」)", width=12),
            Shape("工作秘密", 0.7, 0.7, _OWN_LINE, _OWN_LINE_END, width=12),
            Shape(
                f"(?:内部|內部)(?:资料|資料|文件|材料|文档|文檔|使用|刊物|信息|資訊){_PAUSE}{_KEPT}",
                0.85,
                0.85,
                "",
                "",
            ),
            Shape(
                f"(?:仅限|僅限|仅供|僅供)(?:内部|內部)(?:使用|传阅|傳閱|参考|參考|交流){_PAUSE}{_KEPT}",
                0.8,
                0.8,
                "",
                "",
            ),
        ),
        "公务员法 and 机关单位工作秘密管理 rules (工作秘密); customary notices on internal papers",
    ),
    _marking(
        "WORK_SECRET_MARK",
        "trade_secret",
        (
            Shape(
                "(?:商业秘密|商業秘密|核心商密|普通商密|商业机密|商業機密)",
                0,
                0.8,
                r"(?<![\x80-\xff])",
                _FIELD_END,
                width=12,
            ),
        ),
        "中央企业商业秘密保护暂行规定 (SASAC, 2010), as a field of a record",
        labels="grade",
    ),
    _marking(
        "WORK_SECRET_MARK",
        "work_secret",
        (Shape("(?:工作秘密|内部资料|內部資料)", 0, 0.8, r"(?<![\x80-\xff])", _FIELD_END, width=12),),
        "公务员法, as a field of a record",
        labels="grade",
    ),
    _marking(
        "HK_GOV_MARK",
        "",
        (
            # A mark with its Chinese name or its qualifier, by itself in a line.
            Shape(_HK_BOTH, 0.9, 0.9, _LINE_START, _LINE_END, width=96),
            Shape(_HK_QUALIFIED, 0.85, 0.85, _LINE_START, _LINE_END, width=48),
            # The bare English word only as the first or the last line of a text or a page.
            Shape(rf"(?:^|[\"\x0c>])[ \t\r\n]{{0,16}}({_HK_BARE})[ \t]{{0,16}}\r?\n", 0.6, 0.6, "", "", width=64),
            Shape(rf"\n[ \t]{{0,16}}({_HK_BARE})[ \t\r\n]{{0,16}}(?:[\"\x0c<]|$)", 0.6, 0.6, "", "", width=64),
            Shape(
                "(?:绝对机密|絕對機密|高度機密|高度机密|限閱文件|限阅文件)",
                0.75,
                0.75,
                _LINE_START,
                _LINE_END,
                width=12,
            ),
        ),
        "HKSAR Security Regulations (grades of classified documents); names of grades as government forms print them",
    ),
    _marking(
        "HK_GOV_MARK",
        "",
        (
            Shape(
                f"(?:{_HK_BARE}|{_HK_QUALIFIED}|{_HK_BOTH})",
                0,
                0.8,
                "(?<![0-9A-Za-z_ ])",
                r"(?=[\s]*(?:[\"'<,;|\r\n]|$))",
                width=96,
            ),
        ),
        "HKSAR Security Regulations, as a field of a record",
        labels="hk_grade",
    ),
    *(each for grade in _GRADES for each in _graded(*grade)),
    _marking(
        "DATA_GRADE_LABEL",
        "msip",
        (
            Shape(
                r"MSIP_Label_[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?:_(?:Name|Enabled|SiteId|SetDate|Method|ActionId|ContentBits|Tag))?",
                0.9,
                0.9,
                "",
                "",
                width=80,
            ),
        ),
        "Microsoft Information Protection SDK: label metadata in documents and mail (MSIP_Labels)",
    ),
)
