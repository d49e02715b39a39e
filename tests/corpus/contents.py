"""Documents that hold an entity as a whole: clinical, genetic, biometric, industrial and geographic content, markings,
and secrets put together here so that the repository holds none."""

from __future__ import annotations

import base64
import json
import random
import struct
from collections.abc import Callable, Iterator

from tests.corpus.build import Document, Labelled
from tests.corpus.tables import table
from tests.corpus.values import Value, digits, pick

Make = Callable[[random.Random], tuple[str, str | bytes]]
_TEXT = "text/plain; charset=utf-8"


_T = table("tables")["contents"]


def _some(rng: random.Random, alphabet: str, size: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(size))


_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def clinical_note(rng):
    return _TEXT, rng.choice(_T["clinical"])


def hl7(rng):
    day = f"2025{rng.randrange(1, 13):02}{rng.randrange(1, 28):02}1030"
    segments = (
        f"MSH|^~\\&|HIS|HOSP|LIS|LAB|{day}||ADT^A01|MSG{digits(rng, 5)}|P|2.4",
        f"PID|1||{digits(rng, 8)}^^^HOSP||CHAN^TAI MAN||19700101|M",
        "DG1|1||I10^Essential hypertension^I10",
    )
    return "x-application/hl7-v2+er7", "".join(f"{segment}\r" for segment in segments)


def fhir(rng):
    kind = pick(rng, "Patient", "Condition", "Observation")
    resource = {"resourceType": kind, "id": digits(rng, 8), "subject": {"reference": f"Patient/{digits(rng, 6)}"}}
    resource["code"] = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11.9"}]}
    return "application/fhir+json", json.dumps(resource)


def dicom(_rng):
    """The preamble, a group length, then patient's name and number (PS3.10 §7.1, explicit little endian)."""
    meta = b"\x02\x00\x00\x00UL\x04\x00\xc0\x00\x00\x00"
    patient = b"\x10\x00\x10\x00PN\x0c\x00CHAN^TAI MAN\x10\x00\x20\x00LO\x08\x0000123456"
    return "application/dicom", b"\0" * 128 + b"DICM" + meta + patient


def vcf(rng):
    samples = [f"S{digits(rng, 4)}" for _ in range(rng.randrange(1, 6))]
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    head = "##fileformat=VCFv4.2\n##reference=GRCh38\n##contig=<ID=chr1,length=248956422>\n"
    calls = "\tA\tG\t60\tPASS\t.\tGT" + "\t0/1" * len(samples) + "\n"
    rows = "".join(f"chr1\t{rng.randrange(10**4, 10**8)}\trs{digits(rng, 7)}{calls}" for _ in range(5))
    return _TEXT, head + "\t".join(columns) + "\n" + rows


def sam(rng):
    head = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:248956422\n@RG\tID:1\tSM:NA12878\n"
    places = [f"chr{rng.randrange(1, 22)}\t{rng.randrange(10**5, 10**7)}" for _ in range(4)]
    reads = [f"r1\t0\t{place}\t60\t50M\t*\t0\t0\t{_some(rng, 'ACGT', 50)}\t{'F' * 50}\n" for place in places]
    return _TEXT, head + "".join(reads)


def consumer_genotypes(rng):
    rows = "".join(
        f"rs{digits(rng, 7)}\t{rng.randrange(1, 23)}\t{rng.randrange(10**5, 10**8)}\t{_some(rng, 'ACGT', 2)}\n"
        for _ in range(20)
    )
    return _TEXT, "# rsid\tchromosome\tposition\tgenotype\n" + rows


def fastq(rng):
    reads = "".join(f"@SEQ:{n}:FC:{n}\n{_some(rng, 'ACGT', 60)}\n+\n{'I' * 60}\n" for n in range(8))
    return _TEXT, reads


def face_embedding(rng):
    feature = [round(rng.uniform(-1, 1), 6) for _ in range(rng.choice((128, 512)))]
    name = pick(rng, "face_feature", "faceEmbedding", "face_vector")
    return "application/json", json.dumps({"userId": digits(rng, 6), name: feature})


def finger_template(rng):
    return "application/octet-stream", b"FMR\0 20\0" + struct.pack(">I", 200) + rng.randbytes(188)


def substation(_rng):
    start = '<?xml version="1.0"?>\n<SCL xmlns="http://www.iec.ch/61850/2003/SCL" version="2007"><Header id="S1"/>'
    device = '<IED name="P1_CTL"><AccessPoint name="AP1"><Server/></AccessPoint></IED></SCL>'
    return "application/xml", start + device


