"""Starts an algorithm by the path of this file: `python -P FILE ML VERSION`.

The interpreter may be a layer that lacks this package or has another. ML is the folder
that the job sees as /opt/ml, VERSION what the image's tag names.
"""

import gc
import sys
from pathlib import Path
from typing import Any


def start(*arguments: str) -> None:
    """Run the algorithm, which imports XGBoost.

    XGBoost imports scikit-learn where there is one, for classes that nobody asks for
    here: with the search for garbage, three quarters of the time until a job begins.
    """
    gc.disable()
    modules: dict[str, Any] = sys.modules
    modules["sklearn"] = None
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from localaws.algorithms.boosting import main

    sys.path.pop(0)
    del modules["sklearn"]
    gc.freeze()
    gc.enable()
    main(*arguments)


if __name__ == "__main__":
    start(*sys.argv[1:])
