"""An AWS on this machine: real training jobs and endpoints without an account."""

from localaws.client import Connection, connect

__all__ = ["Connection", "connect"]
