"""Add up what each shop has sold, in pieces that fit: this instance's part of it.

A processing job starts it on each of its instances; by hand, name the two folders.
https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

CONFIG = Path("/opt/ml/config/resourceconfig.json")


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the folders, and how many rows are read at once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    below = Path("/opt/ml/processing")
    parser.add_argument("--input", type=Path, default=below / "input")
    parser.add_argument("--output", type=Path, default=below / "output")
    parser.add_argument("--chunk", type=int, default=50_000, help="rows at once")
    return parser.parse_args(arguments)


def chunks(folder: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of all files of a folder, so many at once."""
    for path in sorted(folder.glob("*.csv")):
        yield from pd.read_csv(path, chunksize=rows)


def sums(sales: pd.DataFrame) -> pd.DataFrame:
    """Return sum and count of the cents of each shop."""
    return sales.groupby("shop")["cents"].agg(["sum", "count"])


def combined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the sums and counts of several parts together."""
    return pd.concat(parts).groupby("shop").sum()


def host() -> str:
    """Return the name of this instance; "here" outside of a job."""
    return json.loads(CONFIG.read_text())["current_host"] if CONFIG.exists() else "here"


def main(arguments: list[str] | None = None) -> None:
    """Write one file of partial sums, named after this instance."""
    args = parse_arguments(arguments)
    total, rows = None, 0
    for chunk in chunks(args.input, args.chunk):
        part, rows = sums(chunk), rows + len(chunk)
        total = part if total is None else combined([total, part])
    print(f"host={host()} rows={rows}", flush=True)
    if total is not None:  # an instance without a file has nothing to say
        args.output.mkdir(parents=True, exist_ok=True)
        total.to_csv(args.output / f"{host()}.csv")


if __name__ == "__main__":
    main()
