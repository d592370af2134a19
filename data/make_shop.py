"""Writes shop.csv and shop.jsonl, the raw files of lesson 01, byte for byte the same.

    python data/make_shop.py [FOLDER]

The shop is invented: nobody in it exists. What is wrong with its files is planted here
and listed in shop_faults.md, which gives the lesson's findings away.
"""

import csv
import io
import json
import sys
from pathlib import Path

import numpy as np

CUSTOMERS, ORDERS, COPIES = 350, 4200, 400
CATEGORIES = {  # name: usual price, how much likelier a return is
    "shoes": (80, 0.6),
    "shirt": (30, 0.1),
    "trousers": (50, 0.5),
    "coat": (140, 0.2),
    "book": (18, -1.4),
}
COLUMNS = ("order", "day", "customer", "category", "items", "price", "discount")
COLUMNS += ("delivery_days", "service_calls", "refund", "returned")


def customers(rng: np.random.Generator) -> list[dict]:
    """Each customer, with `bias`: how much likelier than others to send back."""
    return [
        {
            "customer": 1001 + number,
            "born": int(rng.integers(1948, 2006)),
            "postcode": f"{rng.integers(1000, 99999):05d}",
            "newsletter": bool(rng.random() < 0.4),
            "bias": rng.normal(0, 1.3),
        }
        for number in range(CUSTOMERS)
    ]


def order(rng: np.random.Generator, who: dict) -> dict:
    """One order of a customer, and whether anything of it comes back."""
    category = str(rng.choice(list(CATEGORIES)))
    usual, likelier = CATEGORIES[category]
    items = 1 + int(rng.poisson(0.5))
    price = round(float(items * usual * rng.lognormal(0, 0.4)), 2)
    reduced = rng.choice([0, 0.1, 0.2, 0.4], p=[0.55, 0.2, 0.15, 0.1])
    days = 1 + int(rng.poisson(3))
    pull = who["bias"] + likelier + 0.2 * (days - 4) - 4 * (reduced - 0.1)
    pull += 0.6 * np.log(price / (items * usual)) + 0.3 * (items - 1.5)
    returned = bool(rng.random() < 1 / (1 + np.exp(-pull)))
    return {
        "customer": who["customer"],
        "category": category,
        "items": items,
        "price": price,
        "discount": round(price * float(reduced), 2),
        "delivery_days": days,
        **afterwards(rng, price, returned),
    }


def afterwards(rng: np.random.Generator, price: float, returned: bool) -> dict:
    """What is written down only later: calls, the money paid back, the answer."""
    calls = int(rng.poisson(0.3) + returned * rng.poisson(0.8))
    refund = price if returned and rng.random() < 0.98 else 0.0
    if not returned and rng.random() < 0.01:
        refund = round(price / 5, 2)  # a gesture after a complaint
    return {
        "service_calls": calls,
        "refund": refund,
        "returned": "yes" if returned else "no",
    }


def spoil_order(rng: np.random.Generator, row: dict) -> dict:
    """The row as it stands in the file: mistyped, missing, or a code for missing."""
    spoiled = row | {"price": f"{row['price']:.2f}"}
    if rng.random() < 0.03:
        spoiled["price"] = spoiled["price"].replace(".", ",")
    elif rng.random() < 0.02:
        spoiled["price"] = f"EUR {spoiled['price']}"
    elif rng.random() < 0.02:
        spoiled["price"] = ""
    if rng.random() < 0.08:
        name = row["category"]
        spoiled["category"] = str(rng.choice([name.upper(), name.title(), f" {name}"]))
    if rng.random() < 0.05:
        spoiled["delivery_days"] = 999
    elif rng.random() < 0.04:
        spoiled["delivery_days"] = ""
    return spoiled


def spoil_customer(rng: np.random.Generator, who: dict) -> dict:
    """The line of a customer: the year as text, missing, or made up by a form."""
    born = who["born"]
    line = {"customer": who["customer"], "born": born}
    if rng.random() < 0.06:
        line["born"] = str(born)
    elif rng.random() < 0.05:
        line["born"] = 1900
    elif rng.random() < 0.04:
        del line["born"]
    line["address"] = {"postcode": who["postcode"], "country": "DE"}
    line["newsletter"] = who["newsletter"]
    return line


def rows(rng: np.random.Generator, people: list[dict]) -> list[dict]:
    """The orders in the order of their days, some of them twice."""
    chosen = rng.integers(CUSTOMERS, size=ORDERS)
    days = np.sort(rng.integers(1, 366, size=ORDERS))
    every = []
    for number, (who, day) in enumerate(zip(chosen, days, strict=True)):
        row = spoil_order(rng, order(rng, people[who]))
        every.append({"order": 20001 + number, "day": int(day)} | row)
    copied = rng.choice(ORDERS, COPIES, replace=False)
    for number in -np.sort(-copied):  # from the end: earlier places stay what they are
        later = int(rng.integers(number + 1, len(every) + 1))
        every.insert(later, every[number])
    return every


def files() -> dict[str, str]:
    """The text of both files by name."""
    rng = np.random.default_rng(2025)
    people = customers(rng)
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(rng, people))
    lines = [json.dumps(spoil_customer(rng, who)) + "\n" for who in people]
    return {"shop.csv": table.getvalue(), "shop.jsonl": "".join(lines)}


def main() -> None:
    """Write both files into a folder, by default the one of this script."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
