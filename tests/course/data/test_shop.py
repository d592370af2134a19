"""The shop's files are what their script makes, and the arrays what they should be."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course import data
from course.data import shop

FOLDER = Path(__file__).parents[3] / "data"
FILES = ("shop.csv", "shop.jsonl")


@pytest.fixture(scope="module")
def raw():
    return pd.read_csv(FOLDER / "shop.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def people():
    lines = pd.read_json(FOLDER / "shop.jsonl", lines=True, dtype=False)
    return lines["born"].astype(object)


def test_the_script_makes_the_same_bytes_as_the_files(tmp_path):
    script = str(FOLDER / "make_shop.py")
    subprocess.run([sys.executable, script, str(tmp_path)], check=True)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_the_readme_has_the_digest_of(name):
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    assert f"| `shop` | `{name}` | `{digest}` |" in (FOLDER / "README.md").read_text()


def test_the_faults_are_as_many_as_their_list_says(raw, people):
    price, days = raw["price"], raw["delivery_days"]
    spelt = raw["category"] != raw["category"].str.strip().str.lower()
    no, repaid = raw["returned"] == "no", raw["refund"].astype(float) > 0
    found = {
        "copied rows": raw["order"].duplicated().sum(),
        "decimal commas": price.str.contains(",").sum(),
        "currencies": price.str.startswith("EUR").sum(),
        "no price": (price == "").sum(),
        "spellings": spelt.sum(),
        "no delivery days": (days == "").sum(),
        "code 999": days.astype(str).isin(["999", "999.0"]).sum(),
        "year as text": people.map(lambda year: isinstance(year, str)).sum(),
        "year 1900": (people == 1900).sum(),
        "no year": people.isna().sum(),
        "refunds of what was kept": (no & repaid).sum(),
        "returns without a refund": (~no & ~repaid).sum(),
    }
    text = (FOLDER / "shop_faults.md").read_text()
    listed = dict(re.findall(r"^\| ([^|]+?) \| (?:[^|]+) \| ([\d,]+) \|$", text, re.M))
    assert {name: int(n.replace(",", "")) for name, n in listed.items()} == found
    assert all(count > 0 for count in found.values())


def test_the_table_has_each_order_once_with_its_customer_and_no_fault():
    table = shop.table()
    assert len(table) == 4200 and table["order"].is_unique
    assert set(table["category"]) == {"shoes", "shirt", "trousers", "coat", "book"}
    assert 0 < table["price"].min() < table["price"].max() < 2000
    assert table["delivery_days"].max() < 30 and table["age"].between(18, 80).sum() > 0
    assert table["age"].dropna().between(19, 77).all()
    assert table["customer"].nunique() == 350


def test_the_arrays_are_standardised_by_customers_of_the_training_set_alone():
    got = data.load("shop")
    assert got.x_train.shape[1] == got.x_test.shape[1] == 11
    assert len(got.x_train) + len(got.x_test) == 4200
    assert np.allclose(got.x_train[:, :6].mean(axis=0), 0, atol=1e-5)
    assert np.allclose(got.x_train[:, :6].std(axis=0), 1, atol=1e-5)
    assert np.abs(got.x_test[:, :6].mean(axis=0)).max() > 1e-3
    assert np.array_equal(got.x_test[:, 6:].sum(axis=1), np.ones(len(got.x_test)))
    assert not np.isnan(got.x_test).any()


def test_files_that_are_not_beside_the_package_are_sought_among_the_downloads(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(shop, "CHECKOUT", tmp_path / "site-packages" / "data")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(data.DataError) as caught:
        shop.path("shop.csv")
    for part in ("shop.csv", str(tmp_path / "shop"), "pip install -e .", "copy"):
        assert part in str(caught.value)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.csv").write_bytes(b"order\n")
    assert shop.path("shop.csv") == tmp_path / "shop" / "shop.csv"
