"""Add up what each shop has sold with Apache Spark, and tell what it took.

    python sums_spark.py INPUT OUTPUT --files 1 2 4 8

INPUT and OUTPUT are folders that all machines reach: file:///... on one machine, an
address such as s3://bucket/prefix on several. It runs where PySpark does.
"""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

SCHEMA = "shop INT, day INT, cents INT"


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the places, and of how many files the time is told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input", help="has part-0.csv, part-1.csv and so on")
    parser.add_argument("output", help="where the sums of all files go")
    parser.add_argument("--files", type=int, nargs="+", default=[1])
    return parser.parse_args(arguments)


def sums(spark: SparkSession, folder: str, files: int) -> DataFrame:
    """Return shop, sum and count of the first files."""
    paths = [f"{folder.rstrip('/')}/part-{number}.csv" for number in range(files)]
    sales = spark.read.csv(paths, header=True, schema=SCHEMA)
    cents = F.col("cents")
    return sales.groupBy("shop").agg(
        F.sum(cents).alias("sum"), F.count(cents).alias("count")
    )


def processor_seconds(spark: Any) -> float:
    """Return what the driver's Java has taken so far; nan where the system hides it.

    On one machine that is all of Spark, on a cluster executors have their own.
    """
    java = spark.sparkContext._jvm.java.lang
    try:
        number = java.ProcessHandle.current().pid()
        told = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (OSError, TypeError):  # there is no /proc, or Java is older than 9
        return float("nan")
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each number of files, and write the sums of the last."""
    args, begin = parse_arguments(arguments), time.monotonic()
    spark = SparkSession.builder.appName("sales").getOrCreate()

    def tell(**what: object) -> None:
        clock, processor = time.monotonic() - begin, processor_seconds(spark)
        words = {**what, "clock": f"{clock:.2f}", "processor": f"{processor:.2f}"}
        print(*(f"{name}={value}" for name, value in words.items()), flush=True)

    tell(files=0, rows=0)
    for files in args.files:
        found = sums(spark, args.input, files)
        tell(files=files, rows=sum(row["count"] for row in found.collect()))
    plan = found._jdf.queryExecution().executedPlan().toString()
    print("adds up before the shuffle:", "partial_sum" in plan, flush=True)
    found.coalesce(1).write.csv(args.output, header=True, mode="overwrite")
    spark.stop()


if __name__ == "__main__":
    main()
