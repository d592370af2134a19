"""Every member of CreateProcessingJob has been judged."""

from members import stale, unjudged

from localaws.processing.members import CREATE_PROCESSING_JOB, UNSAID

OPERATION = "sagemaker", "CreateProcessingJob"


def test_botocores_model_has_no_member_that_nobody_judged():
    assert unjudged(*OPERATION, CREATE_PROCESSING_JOB) == []
    assert stale(CREATE_PROCESSING_JOB, OPERATION) == []
    assert set(CREATE_PROCESSING_JOB) >= UNSAID


def test_a_member_that_aws_adds_is_noticed():
    known = {k: v for k, v in CREATE_PROCESSING_JOB.items() if "UploadMode" not in k}
    found = unjudged(*OPERATION, known)
    assert found == ["ProcessingOutputConfig.Outputs[].S3Output.S3UploadMode"]
