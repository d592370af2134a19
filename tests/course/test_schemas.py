"""The schemas take what the course writes, and nothing beside it."""

import jsonschema
import pytest

from course.manifests import MAKERS, Service
from course.schemas import SCHEMAS

ONE = Service("n2e-one", "r/n2e@sha256:0", ["serve"], 8080, 512, {"A": "1"})


def objects(value):
    """Every object in a manifest whose members are not a reader's own names."""
    inner = list(value.values()) if isinstance(value, dict) else value
    own = isinstance(value, dict) and not {"app", "A", "n2e-one"} & set(value)
    return [value] * own + [
        one for part in inner if isinstance(part, dict | list) for one in objects(part)
    ]


@pytest.mark.parametrize("platform", SCHEMAS)
def test_each_object_has_all_of_its_members_and_no_other(platform):
    manifest, schema = MAKERS[platform](ONE, ""), SCHEMAS[platform]
    jsonschema.validate(manifest, schema)
    found = objects(manifest)
    assert len(found) >= 1
    for one in found:
        one["other"] = 1
        with pytest.raises(jsonschema.ValidationError, match="other"):
            jsonschema.validate(manifest, schema)
        del one["other"]
        name, value = one.popitem()
        with pytest.raises(jsonschema.ValidationError, match=name):
            jsonschema.validate(manifest, schema)
        one[name] = value
    jsonschema.validate(manifest, schema)
