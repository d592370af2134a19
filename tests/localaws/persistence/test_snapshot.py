"""Records of moto survive the journey to JSON and back, and nothing else is made."""

import json

import pytest

from localaws.persistence import snapshot


@pytest.mark.parametrize("record", ["class", "enum"])
def test_only_classes_of_moto_are_made(record):
    text = json.dumps({record: "os:system", "value": "true", "state": [], "id": 1})
    with pytest.raises(ValueError, match="not a class of moto"):
        snapshot.loads(text, {})
