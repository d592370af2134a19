"""Every member of the requests about packages and groups has been judged."""

import pytest
from members import stale, unjudged

from localaws.models.package_members import (
    CREATE_GROUP,
    CREATE_PACKAGE,
    UPDATE_PACKAGE,
)

TABLES = {
    "CreateModelPackage": CREATE_PACKAGE,
    "CreateModelPackageGroup": CREATE_GROUP,
    "UpdateModelPackage": UPDATE_PACKAGE,
}


@pytest.mark.parametrize("operation", sorted(TABLES))
def test_botocores_model_has_no_member_that_nobody_judged(operation):
    assert unjudged("sagemaker", operation, TABLES[operation]) == []
    assert stale(TABLES[operation], ("sagemaker", operation)) == []
