"""Transform jobs that really run: objects, batches, filters, faults, ends."""

import gzip
import json

import pytest
from waiting import until


def data_log(streams):
    """Return what the log says of the objects, without the times."""
    return [
        line.partition("[sagemaker logs]: ")[2]
        for name, lines in sorted(streams.items())
        if name.endswith("/data-log")
        for line in lines
    ]


def test_each_object_has_an_output_beside_the_others(
    start, ended, outputs, log_of, mode
):
    objects = {"a.csv": b"1,2\n3,4\n", "deep/b.csv": b"5\n6", "deep/": b""}
    name = start(
        objects,
        ContentType="text/csv",
        Accept="text/csv",
        SplitType="Line",
        AssembleWith="Line",
        BatchStrategy="SingleRecord",
        Environment={"LOCALAWS_PATHS": mode},
    )
    job = ended(name)
    assert job["TransformJobStatus"] == "Completed", job
    assert outputs() == {
        "a.csv.out": b"<1,2!>\n<3,4!>\n",
        "deep/b.csv.out": b"<5!>\n<6!>\n",
    }
    assert job["TransformStartTime"] <= job["TransformEndTime"]
    assert job["DataProcessing"]["JoinSource"] == "None"
    streams = log_of(name)
    assert data_log(streams) == [
        "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=SINGLE_RECORD"
    ]
    [other] = [key for key in streams if not key.endswith("/data-log")]
    assert other.startswith(f"{name}/i-")
    assert "The model server is ready." in streams[other]


def test_records_go_together_and_answers_come_in_their_order(start, ended, outputs):
    lines = [f"{number}" * 2000 for number in range(100, 500)]  # 2.4 MB
    name = start(
        {"a.txt": "\n".join(lines)},
        SplitType="Line",
        MaxPayloadInMB=1,
        MaxConcurrentTransforms=3,
        Environment={"WORD": "?"},
    )
    assert ended(name)["TransformJobStatus"] == "Completed"
    assert outputs()["a.txt.out"].decode().split() == [f"<{one}?>" for one in lines]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, {}),
        (
            {
                "MaxPayloadInMB": 2,
                "BatchStrategy": "MultiRecord",
                "MaxConcurrentTransforms": 4,
            },
            {
                "SAGEMAKER_MAX_PAYLOAD_IN_MB": "2",
                "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD",
                "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "4",
            },
        ),
    ],
)
def test_a_container_is_told_that_it_transforms(start, ended, outputs, changes, told):
    ended(start({"x": b"variables"}, **changes))
    found = json.loads(outputs()["x.out"])
    del found["SAGEMAKER_BASE_DIR"]
    assert found == {"SAGEMAKER_BATCH": "true", **told}


def test_compressed_objects_are_unpacked_and_an_object_may_be_one_request(
    start, ended, outputs, log_of
):
    objects = {"a.gz": gzip.compress(b"1\n2\n"), "b.gz": b"3\n"}
    job = ended(name := start(objects, CompressionType="Gzip"))
    assert outputs() == {"a.gz.out": b"<1!>\n<2!>\n"}
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert (
        "in/b.gz: The object is not compressed with gzip" in data_log(log_of(name))[-1]
    )


def test_rows_are_filtered_joined_and_selected(start, ended, outputs):
    name = start(
        {"a.csv": b"id7,1,2\nid8,3,4\n"},
        ContentType="text/csv",
        Accept="text/csv",
        SplitType="Line",
        AssembleWith="Line",
        DataProcessing={
            "InputFilter": "$[1:]",
            "JoinSource": "Input",
            "OutputFilter": "$[0,-2:]",
        },
    )
    assert ended(name)["TransformJobStatus"] == "Completed"
    assert outputs() == {"a.csv.out": b"id7,<1,2!>\nid8,<3,4!>\n"}


def test_a_manifest_names_the_objects(start, ended, outputs, connection, s3, place):
    prefix = f"s3://{connection.bucket}/{place}in/"
    manifest = json.dumps([{"prefix": prefix}, "b", "deep/c"]).encode()
    s3.put_object(Bucket=connection.bucket, Key=f"{place}list", Body=manifest)
    objects = {"a": b"1", "b": b"2", "deep/c": b"3"}
    uri = f"s3://{connection.bucket}/{place}list"
    name = start(objects, S3DataType="ManifestFile", S3Uri=uri)
    assert ended(name)["TransformJobStatus"] == "Completed"
    assert outputs() == {"b.out": b"<2!>\n", "deep/c.out": b"<3!>\n"}


@pytest.mark.parametrize(
    ("body", "fault", "said", "asked"),
    [
        (b"1\nwrong\n", "ClientError", ["ClientError: 400", "", "Message:"], 1),
        (
            b"1\nbad\n",
            "AlgorithmError",
            ["Bad HTTP status received from algorithm: 500", "", "Message:", "no bad"],
            3,
        ),
    ],
)
def test_a_record_that_fails_fails_its_object_and_the_job_but_no_other_object(
    start, ended, outputs, log_of, connection, place, body, fault, said, asked
):
    objects = {"a": b"1\n", "b": body, "c": b"3\n"}
    name = start(
        objects,
        SplitType="Line",
        BatchStrategy="SingleRecord",
        ModelClientConfig={"InvocationsMaxRetries": 2},
    )
    job = ended(name)
    assert job["TransformJobStatus"] == "Failed"
    reason = f"{fault}: See job logs for more information"
    assert job["FailureReason"] == reason
    assert outputs() == {"a.out": b"<1!>\n", "c.out": b"<3!>\n"}
    streams = log_of(name)
    here = f"{connection.bucket}/{place}in/b: "
    shown = [line.removeprefix(here) for line in data_log(streams)[1:]]
    assert shown[: len(said)] == said
    text = "\n".join(line for lines in streams.values() for line in lines)
    assert text.count("ValueError: no bad") == (asked + 1 if asked > 1 else 0)


def test_each_instance_has_its_share_of_the_objects(start, ended, outputs, log_of):
    name = start({"a": b"1", "b": b"2", "c": b"bad"}, InstanceCount=2)
    assert ended(name)["TransformJobStatus"] == "Failed"
    assert outputs() == {"a.out": b"<1!>\n", "b.out": b"<2!>\n"}
    streams = log_of(name)
    assert len(streams) == 4
    told = [one for one in streams if "no bad" in "\n".join(streams[one])]
    assert [f"/i-{1:017x}-" in one for one in told] == [True, True]


def test_a_job_that_is_stopped_leaves_nothing(
    start, ended, outputs, log_of, sagemaker, connection
):
    objects = {"a": b"1", "b": b"slow"}
    name = start(objects)
    until(lambda: any("slowly" in lines for lines in log_of(name).values()))
    assert list(outputs()) == ["a.out"]
    sagemaker.stop_transform_job(TransformJobName=name)
    job = ended(name)
    assert job["TransformJobStatus"] == "Stopped" and "FailureReason" not in job
    assert outputs() == {}


def test_where_there_is_nothing_the_reason_says_so(start, ended, log_of):
    job = ended(name := start({}))
    assert job["TransformJobStatus"] == "Failed" and log_of(name) == {}
    words = "ClientError: No S3 objects found under S3 URL s3://"
    assert job["FailureReason"].startswith(words)
