"""Starts an algorithm by the path of this file: `python -P FILE ML VERSION`.

The interpreter may be a layer that lacks this package or has another. ML is the folder
that the job sees as /opt/ml, VERSION what the image's tag names.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from localaws.algorithms.boosting import main

sys.path.pop(0)

if __name__ == "__main__":
    main(*sys.argv[1:])
