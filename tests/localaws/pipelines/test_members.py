"""Every member of the requests about pipelines has been judged."""

import pytest
from members import stale, unjudged

from localaws.pipelines.members import (
    CREATE_PIPELINE,
    START_PIPELINE_EXECUTION,
    UPDATE_PIPELINE,
)

TABLES = {
    "CreatePipeline": CREATE_PIPELINE,
    "UpdatePipeline": UPDATE_PIPELINE,
    "StartPipelineExecution": START_PIPELINE_EXECUTION,
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_botocores_model_has_no_member_that_nobody_judged(name):
    assert unjudged("sagemaker", name, TABLES[name]) == []
    assert stale(TABLES[name], ("sagemaker", name)) == []
