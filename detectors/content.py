"""Content that its own form gives away: templates of bodies, genomes, control data, maps. Suspected, not proved."""

from __future__ import annotations

from collections.abc import Callable

from detectors import checks_content as checks
from detectors.api import EntityClass, PatternDetector, Shape


def _content(
    entity: str,
    kind: EntityClass,
    detail: str,
    shapes: tuple[Shape, ...],
    source: str,
    *,
    labels: str = "",
    check: Callable[[bytes], bool] = checks.stated,
) -> PatternDetector:
    return PatternDetector(entity, kind, shapes, source, labels, check, b"", detail)


def _sign(
    core: str, score: float, *, width: int = 64, trigger: str | None = None, after: str = "", lead: int = 0
) -> Shape:
    """A form that is its own proof. Forms of whole files are anchored at the start by `^`."""
    return Shape(core, score, score, "", after, trigger, width, lead)


def _rows(row: str, score: float, size: int) -> Shape:
    """Rows of a table, up to a thousand as one value: a genome has a row for each of a million places. `size` is the
    longest row's, in bytes."""
    return _sign(rf"{row}(?:\"?\r?\n\"?{row}){{0,999}}", score, width=1000 * size, trigger=row, lead=size)


_FLOAT = r"-?[0-9]{1,3}[.][0-9]{2,20}(?:[eE][-+]?[0-9]{1,3})?"
_VECTOR = rf"{_FLOAT}(?:[,; \t\r\n]{{1,40}}{_FLOAT}){{63,2047}}"

# ISO/IEC 19794-2, -4, -5 and -6: format identifier and version, each ending in a NUL.
_RECORD = r"(?:FMR|FIR|FAC|IIR)\x00(?:[ 0][1-4]0|0[1-4]0|01[0-9]|02[0-9])\x00"
_RECORD_TEXT = r"(?:Rk1S|RklS|RkFD|SUlS)A(?:CAyMA|DAxMA|DAyMA|DAzMA|CAxMA)A[0-9A-Za-z+/]{24,}={0,2}"

BIOMETRIC: tuple[PatternDetector, ...] = (
    _content(
        "BIOMETRIC_TEMPLATE",
        EntityClass.BIOMETRIC,
        "vector",
        (
            Shape(
                _VECTOR,
                0,
                0.85,
                r"(?<=[\[\"'=:, \t\r\n>])",
                r"(?![0-9])",
                trigger=rf"[\[\"'=>][ \t\r\n]{{0,24}}{_FLOAT}[,; \t\r\n]{{1,40}}-?[0-9]",
                width=40_000,
                lead=120,
            ),
            Shape(
                r"\b[0-9A-Za-z+/_-]{160,16384}={0,2}",
                0,
                0.75,
                trigger=r"\b[0-9A-Za-z+/_-]{160}",
                width=16_400,
                lead=160,
            ),
        ),
        "GB/T 45574-2025 Annex A; GB/T 40660-2021 (templates are biometric information)",
        labels="biometric",
        check=checks.template,
    ),
    _content(
        "BIOMETRIC_TEMPLATE",
        EntityClass.BIOMETRIC,
        "iso19794",
        (
            _sign(rf"^{_RECORD}", 0.95),
            _sign(_RECORD_TEXT, 0.9, trigger=_RECORD_TEXT[:-19] + "[0-9A-Za-z+/]{24}", width=120),
        ),
        "ISO/IEC 19794-2, 19794-4, 19794-5, 19794-6: general header",
    ),
)

_HUMAN = r"(?:chr)?(?:[1-9]|1[0-9]|2[0-2]|X|Y|MT?)"
_SAID_HUMAN = r"(?:Homo sapiens|[Hh]uman|GRCh3[78]|hg(?:19|38)|chr(?:[1-9XY]|1[0-9]|2[0-2])\b|人类|人類)"
_NEXT = r"\"?[,\t; ]{1,3}\"?"
_BASES = r"[ACGTNacgtn]"
_READ = rf"@[!-~]{{3,120}}(?: [!-~ ]{{0,120}})?\r?\n{_BASES}{{20,400}}\r?\n\+[^\r\n]{{0,160}}\r?\n[!-~]{{20,400}}"

