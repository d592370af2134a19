"""Folders in each other, as a job may make them."""

import os


def nest(folder, depth):
    """Make folders in each other: their path is longer than a path may be."""
    folder.mkdir()
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("inner", dir_fd=here)
        deeper = os.open("inner", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
