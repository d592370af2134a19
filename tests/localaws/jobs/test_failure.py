"""Failure reasons are what a reader needs."""

from localaws.jobs.failure import LONGEST, reason

LOG = """\
Running Basic Script driver
Traceback (most recent call last):
File "train.py", line 3, in <module>
raise ValueError("bad learning rate")
ValueError: bad learning rate
Command failed with exit code 1. Traceback: Traceback (most recent call last):
subprocess.CalledProcessError: Command '['python']' returned non-zero exit status 1.
""".splitlines()
DRIVERS = "Traceback...\nsubprocess.CalledProcessError: Command returned 1."


def test_what_the_algorithm_wrote_is_the_reason():
    found = reason("out of tea", LOG, 1)
    assert found == "AlgorithmError: out of tea, exit code: 1"


def test_the_drivers_report_gives_way_to_the_scripts_exception():
    expected = "AlgorithmError: ValueError: bad learning rate, exit code: 1"
    assert reason(DRIVERS, LOG, 1) == expected
    assert reason("", LOG, 1) == expected


def test_a_silent_script_still_has_a_reason():
    assert reason("", ["hello"], 3).endswith("see its log, exit code: 3")


def test_a_reason_is_cut_to_the_limit_and_keeps_its_exit_code():
    found = reason("x" * 5000, [], 9)
    assert len(found) == LONGEST and found.endswith(", exit code: 9")