GENOMIC: tuple[PatternDetector, ...] = (
    _content(
        "GENOMIC_DATA",
        EntityClass.GENOMIC,
        "vcf",
        (
            _sign(r"##fileformat=VCFv4[.][0-9]", 0.8),
            _sign(r"#CHROM[ \t]{1,8}POS[ \t]{1,8}ID[ \t]{1,8}REF[ \t]{1,8}ALT\b", 0.85),
        ),
        "Variant Call Format 4.x (samtools/hts-specs)",
    ),
    _content(
        "GENOMIC_DATA",
        EntityClass.GENOMIC,
        "sam",
        (
            _sign(r"@HD[ \t]VN:1[.][0-9][^\r\n]{0,60}", 0.85, trigger=r"@HD[ \t]VN:1[.][0-9]", width=80),
            _rows(rf"@SQ[ \t]SN:{_HUMAN}[ \t]LN:[0-9]{{5,9}}(?:\t[!-~]{{1,60}}){{0,4}}", 0.9, 300),
        ),
        "Sequence Alignment/Map format (samtools/hts-specs), human contigs",
    ),
    _content(
        "GENOMIC_DATA",
        EntityClass.GENOMIC,
        "bam",
        (
            # The extra field of BGZF; BAM, BCF and tabix-indexed VCF are all written in it.
            _sign(r"^\x1f\x8b\x08\x04[\x00-\xff]{6}\x06\x00BC\x02\x00", 0.9),
            _sign(r"^(?:BAM\x01|BCF\x02[\x01\x02]|CRAM[\x01-\x04][\x00-\x09])", 0.9),
            _sign(r"^\x6c\x1b\x01", 0.8),  # PLINK
        ),
        "samtools/hts-specs: BGZF, BAM, BCF2, CRAM; PLINK 1.9 .bed",
    ),
    _content(
        "GENOMIC_DATA",
        EntityClass.GENOMIC,
        "fastq",
        (
            _sign(
                rf"{_READ}(?:\r?\n{_READ}){{0,499}}",
                0.85,
                width=400_000,
                trigger=rf"\n{_BASES}{{20,400}}\r?\n\+[^\r\n]{{0,160}}\r?\n[!-~]{{20}}",
                lead=960,
            ),
        ),
        "FASTQ (Cock et al., Nucleic Acids Research 38, 2010)",
    ),
    _content(
        "GENOMIC_DATA",
        EntityClass.GENOMIC,
        "fasta",
        (
            _sign(
                rf">[^\r\n]{{0,160}}{_SAID_HUMAN}[^\r\n]{{0,160}}\r?\n{_BASES}{{30}}",
                0.8,
                width=420,
            ),
        ),
        "FASTA, described as human",
    ),
    _content(
        "GENOMIC_DATA",
        EntityClass.GENOMIC,
        "genotypes",
        (
            # rsid, chromosome, position, genotype: what consumer tests hand out, and the columns of such tables.
            _rows(
                rf"\brs[0-9]{{3,10}}{_NEXT}{_HUMAN}{_NEXT}[0-9]{{3,9}}{_NEXT}"
                r"(?:[ACGTDI]{1,2}|[ACGT][/|][ACGT]|--|[ACGT][,\t ][ACGT])\b",
                0.85,
                96,
            ),
            _sign(r"\brs[0-9]{4,10}\"?[:,\t =]{1,3}\"?\(?[ACGT][/|;]?[ACGT]\)?", 0.7, width=40, after="(?![A-Za-z])"),
        ),
        "dbSNP reference identifiers with genotypes; 23andMe, AncestryDNA and WeGene raw data",
    ),
    _content(
        "GENOMIC_DATA",
        EntityClass.GENOMIC,
        "genotypes",
        (Shape(r"\brs[0-9]{3,10}\b", 0, 0.7),),
        "dbSNP reference identifiers",
        labels="genotype",
    ),
)

_POINT = r"(?:测点|測點|点位|點位|位号|位號|点号|點號|点名称|信号名称|tag ?name|point ?name|TagName|tag_name)"
_RANGE = (
    r"(?:量程|工程量|工程单位|仪表量程|寄存器(?:地址)?|功能码|modbus|range|register|eng(?:ineering)? ?units?|scale)"
)
_LIMIT = (
    r"(?:报警(?:限|上限|下限|值|级别)?|報警(?:限|上限|下限)?|高报|低报|高高限|低低限|联锁值|聯鎖值|定值|数据类型|采集周期"
    r"|alarm|hihi|lolo|\bhh\b|\bll\b|data ?type)"
)
_CELL = r"[^\r\n{}]{0,120}"

