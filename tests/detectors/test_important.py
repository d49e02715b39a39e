import pytest

from detectors import cellset, fingerprint
from detectors.api import Allowance, Band, EntityClass, Field, Hit, PatternDetector
from detectors.conditions import Box, Exact, Files, Labels, Precision, Terms, Volume, records
from detectors.important import ENTITIES, Catalogue, Entry, Status
from detectors.scan import Scanner
from tests.detectors.texts import GRID, GRID_ELSEWHERE, NOTICE, PLANT

KEY = bytes(range(32))
PHONE = PatternDetector("CN_MOBILE", EntityClass.CONTACT, (), "test")


def entry(*conditions, status=Status.LISTED, id_="ENERGY-0007"):
    return Entry(id_, status, (conditions,), "Energy Bureau, Guangdong, 2026-01-01")


def find(catalogue, text, hits=(), fields=None):
    """(detail, what was found, band) by place. `fields` are values that stand apart in the text."""
    raw = text.encode()
    bounds = [(raw.index(value.encode()), raw.index(value.encode()) + len(value.encode())) for value in fields or ()]

    def locate(starts):
        inside = (next((each for each in bounds if each[0] <= start < each[1]), (0, len(raw))) for start in starts)
        return [Field(b"", *each) for each in inside]

    found = catalogue.find(raw, hits, locate, b"", Allowance(0))
    assert all(hit.detector.entity == "IMPORTANT_DATA" and not hit.detector.shapes for hit in found)
    return [(hit.detector.detail, raw[hit.start : hit.end].decode(), Band.of(hit.score).value) for hit in found]


def words(*conditions, text, **rest):
    return [found for _, found, _ in find(Catalogue([entry(*conditions)], KEY), text, **rest)]


def test_listed_is_high_and_suspected_medium_and_both_name_the_entry():
    catalogue = Catalogue(
        [entry(Labels(("GD-GRID",))), entry(Labels(("GD-GRID",)), status=Status.SUSPECTED, id_="E-2")]
    )
    assert find(catalogue, "GD-GRID") == [
        ("ENERGY-0007 listed", "GD-GRID", "high"),
        ("E-2 suspected", "GD-GRID", "medium"),
    ]
    assert ENTITIES == {"IMPORTANT_DATA": EntityClass.IMPORTANT_DATA}
    assert catalogue.detectors[0].source == "Energy Bureau, Guangdong, 2026-01-01"


@pytest.mark.parametrize(("text", "found"), [
    ("数据集：GD-GRID-2026", ["GD-GRID-2026"]),
    ("# GD-GRID-2026\n\nand then a text", ["GD-GRID-2026"]),
    ("南江公司  配 网 拓扑\n台账  第 3 页", ["配 网 拓扑\n台账"]),
    ("gd_grid_2026.csv", ["gd_grid_2026"]),
    ("【配网拓扑台账】以下内容由调度中心在每个季度的第一个工作日更新，之后发给各运行单位核对签收。", ["配网拓扑台账"]),
    ("Dataset: GD GRID 2026; made by the bureau in the spring and sent to all of its districts", ["GD GRID 2026"]),
    ("我们在昨天的会上讨论了是否要把配网拓扑台账交给调度中心统一保管的问题，大家意见不一，没有形成结论。", []),
    ("We heard that the dataset GD-GRID-2026 was published by the bureau in the spring of this year", []),
    ("XGD-GRID-20261", []),
    ("GD-GRID", []),
])  # fmt: skip
def test_a_label_counts_where_it_stands_out(text, found):
    assert words(Labels(("GD-GRID-2026", "配网拓扑台账")), text=text) == found


def test_a_label_in_a_field_of_its_own_stands_out_however_long_the_text_around_it():
    text = "x" * 200 + " GD-GRID " + "y" * 200
    assert words(Labels(("GD-GRID",)), text=text) == []
    assert words(Labels(("GD-GRID",)), text=text, fields=["GD-GRID"]) == ["GD-GRID"]


@pytest.mark.parametrize(("text", "found"), [
    ("the SCADA of a substation and its relay-setting; again scada", 4),
    ("变 电\n站 SCADA relay_setting", 3),
    ("scada scada scada relay setting", 0),
    ("scadas and relays in 变电", 0),
    ("relaysetting ScadaHost 变电站", 0),
])  # fmt: skip
def test_terms_count_once_each_towards_the_number_asked(text, found):
    asked = Terms(("SCADA", "substation", "变电站", "relay setting"), 3)
    assert len(words(asked, text=text)) == found


def mobiles(text, values):
    return [Hit(PHONE, text.index(value), text.index(value) + 11, score, value.encode()) for value, score in values]


def test_a_volume_counts_different_values_of_band_medium_and_above():
    text = "13800138000 13800138001 13800138002"
    enough = [(value, 0.6) for value in text.split()]
    assert words(Volume(3, "CN_MOBILE"), text=text, hits=mobiles(text, enough)) == text.split()
    assert words(Volume(3, "CN_MOBILE"), text=text, hits=mobiles(text, [*enough[:2], enough[0]])) == []
    assert words(Volume(3, "CN_MOBILE"), text=text, hits=mobiles(text, [*enough[:2], (enough[2][0], 0.3)])) == []
    assert words(Volume(1, "HK_PHONE"), text=text, hits=mobiles(text, enough)) == []
    assert Catalogue([entry(Volume(3, "CN_MOBILE"), Volume(9))]).wants == {"CN_MOBILE"}


