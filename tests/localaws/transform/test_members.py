"""Every member of CreateTransformJob has been judged."""

from members import stale, unjudged

from localaws.transform.members import CREATE_TRANSFORM_JOB

OPERATION = "sagemaker", "CreateTransformJob"


def test_botocores_model_has_no_member_that_nobody_judged():
    assert unjudged(*OPERATION, CREATE_TRANSFORM_JOB) == []
    assert stale(CREATE_TRANSFORM_JOB, OPERATION) == []


def test_a_member_that_aws_adds_is_noticed():
    known = {k: v for k, v in CREATE_TRANSFORM_JOB.items() if "Assemble" not in k}
    assert unjudged(*OPERATION, known) == ["TransformOutput.AssembleWith"]
