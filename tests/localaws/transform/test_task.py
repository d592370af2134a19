"""What the record of a transform job asks for."""

from transform_jobs import request

from localaws.transform.records import MB
from localaws.transform.task import read

MODEL = {"Image": "x", "Environment": {"WORD": "model's", "OWN": "1"}}


def record(**changes):
    given = {"SplitType": "None", "CompressionType": "None", **changes}
    return {**request(**given), "_containers": [MODEL, MODEL], "_role": "r"}


def test_what_a_request_leaves_out_is_as_aws_sets_it():
    task = read(record())
    assert (task.most, task.at_once, task.single) == (6 * MB, 1, False)
    assert (task.timeout, task.retries, task.split) == (600, 3, "None")
    assert task.headers == {} and task.notes == [] and task.key is None
    expected = "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"
    assert task.settings == expected
    assert (task.bucket, task.prefix) == ("bucket", "out/")


def test_what_a_request_says_is_followed():
    task = read(
        record(
            S3Uri="https://s3.eu-west-1.amazonaws.com/b/in/x",
            S3OutputPath="s3://b",
            ContentType="text/csv",
            Accept="application/json",
            AssembleWith="Line",
            CompressionType="Gzip",
            KmsKeyId="k",
            MaxPayloadInMB=2,
            MaxConcurrentTransforms=0,
            BatchStrategy="SingleRecord",
            ModelClientConfig={"InvocationsTimeoutInSeconds": 5},
            TransformAmiVersion="al2-ami",
        )
    )
    assert task.source == {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in/x"}
    assert (task.bucket, task.prefix, task.key) == ("b", "", "k")
    assert task.headers == {"Content-Type": "text/csv", "Accept": "application/json"}
    assert (task.most, task.at_once, task.single) == (2 * MB, 1, True)
    assert (task.timeout, task.retries, task.packed) == (5, 3, True)
    assert task.filters.lines and task.filters.accept == "application/json"
    [note] = task.notes
    assert note.startswith("localaws: TransformResources.TransformAmiVersion: there")


def test_each_container_has_the_models_variables_and_the_jobs_before_them():
    asked = {"WORD": "job's", "SAGEMAKER_BATCH": "no"}
    for one in read(record(Environment=asked, MaxPayloadInMB=3)).definitions:
        assert one["Environment"] == {
            "WORD": "job's",
            "OWN": "1",
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": "3",
        }
    assert MODEL["Environment"]["WORD"] == "model's"
