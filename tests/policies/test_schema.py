import json
import re
from pathlib import Path

import jsonschema
import pytest

from proxy.policy.codes import whole
from proxy.policy.errors import Code
from proxy.policy.mistakes import PAGES
from proxy.policy.model import Document, Rule
from proxy.policy.when import Data, When
from proxy.policy.yamltree import PolicyFile, parse

POLICIES = Path(__file__).parents[2] / "policies"
SCHEMA = json.loads((POLICIES / "schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FENCES = re.findall(r"```yaml\n(.*?)```", (POLICIES / "README.md").read_text("utf-8"), re.DOTALL)
SEEN = {  # mistakes that an editor shows while one types
    Code.EMPTY, Code.UNKNOWN_KEY, Code.MISSING_KEY, Code.WRONG_TYPE, Code.UNKNOWN_VALUE, Code.UNKNOWN_ENTITY,
    Code.OUT_OF_RANGE, Code.EMPTY_LIST, Code.BAD_NAME, Code.BAD_GLOB, Code.BAD_TIME, Code.NEEDS_REGISTERS,
    Code.RESERVED_ID, Code.FIXED_CAUSE, Code.ONE_ACTION,
}  # fmt: skip


def mistakes(text):
    root, _ = parse(PolicyFile("p.yaml", text.encode()))
    return [error.message for error in VALIDATOR.iter_errors(root.plain() if root is not None else None)]


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(POLICIES.glob("[!.]*.yaml")), ids=lambda path: path.name)
def test_shipped_policies_fit_it_and_name_it(path):
    if not path.name.endswith(".test.yaml"):
        text = path.read_text("utf-8")
        assert mistakes(text) == []
        assert text.startswith("# yaml-language-server: $schema=./schema.json\n")


@pytest.mark.parametrize("fence", FENCES, ids=range(len(FENCES)))
def test_examples_fit_it(fence):
    assert mistakes(fence if "apiVersion" in fence else whole(fence.strip())) == []


@pytest.mark.parametrize("code", sorted(code for code, page in PAGES.items() if page.right))
def test_what_is_right_fits_it_and_an_editor_sees_what_it_can(code):
    assert mistakes(whole(PAGES[code].right)) == []
    if code in SEEN:
        assert mistakes(whole(PAGES[code].wrong)) != []


@pytest.mark.parametrize("model", [Document, Rule, When, Data], ids=lambda model: model.__name__)
def test_every_key_is_explained(model):
    properties = SCHEMA["$defs"][model.__name__]["properties"]
    assert [name for name, value in properties.items() if not (value.get("title") and value.get("description"))] == []
