"""The shop: orders in a CSV file, customers in JSON lines, both full of faults.

The files stand in `data/` of the repository, not in the package. Lesson 01 finds the
faults and turns the files into arrays; what it arrives at is what `arrays` returns.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.data.dataset import DataError, Dataset
from course.data.downloads import cache_folder

if TYPE_CHECKING:
    import pandas as pd

CHECKOUT = Path(__file__).parents[3] / "data"
NUMBERS = ["items", "price", "discount", "discount_share", "delivery_days", "age"]
YEAR = 2025  # of the orders
UNKNOWN_DAYS, UNKNOWN_YEAR = 999, 1900  # what the shop's programs write for "unknown"


def path(name: str) -> Path:
    """Where `shop.csv` or `shop.jsonl` is: beside the package, or among the downloads.

    Raises `DataError` where neither folder has it: the package alone does not.
    """
    places = (CHECKOUT / name, cache_folder() / "shop" / name)
    for place in places:
        if place.is_file():
            return place
    raise DataError(
        f'the file "{name}" is neither in "{places[0].parent}" nor in '
        f'"{places[1].parent}". It is part of the repository, not of the installed '
        "package: install the package from a checkout (pip install -e .), or copy "
        "data/shop.csv and data/shop.jsonl of a checkout into the second folder."
    )


def arrays() -> Dataset:
    """Will an order come back? What is known on the day of delivery, in numbers.

    `x` holds six standardised numbers and a 1 for the category: `(orders, 11)`. The
    customers of the test set are others than those of the training set.
    """
    from sklearn.model_selection import GroupShuffleSplit

    orders = table()
    split = GroupShuffleSplit(1, test_size=0.25, random_state=0)
    train, test = next(split.split(orders, groups=orders["customer"]))
    x = _prepared(orders, train)
    y = (orders["returned"] == "yes").to_numpy().astype(np.int64)
    about = f"shop: {len(orders):,} orders of {orders['customer'].nunique()} customers"
    classes = ("kept", "returned")
    return Dataset(x[train], y[train], x[test], y[test], classes, about)


def table() -> pd.DataFrame:
    """The orders, each once and with its customer, cleaned: what is unknown is NaN."""
    import pandas as pd

    orders = pd.read_csv(path("shop.csv")).drop_duplicates("order")
    lines = path("shop.jsonl").read_text(encoding="utf-8").splitlines()
    people = pd.json_normalize([json.loads(line) for line in lines])
    price = orders["price"].str.replace("EUR", "").str.replace(",", ".")
    orders["price"] = pd.to_numeric(price)
    orders["category"] = orders["category"].str.strip().str.lower()
    orders["delivery_days"] = orders["delivery_days"].replace(UNKNOWN_DAYS, np.nan)
    orders["discount_share"] = orders["discount"] / orders["price"]
    born = pd.to_numeric(people["born"]).replace(UNKNOWN_YEAR, np.nan)
    people["age"] = YEAR - born
    return orders.merge(people, on="customer", validate="many_to_one")


def _prepared(orders: pd.DataFrame, train: np.ndarray) -> np.ndarray:
    """All rows as float32, by medians, means, spreads of the training rows alone."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        (OneHotEncoder(sparse_output=False), ["category"]),
    )
    return columns.fit(orders.iloc[train]).transform(orders).astype(np.float32)
