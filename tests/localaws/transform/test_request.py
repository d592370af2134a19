"""What is refused before a transform job exists, in the words of AWS if known."""

import pytest
from transform_jobs import request

from localaws.api.errors import ServiceError
from localaws.transform.request import check, check_model

ROWS = {
    "ContentType": "text/csv",
    "Accept": "text/csv",
    "SplitType": "Line",
    "AssembleWith": "Line",
}
OBJECTS = dict.fromkeys(("ContentType", "Accept"), "application/jsonlines")


def filtered(given, **members):
    return {**given, "DataProcessing": members}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"MaxConcurrentTransforms": 0, "MaxPayloadInMB": 100},
        {"MaxConcurrentTransforms": 10, "MaxPayloadInMB": 10},
        {"S3Uri": "https://bucket.s3.us-east-1.amazonaws.com/in"},
        {"SplitType": "TFRecord", "BatchStrategy": "SingleRecord"},
        {"DataProcessing": {"JoinSource": "None", "InputFilter": "$"}},
        {"DataProcessing": {"InputFilter": ""}},
        filtered(ROWS, InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]"),
        filtered(OBJECTS, InputFilter="$.x", OutputFilter="$['id','SageMakerOutput']"),
        filtered(OBJECTS, JoinSource="Input"),
        # What public notebooks do, though AWS's page says to set Accept as well.
        filtered({"ContentType": "text/csv", "SplitType": "Line"}, InputFilter="$[1:]"),
        filtered({**ROWS, "Accept": "application/json"}, OutputFilter="$['class']"),
    ],
)
def test_what_aws_takes_is_taken(changes):
    check(request(**changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SplitType": "RecordIO"}, "reads RecordIO. Use Line, TFRecord or None"),
        ({"S3DataType": "AugmentedManifestFile"}, "Use S3Prefix or ManifestFile"),
        (
            {"DataCaptureConfig": {"DestinationS3Uri": "s3://b/c"}},
            "emulate DataCaptureConfig: .* Use JoinSource",
        ),
        ({"ExperimentConfig": {"RunName": "r"}}, "there are no experiments"),
        ({"InstanceCount": 9}, "ml.m5.large for transform job usage"),
        ({"Environment": {"LOCALAWS_PATHS": "docker"}}, "unknown path mode"),
        ({"MaxPayloadInMB": 0}, "reads a request in chunks. Give a limit"),
        ({"MaxPayloadInMB": 101}, "MaxPayloadInMB is 101; it cannot be more than 100"),
        (
            {"MaxPayloadInMB": 51, "MaxConcurrentTransforms": 2},
            r"MaxConcurrentTransforms \* MaxPayloadInMB is 102 MB",
        ),
        ({"MaxConcurrentTransforms": 17}, "is 102 MB"),
        ({"S3OutputPath": "https://example.com/out"}, "is not an S3 address"),
        ({"S3Uri": "https://example.com/in"}, "is not an S3 address"),
        (
            filtered(OBJECTS, OutputFilter="$['account_id','SageMakerOutput']"),
            "Invalid OutputFilter: \"\\$\\['account_id','SageMakerOutput'\\]\". "
            'Unexpected "_" in JsonPath. Supported operators are',
        ),
        (
            filtered(ROWS, InputFilter="$[0:2,246:]"),
            'Invalid InputFilter: "\\$\\[0:2,246:\\]". only single range filters',
        ),
        (filtered(ROWS, InputFilter="$.id"), "so only index based JSONPaths"),
        (
            filtered({**ROWS, "ContentType": "image/png"}, JoinSource="Input"),
            'ContentType that is one of application/json, .*; here it is "image/png"',
        ),
        (filtered({}, InputFilter="$[1:]"), 'here it is ""'),
        (filtered({**ROWS, "SplitType": "None"}, InputFilter="$[0]"), "SplitType Line"),
        (
            filtered({**ROWS, "AssembleWith": "None"}, JoinSource="Input"),
            'DataProcessing of "text/csv" needs the AssembleWith Line',
        ),
        (
            filtered({**ROWS, "Accept": "application/json"}, JoinSource="Input"),
            'ContentType is "text/csv", Accept "application/json"',
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(changes, words):
    with pytest.raises(ServiceError, match=words):
        check(request(**changes))


IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/{}:1"


def test_a_model_that_nothing_here_serves_is_refused():
    container = {"Image": IMAGE.format("sagemaker-scikit-learn")}
    check_model("m", {}, [container, container])
    with pytest.raises(
        ServiceError, match="does not emulate the container of the image"
    ):
        check_model("m", {}, [container, {"Image": IMAGE.format("linear-learner")}])
    direct = {"InferenceExecutionConfig": {"Mode": "Direct"}}
    with pytest.raises(
        ServiceError, match='The containers of the model "m" are invoked'
    ):
        check_model("m", direct, [container, container])