@pytest.mark.parametrize(("text", "count"), [
    ("a,b\n1,2\n\n3,4\n", 3),
    ('[{"a":1}, {"a":2},{"a":\n3}]', 3),
    ('{"a":1}\n{"a":2}\n', 2),
    ("INSERT INTO t VALUES (1,2), (3,4),(5,6);", 3),
    ("<r><p>1</p><p>2</p>\n<p x='1'>3</p></r>", 3),
    ('{\n "a": 1,\n "b": 2\n}', 1),
    (" \n", 0),
])  # fmt: skip
def test_records_are_lines_or_objects_or_rows_or_elements(text, count):
    assert records(text.encode()) == count
    assert bool(words(Volume(count or 1), text=text)) == (count > 0)
    assert not words(Volume(count + 1), text=text)


POINTS = ["113.264435,23.129163", "[114.169361, 22.319304]", '{"lat": 22.543096, "lng": 114.057865}']


@pytest.mark.parametrize(("text", "found"), [
    ("\n".join(POINTS), 6),
    ("\n".join(POINTS[:2]), 0),
    ("\n".join([POINTS[0]] * 5), 0),
    ("\n".join(POINTS).replace("113.264435", "113.2644"), 0),
    ("-0.113264,0.231291 0.114169,0.223193 0.225430,0.114057", 0),
    ("12.345678 is a price, and a long way behind it another one is 23.456789", 0),
])  # fmt: skip
def test_precision_counts_positions_with_enough_decimals(text, found):
    assert len(words(Precision(5, 3), text=text)) == found


def test_positions_are_looked_for_in_the_box_asked():
    text = "2.352222 48.856613"
    assert not words(Precision(6, 1), text=text)
    assert words(Precision(6, 1, Box(-5, 41, 10, 52)), text=text) == text.split()


def files(*texts, **asked):
    return Files(fingerprint.load(KEY, fingerprint.build(KEY, [text.encode() for text in texts])[0]), **asked)


def test_a_passage_of_a_document_is_found_where_it_stands():
    passage = GRID[200:420]
    (found,) = words(files(GRID, PLANT), text=f"{NOTICE}\n{passage}\n{GRID_ELSEWHERE}" * 1)
    assert found in passage
    assert len(found) > 0.8 * len(passage)


def test_how_much_of_a_document_it_takes_can_be_said():
    excerpt = NOTICE + GRID[200:290]
    assert not words(files(GRID), text=excerpt)
    assert words(files(GRID, passage=40), text=excerpt)
    assert words(files(GRID, contained=0.1), text=excerpt)
    assert words(files(GRID[180:300]), text=excerpt), "most of a short document"
    assert words(files(GRID), text=GRID[200:290]), "all of a short text"


def test_a_passage_over_many_fields_is_found_field_by_field():
    parts = [part for part in GRID.split("\n") if len(part) > 30]
    text = '{"a":"' + '","a":"'.join(parts) + '"}'
    found = words(files(GRID), text=text, fields=parts)
    assert 5 <= len(found) <= len(parts)
    assert all(any(piece in part for part in parts) for piece in found)


def test_documents_of_two_entries_are_told_apart():
    catalogue = Catalogue([entry(files(GRID), id_="A"), entry(files(PLANT), id_="B")], KEY)
    assert {detail for detail, _, _ in find(catalogue, PLANT)} == {"B listed"}
    assert {detail for detail, _, _ in find(catalogue, GRID + PLANT)} == {"A listed", "B listed"}


def table(**asked):
    rows = [("欧阳小满", "13800138000"), ("王伟", "13700137000"), ("古丽娜", "13900139000")]
    return Exact(cellset.load(KEY, cellset.build(KEY, rows, 2)[0]), **asked)


def test_rows_of_a_table_are_values_of_their_own():
    catalogue = Catalogue([entry(table())], KEY)
    raw = "王伟 13700137000\n古丽娜 13900139000".encode()
    found = catalogue.find(raw, (), lambda starts: [Field(b"", 0, len(raw))] * len(starts), b"", Allowance(0))
    assert sorted(hit.value for hit in found) == [b"ENERGY-0007#1"] * 2 + [b"ENERGY-0007#2"] * 2
    assert not words(table(rows=3), text=raw.decode())


def test_all_conditions_of_a_matcher_must_hold_and_any_matcher_is_enough():
    both = (Terms(("drawing",)), files(GRID))
    assert not words(*both, text="drawing")
    assert not words(*both, text=GRID)
    assert words(*both, text=GRID + "\ndrawing")
    either = Catalogue([Entry("E", Status.LISTED, ((Terms(("drawing",)),), (files(GRID),)), "x")], KEY)
    assert find(either, "drawing")
    assert find(either, GRID)


def test_overlapping_stretches_of_an_entry_are_one():
    found = words(Terms(("relay setting", "setting"), 2), text="a relay setting")
    assert found == ["relay setting"]


def test_an_empty_catalogue_finds_nothing():
    assert find(Catalogue([]), GRID) == []


def test_a_scanner_runs_it_behind_the_patterns_and_a_hit_says_nothing_of_the_text():
    scanner = Scanner((), [Catalogue([entry(files(GRID))], KEY)])
    raw = GRID.encode()
    (hit,) = scanner.scan(raw, lambda starts: [Field(b"", 0, len(raw))] * len(starts), b"", Allowance(0))
    assert hit.value == b"ENERGY-0007"
    assert "整定" not in repr(hit)
