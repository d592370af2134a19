"""The folder that client processes and jobs find sitecustomize in, on PYTHONPATH."""

from pathlib import Path

SITE = Path(__file__).parent
