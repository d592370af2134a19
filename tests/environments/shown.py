"""What lesson 16 shows for a terminal, run as a reader would run it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
LESSON = Path(__file__).parents[2] / "notebooks" / "16_cloud_basics.ipynb"

cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
text = "\n".join("".join(cell["source"]) for cell in cells)
[commands] = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
Path("commands.sh").write_text(commands)
path = os.pathsep.join([str(BIN), os.environ["PATH"]])
done = subprocess.run(
    ["bash", "-eux", "commands.sh"],
    env={**os.environ, "PATH": path},
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    text=True,
)
print(done.stdout)
sys.exit(done.returncode)
