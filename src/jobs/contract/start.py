"""Start a script as the toolkit of an image does: `start.py /opt/ml train.py`.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import json
import os
import sys
from pathlib import Path

ml, script = Path(sys.argv[1]), sys.argv[2]
given = json.loads((ml / "input/config/hyperparameters.json").read_text())
for name in json.loads((ml / "input/config/inputdataconfig.json").read_text()):
    os.environ[f"SM_CHANNEL_{name.upper()}"] = str(ml / "input/data" / name)
os.environ["SM_MODEL_DIR"] = str(ml / "model")
os.environ["SM_OUTPUT_DIR"] = str(ml / "output")
os.environ["SM_OUTPUT_DATA_DIR"] = str(ml / "output/data")
words = [word for name, text in given.items() for word in (f"--{name}", text)]
os.chdir(ml / "input/data/code")
os.execv(sys.executable, [sys.executable, script, *words])