def point_table(rng):
    rows = [f"AI{n:03},主变{n}号油温,{rng.randrange(40001, 49999)},0-150,℃,{rng.randrange(80, 95)}\n" for n in range(8)]
    return "text/csv", "测点编号,测点名称,寄存器地址,量程,单位,报警限\n" + "".join(rows)


def opc_ua(_rng):
    return "application/json", json.dumps(
        {"endpoint": "opc.tcp://10.1.2.3:4840/plant1", "nodes": ["ns=2;s=Boiler1.Pressure", "ns=2;s=Boiler1.Temp"]}
    )


def survey_geojson(rng):
    points = [[round(rng.uniform(113.8, 114.4), 7), round(rng.uniform(22.4, 22.8), 7)] for _ in range(30)]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    line = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": points}}
    return "application/geo+json", json.dumps({"type": "FeatureCollection", "crs": crs, "features": [line]})


def shapefile(rng):
    return "application/octet-stream", b"\0\0\x27\x0a" + b"\0" * 20 + struct.pack(">I", 200) + struct.pack(
        "<II", 1000, 5
    ) + rng.randbytes(360)


def point_cloud(rng):
    return "application/octet-stream", b"LASF" + b"\0" * 20 + b"\x01\x02" + rng.randbytes(300)


def _pem(rng, label):
    lines = "\n".join(base64.b64encode(rng.randbytes(48)).decode() for _ in range(6))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----"


def private_key(rng):
    return _TEXT, "config:\n" + _pem(
        rng, pick(rng, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY")
    ) + "\n"


def cloud_key(rng):
    made = (
        "LT" + "AI" + "5t" + _some(rng, _ALNUM, 18),
        "AK" + "ID" + _some(rng, _ALNUM, 32),
        "AK" + "IA" + _some(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    )
    return _TEXT, f"{pick(rng, 'accessKeyId', 'SecretId', 'access_key_id')}={rng.choice(made)}\n"


def web_token(rng):
    parts = [{"alg": "RS256", "typ": "JWT"}, {"sub": digits(rng, 6), "name": "x", "exp": 1768444200}]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return "application/json", json.dumps({"token": ".".join([*coded, _some(rng, _ALNUM, 43)])})


def state_secret(rng):
    star = pick(rng, "★", "★", "☆", " ★ ")
    mark = f"{rng.choice(_T['secret_levels'])}{star}{rng.choice(_T['secret_terms'])}"
    return _TEXT, f"{mark}\n\n关于报送有关情况的报告\n\n各有关单位：\n现将情况报告如下。\n"


def work_secret(rng):
    return _TEXT, f"{rng.choice(_T['work_secret'])}\n\n二〇二五年度经营分析\n\n一、总体情况\n"


def hk_government(rng):
    return _TEXT, f"{rng.choice(_T['hk_government'])}\n\nMemorandum\n\nFrom: Director\nTo: Permanent Secretary\n"


def grade_label(rng):
    return _TEXT, rng.choice(_T["grades"]) + "\n"


CONTENTS: dict[str, tuple[Make, ...]] = {
    "HEALTH_RECORD": (clinical_note, hl7, fhir, dicom),
    "GENOMIC_DATA": (vcf, sam, consumer_genotypes, fastq),
    "BIOMETRIC_TEMPLATE": (face_embedding, finger_template),
    "INDUSTRIAL_CONTROL": (substation, point_table, opc_ua),
    "GEODATA": (survey_geojson, shapefile, point_cloud),
    "CREDENTIAL": (private_key, cloud_key, web_token),
    "STATE_SECRET_MARK": (state_secret,),
    "WORK_SECRET_MARK": (work_secret,),
    "HK_GOV_MARK": (hk_government,),
    "DATA_GRADE_LABEL": (grade_label,),
}


BESIDE = {  # what else such a document holds
    "survey_geojson": ("GEO_COORDINATE",),
    "hl7": ("PERSON", "DATE_OF_BIRTH", "MEDICAL_RECORD_NO"),
    "dicom": ("PERSON", "MEDICAL_RECORD_NO"),
    "opc_ua": ("IP_ADDRESS",),
}


def contents(rng: random.Random, entities: list[str], each: int = 6) -> Iterator[Document]:
    """Documents of every kind, some of each."""
    for entity in entities:
        for make in CONTENTS.get(entity, ()):
            for _ in range(each):
                content_type, body = make(rng)
                raw = body if isinstance(body, bytes) else body.encode()
                label = Labelled(Value(entity, "", either=BESIDE.get(make.__name__, ())), "", make.__name__)
                yield Document(make.__name__, "", content_type, raw, (label,))
