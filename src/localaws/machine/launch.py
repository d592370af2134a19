"""The parent of everything a job starts: it prepares the namespace, and ends it all.

Run as a script with nothing but the standard library. Its standard input begins with
a JSON object (argv, env, cwd, and what the sandbox wants); each line after it is a
number, a signal to send to the job. When standard input ends, the server is gone and
so is the job. Exits with the job's status, 128 + n after signal n.

What is to be contained gets a namespace of processes. A second process of this program
is the first there: it stands for the job's parent, passes on signals, and collects
orphans. The job itself is not the first, which no signal ends by default.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import socket
import struct
import sys

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER = 0x20000, 0x04000000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP = 0x20000000, 0x40000000, 0x8914, 1
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MS_RDONLY, MS_REMOUNT = 0x1, 0x20
PROC_FLAGS = 0xE  # nosuid, nodev, noexec
LAST_PID = "/proc/sys/kernel/ns_last_pid"
KEPT_FLAGS = 0xE  # nosuid, nodev, noexec: a user's namespace may not take them away


def libc():
    """Return the C library, with errno kept."""
    return ctypes.CDLL(None, use_errno=True)


def checked(result):
    """Raise the OSError that a failed C call left behind."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def bind(source, target):
    """Make `target` show what is at `source`, in this mount namespace."""
    flags = MS_BIND | MS_REC
    checked(libc().mount(source.encode(), target.encode(), None, flags, None))


def unshare(flags):
    """Leave namespaces of the machine, as root or in a user's namespace of his own."""
    uid, gid = os.getuid(), os.getgid()
    if libc().unshare(flags) != 0:
        checked(libc().unshare(flags | CLONE_NEWUSER))
        maps = {"setgroups": "deny", "uid_map": f"{uid} {uid} 1"}
        for name, text in {**maps, "gid_map": f"{gid} {gid} 1"}.items():
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def contain():
    """Fork the first process of a namespace of processes; return 0 in that one.

    What it forks sees and signals nothing outside, and ends when it ends. The numbers
    there begin where those outside are: files that are named by them seldom clash.
    """
    begin = os.getpid()
    unshare(CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        with contextlib.suppress(OSError), open(LAST_PID, "w") as file:
            file.write(str(begin))
    return pid


def enter_namespaces(isolated=False, contained=False):
    """Leave the machine's mount and host-name namespaces.

    And its network where `isolated`: only a loopback of its own is left. What is
    `contained` gets a /proc that shows the processes of its namespace alone.
    """
    unshare(CLONE_NEWNS | CLONE_NEWUTS | (CLONE_NEWNET if isolated else 0))
    checked(libc().mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    if contained:
        checked(libc().mount(b"proc", b"/proc", b"proc", PROC_FLAGS, None))
    if isolated:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            loopback = struct.pack("16sh22x", b"lo", IFF_UP)
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, loopback)


def place(source, target, stage):
    """Show the folder `source` at `target`, which need not exist.

    The parent of `target` is rebuilt in `stage` from bind mounts, so that nothing is
    ever written to the machine's own folders.
    """
    parent, name = os.path.split(target)
    os.makedirs(stage, exist_ok=True)
    for entry in os.scandir(parent):
        copy = os.path.join(stage, entry.name)
        if entry.name == name:
            continue
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), copy)
        elif entry.is_dir():
            os.makedirs(copy, exist_ok=True)
            bind(entry.path, copy)
        else:
            open(copy, "a").close()
            bind(entry.path, copy)
    inner = os.path.join(stage, name)
    os.makedirs(inner, exist_ok=True)
    bind(source, inner)
    bind(stage, parent)


def hide(folder, stage, kept):
    """Show the empty folder `stage` at `folder`, and in it nothing but `kept`.

    A folder of another server that has gone meanwhile needs no hiding.
    """
    if kept:
        inner = os.path.join(stage, os.path.relpath(kept, folder))
        os.makedirs(inner)
        bind(kept, inner)
    try:
        bind(stage, folder)
    except FileNotFoundError:
        if os.path.exists(folder):
            raise


def protect(target):
    """Let nobody write to what is shown at `target`."""
    flags = MS_BIND | MS_REMOUNT | MS_RDONLY
    flags |= os.statvfs(target).f_flag & KEPT_FLAGS
    checked(libc().mount(None, target.encode(), None, flags, None))


