import functools
import gc
import os
import tempfile

import botocore.session
import pytest

import course
from course.tools import runner

# Frameworks and tests are a million objects that stay: look seldom for garbage.
gc.set_threshold(10_000, 50, 100)
# Sessions by the hundred read the same models of services: read each once.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)
# What the tests start writes inside build/, not into the home folder.
os.environ.update(runner.private_environment())
# The workers share the cores: threads of PyTorch and TensorFlow would only wait.
os.environ |= {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
os.environ |= {"LOKY_MAX_CPU_COUNT": "1"}  # and so would those of `in_parallel`
# Hundreds of servers and jobs import the same modules: compile each once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
tempfile.tempdir = None  # look the variable up again
course.load_triton()  # a worker's tests import TensorFlow and PyTorch in any order


LESSONS = ("tests/notebooks/test_parameters.py", "notebooks/", "tests/book/")
WAIT = ("tests/localaws/", "tests/environments/")
SPREAD = 0.8  # of the suite


def scope(nodeid):
    """Return what one worker runs: a file, or one of the runs of a lesson.

    The files that read the site share a worker, which builds it once.
    """
    file = nodeid.split("::")[0]
    if file.startswith("tests/book/"):
        return "tests/book"
    return nodeid if file.endswith("test_parameters.py") else file


def pytest_collection_modifyitems(items):
    """Spread the lessons, which compute, among the tests that wait for processes.

    Near the end every worker finds something short.
    """
    lessons, others = {}, {}
    for item in sorted(items, key=lambda item: not item.nodeid.startswith(WAIT)):
        place = lessons if item.nodeid.startswith(LESSONS) else others
        place.setdefault(scope(item.nodeid), []).append(item)
    at = [(SPREAD * k / len(lessons), each) for k, each in enumerate(lessons.values())]
    at += [(k / len(others), each) for k, each in enumerate(others.values())]
    items[:] = [item for _, each in sorted(at, key=lambda row: row[0]) for item in each]


def pytest_collection_finish():
    gc.freeze()


def pytest_make_parametrize_id(val, argname):
    """Name bytes by their argument: what is packed may differ in each worker."""
    return argname if isinstance(val, bytes) and len(val) > 20 else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file is run by one worker, but each run of a lesson by any that is free."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return scope(nodeid)

    return Scheduling(config, log)
