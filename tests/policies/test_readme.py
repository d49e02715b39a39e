import re
from datetime import date
from pathlib import Path

import pytest

from detectors.api import Band
from proxy.cli.equipment import Equipment
from proxy.cli.policy import known_details
from proxy.core.message import Action, Cause, Direction, Kind, Mode, Operator
from proxy.policy.load import PolicyFile, load_policy
from proxy.policy.model import Document, Rule, Uninspected, keys_of
from proxy.policy.names import included
from proxy.policy.reference import reference
from proxy.policy.when import Data, Envelope, When

POLICIES = Path(__file__).parents[2] / "policies"
README = (POLICIES / "README.md").read_text("utf-8")
FENCES = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
WHOLE = next(fence for fence in FENCES if "name: shop" in fence)
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: readme, revision: 1}\nrules:\n"


@pytest.mark.parametrize("fence", FENCES, ids=range(len(FENCES)))
def test_every_example_loads(fence):
    file = PolicyFile(str(POLICIES / "README.md"), (fence if "apiVersion" in fence else HEAD + fence).encode())
    files = [file, *(PolicyFile(path, Path(path).read_bytes()) for path in included(file))]
    policy = load_policy(files, Equipment().entities(), date(2026, 6, 15), details=known_details())
    assert policy.warnings == ()


def test_the_reference_is_that_of_the_model():
    assert README.endswith(f"<!-- written by: egress policy schema --markdown -->\n\n{reference()}")


def test_there_are_examples():
    assert len(FENCES) >= 4


@pytest.mark.parametrize("model", [Rule, When, Envelope, Data, Uninspected], ids=lambda model: model.__name__)
def test_every_key_is_explained(model):
    assert [key for key in keys_of(model, ()) if f"`{key}" not in README] == []


def test_every_word_is_explained():
    words = [*Action, *Mode, *Operator, *Direction, *Kind, *Band, *Cause]
    assert [word for word in words if not re.search(rf"\b{word}\b", README)] == []


def test_the_causes_stand_with_their_defaults():
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (always `block`|`\w+`) \|$", README, re.MULTILINE))
    assert set(rows) == set(Cause)
    defaults = Uninspected()
    assert {cause: f"`{defaults.action(cause)}`" for cause in Cause} == {
        cause: text.removeprefix("always ") for cause, text in rows.items()
    }
    fixed = {Cause.REWRITE, Cause.ENGINE_ERROR, Cause.AUDIT}
    assert {cause for cause, text in rows.items() if text.startswith("always")} == fixed


def test_the_example_of_a_file_is_the_whole_of_a_rule():
    keys = set(re.findall(r"^ {2}[ -] (\w+):", WHOLE, re.MULTILINE))
    assert keys == set(keys_of(Document, ("rules", 0)))
