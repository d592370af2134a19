"""What processes take is measured, with all that they started."""

import os
import subprocess
import sys
import time

from waiting import until

from localaws.machine.usage import MEMORY, taken

PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
CHILD = """
import os, time
kept = bytearray(os.urandom(1)) * 50_000_000
end = time.monotonic() + 60
while time.monotonic() < end:
    pass
"""


def test_the_children_of_a_process_count():
    process = subprocess.Popen([sys.executable, "-c", PARENT, CHILD], process_group=0)
    try:
        until(lambda: taken(process.pid)[0] >= 1)
        seconds, memory = taken(process.pid)
        assert seconds < 60 and 50_000_000 < memory < MEMORY / 2
    finally:
        os.killpg(process.pid, 9)
        process.wait()
    assert taken(process.pid) == (0, 0)


def test_children_that_have_ended_count_while_their_parent_lives():
    busy = f"{PARENT}; import time; time.sleep(60)"
    spin = "import time\nwhile time.process_time() < 0.5: pass"
    process = subprocess.Popen([sys.executable, "-c", busy, spin])
    try:
        time.sleep(2)
        until(lambda: taken(process.pid)[0] >= 0.5)
    finally:
        process.kill()
        process.wait()
