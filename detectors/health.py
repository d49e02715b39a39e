"""Records of health and treatment. A word for an illness alone is nobody's record: two signs must come together."""

from __future__ import annotations

from collections.abc import Callable

from detectors import checks_content as checks
from detectors import data
from detectors.api import EntityClass, PatternDetector, Shape

_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.-])"
_AFTER = r"(?![0-9A-Za-z_])(?![.-][0-9])"
_HAN = r"(?:[\xe4-\xe9][\x80-\xbf]{2})"
_MARK = r"""(?:[ ]?(?:["'\]]{0,2}[ ]?(?::|：|=|>)|】|\]|\)|）)[ ]?["'\[]{0,2})"""

_WORDS = data.health_words()


def _one_of(han: list[str], english: list[str]) -> str:
    longest_first = sorted(han, key=len, reverse=True)
    return f"(?:{'|'.join(longest_first)}|(?i:{'|'.join(english)}))"


_RECORD_NUMBER = (
    r"\b(?:[A-Za-z]{0,4}-?[0-9]{5,14}(?:-[0-9]{1,6})?|[A-Za-z]{1,4}-?[0-9]{2,8}(?:-[0-9]{2,8}){1,2}"
    r"|[0-9]{1,6}[A-Za-z]{1,3}[0-9]{3,10})\b"
)
_HEADINGS, _ILLNESSES, _DRUGS = _WORDS["headings"], _WORDS["illnesses"], _WORDS["drugs"]
_STRONG = _one_of(_HEADINGS["strong"], _HEADINGS["strong_en"])
_WEAK = _one_of(_HEADINGS["weak"], _HEADINGS["weak_en"])
_ILLNESS = f"(?:{'|'.join(_ILLNESSES['han'])})"
_ILLNESS_EN = f"(?i:{'|'.join(_ILLNESSES['english'])})"
_DRUG = (
    rf"(?:(?:{'|'.join(_DRUGS['han'])})[^\r\n;]{{0,12}}?[0-9.]{{1,6}} ?(?:mg|ml|g|片|粒|支|iu|单位|單位)"
    rf"|(?i:{'|'.join(_DRUGS['english'])}) ?[0-9.]{{1,6}} ?(?i:mg|mcg|g|ml|units?))"
)

_ICD = r"(?:[A-Za-z][0-9]{2}[.](?:[0-9]{1,4}(?:[xX][0-9]{3})?|[xX][0-9]{2,3})(?:\+[0-9]{1,3})?|[A-Z][0-9]{2})[*+]?"
_ICD_FINE = r"[A-Z][0-9]{2}[.](?:[0-9]{1,3}(?:[xX][0-9]{3})?|[xX][0-9]{2,3})"
_CDA = r"<ClinicalDocument [^>]{0,200}"
_FHIR = (
    r"(?:Patient|Observation|Condition|DiagnosticReport|MedicationRequest|MedicationStatement|MedicationAdministration|MedicationDispense|Encounter"
    r"|AllergyIntolerance|Procedure|Immunization|CarePlan|ImagingStudy|ServiceRequest|FamilyMemberHistory|ClinicalImpression|EpisodeOfCare)"
)


def _health(
    entity: str,
    labels: str,
    shapes: tuple[Shape, ...],
    source: str,
    check: Callable[[bytes], bool] | None = None,
    *,
    detail: str = "",
    strip: bytes = b"",
) -> PatternDetector:
    return PatternDetector(entity, EntityClass.HEALTH, shapes, source, labels, check, strip, detail)


_RECORDS = "病历书写基本规范 (Ministry of Health, 2010); GB/T 45574-2025 Annex A (medical health information)"
_WHO = "WHO ICD-10; GB/T 14396-2016 and the NHC's clinical version 2.0 (x extensions); chapters in data/icd10.txt"
_IN_FIELD = r"[^\r\n\t\"<>{}]"
# A Han phrase begins where no Han character stands before it.
_PHRASE = (
    r"(?:(?<![\x80-\xff])|(?<=，)|(?<=、)|(?<=：)|(?<=（)|(?<=；)|(?<=为)|(?<=為)|(?<=是)|(?<=患)|(?<=有)|(?<![0-9])(?=[0-9]))"
    "(?!诊断|診斷|确诊|確診|患者|患有|罹患|病人|主诉|主訴|初步|既往|疾病)"
)
_ILL = rf"(?:[0-9IV]{{1,3}}|Ⅰ|Ⅱ|Ⅲ)?{_HAN}{{0,12}}?{_ILLNESS}"
_ANY = f"(?:{_STRONG}|{_WEAK})"
_FOLLOWED = rf"(?=[^\x00]{{0,300}}?{_ANY}{_MARK})"
_PATIENT = rf"(?:患者|病人|病員){_IN_FIELD}{{0,40}}?(?:男|女){_IN_FIELD}{{0,12}}?[0-9]{{1,3}}(?:岁|歲)"
_SEEN = r"(?:入院|住院|就诊|就診|主诉|主訴|诊断|診斷|收治|求诊|求診)"

# HL7 segments about a patient. Medium, so that what stands in them is named as well.
_SEGMENT = (
    r"(?:PID\|[0-9]{0,3}\|[^\r\n|]{0,80}\|[^\r\n|]{0,120}\|"
    r"|(?:OBX|DG1|OBR|AL1|RXE)\|[0-9]{1,3}\|[^\r\n|]{0,80}\|[^\r\n|]{1,120}\|)"
)

