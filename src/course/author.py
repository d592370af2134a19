"""Run notebooks in fresh kernels and save them the way the repository keeps them.

python -m course.author notebooks/03_activations.ipynb
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
PASSING = ("execution", "lines_to_next_cell", "papermill")  # differs from run to run


def save_executed(path: Path, timeout: float = 600) -> None:
    """Execute the notebook from top to bottom and replace the file by the result.

    Adjacent prints become one output; run times and versions are left out. Raises
    nbclient's CellExecutionError if a cell fails, and leaves the file as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        for key in PASSING:
            cell.metadata.pop(key, None)
    draft = path.with_suffix(".draft")
    nbformat.write(notebook, draft)
    os.replace(draft, path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        save_executed(Path(name))
        print("executed", name)
