"""The content types that the default functions know."""

from localaws.serving.formats import ANY, CSV, JSON, NPY

UTF8_TYPES = [JSON, CSV]

__all__ = ["ANY", "CSV", "JSON", "NPY", "UTF8_TYPES"]
