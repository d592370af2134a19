"""Every member of CreateHyperParameterTuningJob has been judged."""

from members import stale, unjudged

from localaws.tuning.members import CREATE_HYPER_PARAMETER_TUNING_JOB as TABLE

OPERATION = "sagemaker", "CreateHyperParameterTuningJob"


def test_botocores_model_has_no_member_that_nobody_judged():
    assert unjudged(*OPERATION, TABLE) == []
    assert stale(TABLE, OPERATION) == []


def test_a_member_that_aws_adds_is_noticed():
    known = {name: words for name, words in TABLE.items() if "RandomSeed" not in name}
    assert unjudged(*OPERATION, known) == ["HyperParameterTuningJobConfig.RandomSeed"]
