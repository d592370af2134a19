"""Starts the model server by the path of this file: `python -P FILE FRAMEWORK FOLDER`.

The interpreter may be a layer that lacks this package or has another. `-P` keeps this
folder, whose modules bear the names of frameworks, out of the search.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from localaws.serving.server import main

sys.path.pop(0)

if __name__ == "__main__":
    main()