HEALTH: tuple[PatternDetector, ...] = (
    _health(
        "CN_SOCIAL_SECURITY_CARD",
        "social_security",
        (Shape(r"\b(?:[0-9A-Za-z]{1,3}[0-9]{5,7}-?[0-9A-Za-z]|[0-9]{10,12})\b", 0, 0.75, _BEFORE, _AFTER, width=12),),
        "LD/T 32-2015 (card number, nine characters); cards of cities that number with ten to twelve digits",
        checks.card_number,
        strip=b"-",
    ),
    *(
        _health(
            "MEDICAL_RECORD_NO",
            labels,
            (Shape(_RECORD_NUMBER, 0, score, _BEFORE, _AFTER, width=26, common=True),),
            "病历书写基本规范 (Ministry of Health, 2010); 医保业务编码标准 (NHSA); Hospital Authority: HN number",
            check,
            strip=b"-",
        )
        for labels, score, check in (
            ("medical_record", 0.75, checks.record_number),
            ("medical_case", 0.75, checks.hospital_number),
            ("medical_case", 0.4, checks.record_number),  # raised beside what tells of a patient (detectors.together)
        )
    ),
    _health(
        "HEALTH_RECORD",
        "icd",
        (Shape(rf"\b{_ICD}", 0, 0.75, _BEFORE, _AFTER + "(?![.][xX])", width=16),),
        _WHO,
        checks.icd10,
        detail="icd10",
    ),
    _health(
        "HEALTH_RECORD",
        "icd",
        (
            Shape(
                rf"\b{_ICD_FINE}(?:(?:,|;|/|，|；|、)[ ]?{_ICD_FINE}){{1,20}}\b",
                0.4,
                0.85,
                _BEFORE,
                _AFTER,
                trigger=rf"\b{_ICD_FINE}(?:,|;|/|，|；|、)[ ]?{_ICD_FINE}\b",
                width=240,
                numeric=True,
            ),
            # the code and the name of an illness
            Shape(
                rf"\b{_ICD_FINE}[ \t,:]{{0,3}}{_HAN}{{0,12}}{_ILLNESS}", 0.8, 0.9, _BEFORE, "", width=80, numeric=True
            ),
        ),
        _WHO,
        checks.icd10_list,
        detail="icd10",
    ),
    _health(
        "HEALTH_RECORD",
        "clinical",
        (
            Shape(_ILL, 0, 0.75, _PHRASE, "", trigger=_ILLNESS, width=64),
            Shape(rf"\b{_ILLNESS_EN}\b", 0, 0.75),
            Shape(rf"{_HAN}{{0,8}}?{_DRUG}", 0, 0.75, _PHRASE, "", trigger=_DRUG, width=96),
        ),
        _RECORDS,
        checks.stated,
        detail="clinical",
    ),
    _health(
        "HEALTH_RECORD",
        "",
        (
            Shape(
                rf"{_STRONG}{_MARK}({_IN_FIELD}{{2,200}})",
                0.6,
                0.6,
                "",
                _FOLLOWED,
                trigger=rf"{_STRONG}{_MARK}{_IN_FIELD}{{2}}",
                width=360,
            ),
            Shape(
                rf"{_PATIENT}{_IN_FIELD}{{0,160}}?({_SEEN}{_IN_FIELD}{{0,80}})",
                0.6,
                0.6,
                "",
                "",
                trigger=rf"{_PATIENT}{_IN_FIELD}{{0,160}}{_SEEN}",
                width=420,
            ),
        ),
        _RECORDS,
        checks.stated,
        detail="clinical",
    ),
    _health(
        "HEALTH_RECORD",
        "",
        (
            Shape(r"MSH\|\^~\\{1,2}&#?\|", 0.95, 0.95, "(?<![0-9A-Za-z])", ""),
            Shape(rf"{_SEGMENT}[^\r\n]{{0,600}}", 0.55, 0.55, "(?<![0-9A-Za-z])", "", trigger=_SEGMENT, width=960),
        ),
        "HL7 version 2.x, chapter 2 (MSH), 3 (PID), 6 and 7 (DG1, OBR, OBX)",
        checks.stated,
        detail="hl7v2",
    ),
    _health(
        "HEALTH_RECORD",
        "",
        (
            Shape(rf"\"resourceType\"\s{{0,8}}:\s{{0,8}}\"({_FHIR})\"", 0.9, 0.9, "", "", width=80),
            Shape(rf"<{_FHIR} xmlns=\"http://hl7[.]org/fhir\"", 0.9, 0.9, "", "", width=80),
            Shape(
                r"<ClinicalDocument [^>]{0,200}?urn:hl7-org:v3",
                0.9,
                0.9,
                "",
                "",
                trigger=r"<ClinicalDocument [^>]{0,200}urn:hl7-org:v3",
                width=240,
            ),
        ),
        "HL7 FHIR R4/R5, resource types about patients; HL7 CDA Release 2",
        checks.stated,
        detail="fhir",
    ),
    _health(
        "HEALTH_RECORD",
        "",
        (
            # The preamble is 128 bytes of anything; where text has lost its NULs the mark stands first.
            Shape(r"^[\x00-\xff]{128}(DICM)[\x00-\xff]", 0.95, 0.95, "", "", width=133),
            Shape(r"^DICM(?:UL|OB)", 0.9, 0.9, "", "", width=6),
            Shape(
                r"\"(?:00100010|00100020|00100030|00080060)\"\s{0,8}:\s{0,8}\{\s{0,12}\"vr\"",
                0.9,
                0.9,
                "",
                "",
                width=80,
            ),
            Shape(r"\(0010, ?00[1234]0\)[ ]{1,40}[A-Za-z(]", 0.85, 0.85, "", "", width=64),
        ),
        "DICOM PS3.10 §7.1 (preamble and prefix), PS3.18 Annex F (JSON), PS3.6 (patient tags)",
        checks.stated,
        detail="dicom",
    ),
)
