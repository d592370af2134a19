"""The jobs that add up sales: in chunks, on an instance of several, and with Spark."""

import importlib.util
import json
import math
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

JOB = Path(__file__).parents[2] / "src" / "jobs" / "sales"


def imported(name):
    spec = importlib.util.spec_from_file_location(name, JOB / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def job():
    return imported("sums")


@pytest.fixture(scope="module")
def spark_job():
    return imported("sums_spark")


@pytest.fixture
def sales(tmp_path):
    """A folder of two files, and all of their rows."""
    rng, folder = np.random.default_rng(0), tmp_path / "in"
    folder.mkdir()
    rows = pd.DataFrame(
        {
            "shop": rng.integers(0, 7, 103),
            "day": np.sort(rng.integers(0, 365, 103)),
            "cents": rng.integers(1, 9000, 103),
        }
    )
    rows[:60].to_csv(folder / "part-0.csv", index=False)
    rows[60:].to_csv(folder / "part-1.csv", index=False)
    return folder, rows


@pytest.mark.parametrize("chunk", [1, 7, 60, 1000])
def test_the_sums_do_not_depend_on_the_chunk(job, sales, tmp_path, capsys, chunk):
    folder, rows = sales
    out = tmp_path / "out"
    job.main(["--input", str(folder), "--output", str(out), "--chunk", str(chunk)])
    found = pd.read_csv(out / "here.csv", index_col="shop")
    assert found.equals(rows.groupby("shop")["cents"].agg(["sum", "count"]))
    assert capsys.readouterr().out == "host=here rows=103\n"


def test_an_instance_names_its_file_after_itself(
    job, sales, tmp_path, monkeypatch, capsys
):
    config, out = tmp_path / "resourceconfig.json", tmp_path / "out"
    config.write_text(json.dumps({"current_host": "algo-2"}))
    monkeypatch.setattr(job, "CONFIG", config)
    job.main(["--input", str(sales[0]), "--output", str(out)])
    assert [path.name for path in out.iterdir()] == ["algo-2.csv"]
    assert "host=algo-2" in capsys.readouterr().out


def test_an_instance_without_a_file_writes_none(job, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    out = tmp_path / "out"
    job.main(["--input", str(tmp_path / "in"), "--output", str(out)])
    assert not out.exists() and "rows=0" in capsys.readouterr().out


def test_the_folders_are_those_of_a_processing_job(job):
    args = job.parse_arguments([])
    assert str(args.input) == "/opt/ml/processing/input"
    assert str(args.output) == "/opt/ml/processing/output"


def session(**java):
    """What stands for a session of Spark whose Java has these classes."""
    lang = SimpleNamespace(**java)
    jvm = SimpleNamespace(java=SimpleNamespace(lang=lang))
    return SimpleNamespace(sparkContext=SimpleNamespace(_jvm=jvm))


def handle(number):
    process = SimpleNamespace(pid=lambda: number)
    return SimpleNamespace(current=lambda: process)


def test_the_processor_s_seconds_are_those_of_java_s_process(spark_job):
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system has no /proc")
    mine = spark_job.processor_seconds(session(ProcessHandle=handle(os.getpid())))
    assert mine == pytest.approx(sum(os.times()[:2]), abs=0.5)


def test_where_nothing_tells_the_processor_s_seconds_they_are_no_number(spark_job):
    package = SimpleNamespace(current=SimpleNamespace())  # py4j's, where a class lacks
    for each in (handle(-1), package):
        assert math.isnan(spark_job.processor_seconds(session(ProcessHandle=each)))


def test_spark_is_told_places_and_numbers_of_files(spark_job):
    args = spark_job.parse_arguments(["s3://a/b", "s3://a/c", "--files", "1", "8"])
    assert (args.input, args.output, args.files) == ("s3://a/b", "s3://a/c", [1, 8])
