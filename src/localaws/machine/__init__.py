"""This machine in the part of an instance: sandboxes, layers, types, prices."""
