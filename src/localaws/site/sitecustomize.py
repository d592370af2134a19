"""Runs at the start of every Python process that localaws points at itself."""

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


class _Redirect:
    """Prepares botocore when it is first imported, at no cost to other programs."""

    def find_spec(self, name, path=None, target=None):
        if name != "botocore.session":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                _register()

            setattr(spec.loader, "exec_module", exec_module)  # noqa: B010
        return spec


def _register():
    here = os.path.dirname(os.path.abspath(__file__))
    from runpy import run_path

    run_path(os.path.join(os.path.dirname(here), "redirect.py"))["register"]()


if os.environ.get("LOCALAWS_URL"):
    sys.meta_path.insert(0, _Redirect())
_chain()