INDUSTRIAL: tuple[PatternDetector, ...] = (
    _content(
        "INDUSTRIAL_CONTROL",
        EntityClass.IMPORTANT_DATA,
        "suspected scl",
        (
            _sign(
                r"<(?:[a-z]{1,8}:)?SCL [^>]{0,300}?http://www[.]iec[.]ch/61850/",
                0.9,
                width=340,
                trigger=r"<(?:[a-z]{1,8}:)?SCL [^>]{0,300}http://www[.]iec[.]ch/61850/",
            ),
        ),
        "IEC 61850-6 (System Configuration description Language)",
    ),
    _content(
        "INDUSTRIAL_CONTROL",
        EntityClass.IMPORTANT_DATA,
        "suspected opc ua",
        (
            _sign(
                r"\bopc[.](?:tcp|https|wss)://[0-9A-Za-z_.-]{3,120}(?::[0-9]{2,5})?(?:/[!-~]{0,80})?",
                0.6,
                width=240,
                trigger=r"\bopc[.](?:tcp|https|wss)://[0-9A-Za-z_.-]{3}",
            ),
            _sign(r"<UANodeSet [^>]{0,300}http://opcfoundation[.]org/UA/", 0.7, width=360),
        ),
        "OPC 10000-6 (UA, URL schemes and NodeSet)",
        check=checks.remote,
    ),
    _content(
        "INDUSTRIAL_CONTROL",
        EntityClass.IMPORTANT_DATA,
        "suspected point table",
        (
            _sign(rf"(?i:{_POINT}{_CELL}{_RANGE}{_CELL}{_LIMIT})", 0.75, width=480),
            _sign(rf"(?i:{_POINT}{_CELL}{_LIMIT}{_CELL}{_RANGE})", 0.75, width=480),
        ),
        "GB/T 43697-2024 Annex G (operation of critical infrastructure): headings of point tables",
    ),
    _content(
        "INDUSTRIAL_CONTROL",
        EntityClass.IMPORTANT_DATA,
        "suspected plc project",
        (
            _sign(r"<RSLogix5000Content ", 0.9),
            _sign(r"http://www[.]plcopen[.]org/xml/tc6_[0-9]{4}", 0.8),
            _sign(r"<SW[.]Blocks[.](?:OB|FB|FC|GlobalDB|InstanceDB)\b", 0.85),
            _sign(r"\b(?:ORGANIZATION_BLOCK|FUNCTION_BLOCK|DATA_BLOCK) \"[^\"\r\n]{1,60}\"", 0.7, width=96),
            _sign(
                r"(?i:filename\*?=[^\r\n;]{0,120}?[.](?:z?ap1[2-9]|z?al1[2-9]|acd|l5x|gx[3w]|scd|icd|cid|s7p))\b",
                0.6,
                width=160,
            ),
        ),
        "Siemens TIA Portal Openness, Rockwell L5X, PLCopen TC6, IEC 61131-3; project file names",
    ),
)

GEODATA: tuple[PatternDetector, ...] = (
    _content(
        "GEODATA",
        EntityClass.IMPORTANT_DATA,
        "suspected geotiff",
        (
            # An entry of a TIFF directory: ModelPixelScale, ModelTiepoint or ModelTransformation, their type and count.
            _sign(r"\x0e\x83\x0c\x00\x03\x00\x00\x00", 0.9, width=8),
            _sign(r"\x83\x0e\x00\x0c\x00\x00\x00\x03", 0.9, width=8),
            _sign(r"\xd8\x85\x0c\x00\x10\x00\x00\x00", 0.9, width=8),
            _sign(r"\x85\xd8\x00\x0c\x00\x00\x00\x10", 0.9, width=8),
        ),
        "OGC GeoTIFF 1.1 §7.1, tags 33550, 34264",
    ),
    _content(
        "GEODATA",
        EntityClass.IMPORTANT_DATA,
        "suspected shapefile",
        (_sign(r"^\x00\x00\x27\x0a\x00{20}[\x00-\xff]{4}\xe8\x03\x00\x00", 0.95, width=40),),
        "ESRI Shapefile Technical Description, July 1998",
    ),
    _content(
        "GEODATA",
        EntityClass.IMPORTANT_DATA,
        "suspected point cloud",
        (
            _sign(r"^LASF[\x00-\xff]{20}\x01[\x00-\x04]", 0.95, width=32),
            _sign(
                r"^(?:# ?[.]PCD v|VERSION [.]?0?[.]7\r?\nFIELDS )[^\r\n]{0,60}",
                0.8,
                width=96,
                trigger=r"^(?:# ?[.]PCD v|VERSION [.]?0?[.]7\r?\nFIELDS )",
            ),
        ),
        "ASPRS LAS 1.4; Point Cloud Data format 0.7",
    ),
    _content(
        "GEODATA",
        EntityClass.IMPORTANT_DATA,
        "suspected kml",
        (_sign(r"<kml [^>]{0,200}(?:opengis[.]net/kml|earth[.]google[.]com/kml)", 0.7, width=260),),
        "OGC 12-007r2 (KML 2.3)",
    ),
    _content(
        "GEODATA",
        EntityClass.IMPORTANT_DATA,
        "suspected cgcs2000",
        (
            _sign(r"(?:EPSG\"?(?::{1,2}|/0/|,\"?)(?:449[0-9]|45[0-4][0-9]|455[0-4]))\b", 0.6, width=32),
            _sign(
                r"(?:GEOGCS|PROJCS|GEODCRS|GEOGCRS|PROJCRS|DATUM)\[\"[^\"\r\n]{0,60}"
                r"(?:CGCS_?2000|China_2000|China Geodetic Coordinate System 2000|Beijing_?1954|Xian_?1980)",
                0.75,
                width=140,
            ),
        ),
        "EPSG registry: CGCS2000 (4490) and its Gauss-Krüger zones (4491-4554); OGC 12-063r5",
    ),
)

CONTENT: tuple[PatternDetector, ...] = (*BIOMETRIC, *GENOMIC, *INDUSTRIAL, *GEODATA)
