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
)
