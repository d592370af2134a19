import os
import tempfile

import pytest

import course
from course.tools import runner

# What the tests start writes inside build/, not into the home folder.
os.environ.update(runner.private_environment())
# The workers share the cores: threads of PyTorch and TensorFlow would only wait.
os.environ |= {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
os.environ |= {"LOKY_MAX_CPU_COUNT": "1"}  # and so would those of `in_parallel`
tempfile.tempdir = None  # look the variable up again
course.load_triton()  # a worker's tests import TensorFlow and PyTorch in any order


def pytest_collection_modifyitems(items):
    """Begin with the lessons: near the end every worker then finds something short."""
    long = ("tests/notebooks/test_parameters.py", "notebooks/", "tests/book/")
    items.sort(key=lambda item: not item.nodeid.startswith(long))


def pytest_make_parametrize_id(val, argname):
    """Name bytes by their argument: what is packed may differ in each worker."""
    return argname if isinstance(val, bytes) and len(val) > 20 else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file is run by one worker, but each run of a lesson by any that is free.

    The files that read the site share a worker, which builds it once.
    """
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            if file.startswith("tests/book/"):
                return "tests/book"
            return nodeid if file.endswith("test_parameters.py") else file

    return Scheduling(config, log)
