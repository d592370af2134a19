"""moto's records of functions: what reaches one of them is run here."""

from __future__ import annotations

from typing import Any

from localaws.functions.invocation import Functions


def setup(functions: Functions) -> None:
    """Let moto's functions run in this server."""
    _: Any = functions
