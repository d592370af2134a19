"""Failure reasons are what a reader needs."""

import subprocess
import sys

import pytest

from localaws.jobs.failure import LONGEST, reason, signalled, words

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


def test_what_the_algorithm_wrote_of_a_child_that_failed_is_its_own():
    own = f"Exception during training: a child failed\n{DRIVERS}"
    assert own in reason(own, ["nothing"], 1)


def test_a_silent_script_still_has_a_reason():
    assert reason("", [], 3).endswith("see its log, exit code: 3")
    drivers = ["localaws: a note", "+ python train.py", "Running Basic Script driver"]
    assert reason(DRIVERS, drivers, 3).endswith("see its log, exit code: 3")
    before = ["SM_NUM_GPUS=0", "++ echo 'Running Basic Script driver'"]
    after = ["Executing command: python train.py", "+++ handle_error"]
    assert reason("", [*before, *after], 3).endswith("see its log, exit code: 3")
    assert words([*before, "Executing command: x", "no data", *after]) == "no data"


def test_a_reason_is_cut_to_the_limit_and_keeps_its_exit_code():
    found = reason("x" * 5000, [], 9)
    assert len(found) == LONGEST and found.endswith(", exit code: 9")


def test_a_long_log_keeps_the_name_of_the_error_and_its_end():
    log = [*LOG[:4], f"ValueError: begins {'x' * 5000} ends"]
    found = reason("", log, 1)
    assert len(found) == LONGEST and found.endswith("x ends, exit code: 1")
    assert found.startswith("AlgorithmError: ValueError: begins xxx")


# What a script does, and what of it the reason must be.
SCRIPTS = {
    "raise ValueError('first\\nsecond: line')": "ValueError: first\nsecond: line",
    "raise KeyError": "KeyError",
    "raise KeyError()": "KeyError",
    "import struct\nstruct.unpack('I', b'1')": "struct.error: unpack requires",
    "class lower(Exception): pass\nraise lower('boom')": "lower: boom",
    "class _Own(Exception): pass\nraise _Own('boom')": "_Own: boom",
    "def f():\n  class E(Exception): pass\n  raise E('x')\nf()": "f.<locals>.E: x",
    "try: 1/0\nexcept Exception as e: raise OSError('w') from e": "OSError: w",
    "try: 1/0\nexcept Exception: raise OSError('w')": "OSError: w",
    "e = ValueError('x')\ne.add_note('a note')\nraise e": "ValueError: x\na note",
    "raise ExceptionGroup('many', [ValueError('a'), TypeError('b')])": (
        "ExceptionGroup: many (2 sub-exceptions)\nValueError: a\nTypeError: b"
    ),
    "try: 1/0\nexcept Exception as e: raise ExceptionGroup('g', [e, KeyError(1)])": (
        "ExceptionGroup: g (2 sub-exceptions)\nZeroDivisionError: division by zero"
        "\nKeyError: 1"
    ),
    "import sys\nsys.exit('the data folder is empty')": "the data folder is empty",
    "import sys\nprint('bad config', file=sys.stderr)\nsys.exit(3)": "bad config",
    "import logging\ntry: 1/0\nexcept Exception: logging.exception('no')\nexit(1)": (
        "ZeroDivisionError: division by zero"
    ),
    "import argparse\np = argparse.ArgumentParser()\np.parse_args(['--epochs', '1'])": (
        "error: unrecognized arguments: --epochs 1"
    ),
    "import subprocess as s, sys\ns.check_call([sys.executable, '-c', 'int([])'])": (
        "TypeError: int() argument"
    ),
    "import subprocess as s\ns.check_call(['sh', '-c', 'echo no disk; exit 4'])": (
        "no disk\nsubprocess.CalledProcessError: Command"
    ),
    "def f(:\n    pass": "SyntaxError: ",
    "if 1:\npass": "IndentationError: ",
    "def f(n): f(n + 1)\nf(0)": "RecursionError: maximum recursion",
    "import asyncio\nasync def f(): raise OSError('x')\nasyncio.run(f())": "OSError: x",
    "from concurrent.futures import ProcessPoolExecutor as P\n"
    "with P(1) as p: p.submit(int, 'x').result()": "ValueError: invalid literal",
    "import missing_library": "ModuleNotFoundError: No module named 'missing_library'",
}


@pytest.mark.parametrize("code", SCRIPTS, ids=range(len(SCRIPTS)))
@pytest.mark.parametrize("stripped", [False, True], ids=["plain", "drivers"])
def test_the_end_of_the_log_tells_why(tmp_path, code, stripped):
    script = tmp_path / "train.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, "-u", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode
    lines = done.stdout.splitlines()
    if stripped:  # as the SDK's drivers pass it on
        lines = [*map(str.strip, lines), "Command failed with exit code 1. Traceback:"]
    expected = SCRIPTS[code]
    found = words(["epoch 1", *lines])
    assert expected in found and expected in reason("", lines, 1)
    if "Error" in expected.split()[0]:  # nothing of what went before
        assert found.startswith(expected)


