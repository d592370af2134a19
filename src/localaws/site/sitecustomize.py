"""Runs at the start of every Python process that localaws points at itself."""

import contextlib
import gc
import importlib.machinery
import importlib.util
import os
import sys


def _chain():
    """Run the sitecustomize that this one stands in front of, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    rest = [path for path in sys.path if os.path.abspath(path or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


class _Around:
    """Does something around the first import of a module, at no cost to other programs.

    What it is given opens as the module begins to load, and closes when it has loaded.
    """

    def __init__(self, name, opened):
        self.name, self.opened = name, opened

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        others = [one for one in sys.meta_path if not isinstance(one, _Promised)]
        found = (one.find_spec(name, path, target) for one in others)
        spec = next(filter(None, found), None)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                with self.opened():
                    load(module)

            setattr(spec.loader, "exec_module", exec_module)  # noqa: B010
        return spec


@contextlib.contextmanager
def _redirected():
    """Prepare botocore when it has been imported."""
    yield
    _register()


@contextlib.contextmanager
def _kept():
    """Keep what a framework brings out of the searches for garbage: it stays.

    At the end of a process such a search takes a third as long as the import.
    """
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if searched:
            gc.enable()


def _register():
    here = os.path.dirname(os.path.abspath(__file__))
    from runpy import run_path

    run_path(os.path.join(os.path.dirname(here), "redirect.py"))["register"]()


class _Promised:
    """Installs a library that the image has and this environment lacks, on import.

    It is asked last, for what nothing else has found. What libraries look for is
    optional to them: only an import of the script, of pickle and of the model server
    installs. Several processes of a job take turns.
    """

    def __init__(self, text):
        self.packages = dict(pair.split("=") for pair in text.split())
        self.missed = {}  # names that could not be had, and why

    def find_spec(self, name, path=None, target=None):
        if name not in self.packages or not _wanted(sys._getframe(1)):
            return None
        if name in self.missed:
            raise ModuleNotFoundError(self.missed[name], name=name)
        import fcntl
        import tempfile

        place = os.path.join(tempfile.gettempdir(), "localaws-promised.lock")
        with open(place, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            spec = _find(name) or _install(name, self.packages[name])
        if spec is None:
            self.missed[name] = _words(name, self.packages[name])
            raise ModuleNotFoundError(self.missed[name], name=name)
        return spec


def _wanted(frame):
    """Return whether the code that imports is not that of an installed library."""
    while frame and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    place = frame.f_code.co_filename if frame else ""
    library = "site-packages" in place or "dist-packages" in place
    parts = (os.path.join("localaws", name) for name in ("serving", "algorithms"))
    return not library or any(part in place for part in parts)


def _find(name):
    importlib.invalidate_caches()
    return importlib.machinery.PathFinder.find_spec(name)


def _install(name, package):
    """Install a package into the layer; return its module's spec, None without it."""
    import subprocess

    print(f"localaws: the image has {package}, this environment lacks it.", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--retries", "2", package]
    variables = {**os.environ, "LOCALAWS_PROMISED": ""}
    status = subprocess.run(command, env=variables, stdout=sys.stderr).returncode
    return _find(name) if status == 0 else None


def _words(name, package):
    return (
        f"No module named {name!r}: the image has the package {package}, this "
        "environment lacks it, and pip could not install it. Install it here, or give "
        "pip an index (PIP_INDEX_URL)."
    )


if os.environ.get("LOCALAWS_URL"):
    sys.meta_path.insert(0, _Around("botocore.session", _redirected))
if os.environ.get("LOCALAWS_PROMISED"):
    sys.meta_path.append(_Promised(os.environ["LOCALAWS_PROMISED"]))
for _name in ("torch", "tensorflow", "sklearn"):
    sys.meta_path.insert(0, _Around(_name, _kept))
_chain()
