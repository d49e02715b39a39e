from datetime import date

import pytest

from detectors.api import EntityClass
from proxy.policy.codes import whole
from proxy.policy.errors import Code, PolicyError
from proxy.policy.lint import lint
from proxy.policy.load import Loaded, PolicyFile
from proxy.policy.mistakes import PAGES
from proxy.policy.words import Known

ENTITIES = {"HK_ID": EntityClass.GOVERNMENT_ID, "CREDENTIAL": EntityClass.CREDENTIAL}
UNSHOWN = {Code.UNREADABLE, Code.TOO_LARGE, Code.NOT_UTF8, Code.NO_TEST}


def problems(example):
    known = Known(ENTITIES, frozenset({"private_key"}), frozenset({"mainland", "hong_kong"}))
    loaded = Loaded([PolicyFile("p.yaml", whole(example).encode())], ENTITIES, date(2026, 6, 15), known)
    try:
        return lint(loaded, loaded.policy(), None)
    except PolicyError as error:
        return error.problems


def test_every_code_has_a_page():
    assert set(PAGES) == set(Code)
    assert {code for code, page in PAGES.items() if not page.wrong} == UNSHOWN


@pytest.mark.parametrize("code", sorted(set(Code) - UNSHOWN))
def test_the_wrong_example_is_wrong_in_this_way_and_the_right_one_is_not(code):
    wrong, right = problems(PAGES[code].wrong), problems(PAGES[code].right)
    assert {problem.code for problem in wrong} - {Code.NO_TEST} == {code}
    assert [str(problem) for problem in right if problem.code is code or not problem.warning] == []