def test_a_syntax_error_is_told_with_its_place():
    log = [
        "Traceback (most recent call last):",
        '  File "train.py", line 1, in <module>',
    ]
    log += [
        "    import beside",
        '  File "/opt/ml/code/beside.py", line 7',
        "    def f(:",
    ]
    found = words([*log, "          ^", "SyntaxError: invalid syntax"])
    assert found == 'SyntaxError: invalid syntax\nFile "/opt/ml/code/beside.py", line 7'


def test_what_python_ignores_at_its_end_is_not_the_reason():
    ignored = [
        "Exception ignored in: <function Loader.__del__ at 0x7f>",
        "Traceback (most recent call last):",
        '  File "train.py", line 2, in __del__',
        "    self.workers.stop()",
        "AttributeError: 'NoneType' object has no attribute 'stop'",
    ]
    assert words([*LOG[:5], *ignored]) == "ValueError: bad learning rate"
    assert words(["no data", *ignored]) == "no data"
    assert words(["no data", *map(str.strip, ignored)]) == "no data"


def test_frames_that_a_message_quotes_are_left_out():
    quoted = [f'  File "layer_{number}.py", line 1, in call' for number in range(60)]
    log = [
        *(
            "Traceback (most recent call last):",
            '  File "train.py", line 1, in <module>',
        ),
        "    model.fit(x, y)",
        "tensorflow.python.framework.errors_impl.InvalidArgumentError: Graph error:",
        "Detected at node Add defined at (most recent call last):",
        *quoted,
        "Incompatible shapes: [32,10] vs. [32,9]",
    ]
    assert words(log) == "\n".join([log[3], log[4], log[-1]])


def test_an_exception_that_was_handled_long_ago_is_not_the_reason():
    later = [f"epoch {number}" for number in range(100)]
    assert words([*LOG[:5], *later, "data ran out"]).endswith("data ran out")
    assert "ValueError" not in words([*LOG[:5], *later, "data ran out"])


SPARK = """\
Traceback (most recent call last):
  File "/opt/ml/processing/input/code/app.py", line 4, in <module>
    spark.range(3).write.csv('s3://bucket/out')
  File "pyspark.zip/pyspark/errors/exceptions/captured.py", line 256, in deco
py4j.protocol.Py4JJavaError: An error occurred while calling o33.csv.
: java.io.IOException: s3://bucket/out: AccessDenied
\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(Unknown Source)
{frames}
Caused by: org.apache.hadoop.ipc.RemoteException(java.io.IOException): AccessDenied
\tat org.apache.hadoop.hdfs.web.JsonUtilClient.toRemote(JsonUtilClient.java:100)
\tat ... run in separate thread using org.apache.spark.util.ThreadUtils ... ()
\t... 98 more

spark-submit command failed with exit code 1
""".format(frames="\tat org.apache.spark.sql.A$.$anonfun$b$1(A.scala:4)\n" * 90)


def test_java_s_frames_do_not_hide_its_exception():
    found = reason("", SPARK.splitlines(), 1)
    assert found.startswith("AlgorithmError: py4j.protocol.Py4JJavaError: An error")
    assert "s3://bucket/out: AccessDenied" in found and "\tat " not in found
    jar = [
        'Exception in thread "main" java.lang.Error: no',
        *["\tat a.B.c(B.java)"] * 9,
    ]
    assert words(jar) == jar[0]


def test_of_pips_words_those_with_the_package_are_kept():
    pip = ["Looking in indexes: x", "ERROR: No matching distribution found for nope"]
    tail = [
        "Traceback (most recent call last):",
        '  File "install.py", line 1, in <module>',
        "    main()",
        "subprocess.CalledProcessError: Command '['python', '-m', 'pip', 'install']' x",
    ]
    assert words([*pip, *tail]) == pip[1]


def test_the_rank_that_failed_tells_why():
    log = [
        "[rank1]: Traceback (most recent call last):",
        '[rank1]:   File "/opt/ml/code/train.py", line 3, in <module>',
        "[rank1]:     main()",
        "[rank1]: RuntimeError: no peer",
        "E1126 09:00:00.0 7 torch/distributed/elastic/api.py:8] failed (exitcode: 1)",
        "Traceback (most recent call last):",
        '  File "torchrun", line 8, in <module>',
        "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ",
        "============",
        "train.py FAILED",
    ]
    assert words(log) == "RuntimeError: no peer"


@pytest.mark.parametrize(
    ("status", "name"),
    [(137, "SIGKILL"), (247, "SIGKILL"), (139, "SIGSEGV"), (134, "SIGABRT")],
)
def test_a_signal_is_named_with_the_end_of_the_log(status, name):
    found = reason("", ["loading all of it"], status)
    assert name in found and "loading all of it" in found


@pytest.mark.parametrize("status", [1, 2, 127, 128, 255])
def test_what_is_no_signal_is_not_called_one(status):
    assert signalled(status) == ""


def test_an_apostrophe_is_blamed_only_where_the_sdk_stumbled_over_it():
    usage = ["usage: train.py", "train.py: error: argument --name: no"]
    assert "argument --name" in reason("", usage, 2, {"name": "it's"})
    broken = ["/opt/ml/input/sm_training.env: line 3: unexpected EOF"]
    assert '"name" contains an apostrophe' in reason("", broken, 2, {"name": "it's"})