def renew(folder, stage, size, kept):
    """Show an empty folder for `size` bytes at `folder`, with those `kept` in it."""
    options = f"size={size},mode=1777".encode()
    checked(libc().mount(b"tmpfs", stage.encode(), b"tmpfs", 0, options))
    for path in kept:
        inner = os.path.join(stage, os.path.relpath(path, folder))
        os.makedirs(inner)
        bind(path, inner)
    bind(stage, folder)


def become(spec, ready):
    """Turn this (forked) process into the job; never returns."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    os.close(ready)
    if spec.get("namespace"):
        enter_namespaces(spec.get("isolated", False), spec.get("contained", False))
        for source, target in spec.get("files", {}).items():
            bind(source, target)
        for folder, stage, kept in spec.get("hidden", ()):
            hide(folder, stage, kept)
        for source, target, stage in spec["namespace"]:
            place(source, target, stage)
        for target in spec.get("protected", ()):
            protect(target)
        for folder, stage, size, kept in spec.get("renewed", ()):
            renew(folder, stage, size, kept)
        hostname = spec.get("hostname", "").encode()
        if hostname:
            checked(libc().sethostname(hostname, len(hostname)))
    if LINUX:
        libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name, limit in spec.get("limits", {}).items():
        kind = getattr(resource, f"RLIMIT_{name.upper()}")
        resource.setrlimit(kind, (limit, limit))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.chdir(spec["cwd"])
    os.execvpe(spec["argv"][0], spec["argv"], spec["env"])


def start(spec):
    """Fork the job and return its process id once it can be sent signals."""
    waiting, ready = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            become(spec, ready)
        except BaseException as error:
            text = f"localaws could not start {spec['argv'][0]!r}: {error}\n"
            os.write(2, text.encode())
            os._exit(126)
    os.close(ready)
    os.read(waiting, 1)
    os.close(waiting)
    return pid


def descendants(root=None):
    """Return the processes below `root`, this one by default, zombies left out."""
    parents = {}
    for name in os.listdir("/proc") if LINUX else ():
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
                if fields[0] != "Z":
                    parents[int(name)] = int(fields[1])
    found: set[int] = set()
    edge = {root or os.getpid()}
    while edge:
        edge = {pid for pid, parent in parents.items() if parent in edge} - found
        found |= edge
    return found


def end_all(pid):
    """Kill the job's group and whatever left the group."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    while remaining := descendants():
        for child in remaining:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        reap(None)
        select.select([], [], [], 0.01)
    with contextlib.suppress(ChildProcessError):
        while True:  # all are killed; one whose threads are still ending counts as dead
            os.waitpid(-1, 0)


def reap(pid):
    """Collect dead children; return the exit status of `pid` if it is among them."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while True:
            child, code = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                break
            if child == pid:
                status = os.waitstatus_to_exitcode(code)
    return status


def supervise(pid, commands):
    """Pass signals on until the job ends; return its exit status."""
    wake, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    buffer = b""
    while (status := reap(pid)) is None:
        readable, _, _ = select.select([wake, commands], [], [], 5)
        if wake in readable:
            os.read(wake, 4096)
        if commands in readable:
            data = os.read(commands, 4096)
            if not data:  # the server is gone
                return -signal.SIGKILL
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                with contextlib.suppress(OSError):
                    os.killpg(pid, int(line))
    return status


def read_spec(commands):
    """Read the job's description: ten digits of its length, then JSON."""
    size = int(os.read(commands, 10))
    data = b""
    while len(data) < size:
        data += os.read(commands, size - len(data)) or sys.exit(1)
    return json.loads(data)


def main():
    """Run the job and exit with its status."""
    commands = os.dup(0)
    os.set_inheritable(commands, False)
    spec = read_spec(commands)
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if LINUX:
        libc().prctl(PR_SET_CHILD_SUBREAPER, 1)
    contained = spec.get("contained", False)
    if contained and (first := contain()):
        status = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    else:
        pid = start(spec)
        status = supervise(pid, commands)
        if not contained:  # else the kernel ends what is left, with this process
            end_all(pid)
    os._exit(128 - status if status < 0 else status)


if __name__ == "__main__":
    main()
