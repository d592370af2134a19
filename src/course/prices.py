"""The price list of localaws, where lessons import it from."""

from localaws.machine.prices import PER_HOUR, REGION, SEEN, SOURCE, dollars

__all__ = ["PER_HOUR", "REGION", "SEEN", "SOURCE", "dollars"]
