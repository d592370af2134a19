"""Compare a new model with the one that was approved last, on letters kept apart.

Each is a `model.tar.gz`, asked through the code in it that will answer requests. What
was approved last, the registry knows: the endpoint answers with it, or soon will.
"""

import argparse
import json
import tarfile
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np

FOLDER = Path("/opt/ml/processing")


def rights(archive: Path, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return for each letter whether the model in an archive reads it right: (n,)."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
        spec = spec_from_file_location("answers", f"{folder}/code/inference.py")
        answers = module_from_spec(spec)
        spec.loader.exec_module(answers)
        shares = answers.predict_fn(x, answers.model_fn(folder))
    return shares.argmax(axis=1) == y


def compare(new: np.ndarray, old: np.ndarray) -> dict[str, float]:
    """Return the gain in accuracy, its standard error, and how many of them it is.

    Both models read the same letters, so the error is that of the differences.
    """
    apart = new.astype(float) - old
    gain, error = apart.mean(), apart.std() / len(apart) ** 0.5
    return {
        "accuracy": float(new.mean()),
        "current": float(old.mean()),
        "gain": float(gain),
        "error": float(error),
        "errors": float(gain / error) if error else 0.0,
    }


def fetch(group: str, folder: Path) -> Path | None:
    """Return the archive of the version that was approved last, if there is one."""
    import boto3

    rows = boto3.client("sagemaker").list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    if not rows:
        return None
    package = boto3.client("sagemaker").describe_model_package(
        ModelPackageName=rows[0]["ModelPackageArn"]
    )
    [container] = package["InferenceSpecification"]["Containers"]
    bucket, _, key = container["ModelDataUrl"][5:].partition("/")
    boto3.client("s3").download_file(bucket, key, str(folder / "current.tar.gz"))
    return folder / "current.tar.gz"


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 784) and labels (n,) of a file."""
    with np.load(path, allow_pickle=False) as arrays:
        x = arrays["x"].astype(np.float32)
        return x.reshape(len(x), -1), arrays["y"]


def main() -> None:
    """Write `report/report.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--group", required=True, help="of versions in the registry")
    args = parser.parse_args()
    archive = FOLDER / "model" / "model.tar.gz"
    kept = read(FOLDER / "kept" / "kept.npz")
    current = fetch(args.group, FOLDER)
    new = rights(archive, *kept)
    old = rights(current, *kept) if current else np.zeros(len(new), dtype=bool)
    report = compare(new, old)
    report["held"] = float(rights(archive, *read(FOLDER / "held" / "held.npz")).mean())
    (FOLDER / "report").mkdir(exist_ok=True)
    (FOLDER / "report" / "report.json").write_text(json.dumps(report))
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
