"""Look around on the machine of a job, and leave what was seen as the model."""

import json
import os
import sys
from pathlib import Path

model = Path(os.environ["SM_MODEL_DIR"])
ml = model.parent
seen = {
    "files": sorted(str(p.relative_to(ml)) for p in ml.rglob("*") if p.is_file()),
    "variables": sorted(name for name in os.environ if name.startswith("SM_")),
    "hyperparameters": (ml / "input/config/hyperparameters.json").read_text(),
    "arguments": sys.argv[1:],
}
(model / "seen.json").write_text(json.dumps(seen))
