"""The content types that scripts name."""

from localaws.serving.formats import ANY, CSV, JSON, NPY

UTF8_TYPES = [JSON, CSV]

__all__ = ["ANY", "CSV", "JSON", "NPY", "UTF8_TYPES"]
