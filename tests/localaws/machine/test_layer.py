"""A layer has its own programs, and the packages of this environment below them."""

from sandboxed import run


def test_packages_install_into_a_layer_over_this_environment(sandbox):
    code = "import sys, numpy; print(sys.prefix); print(numpy.__file__)"
    text, _ = run(sandbox, f"python -c '{code}'; command -v pip torchrun python3")
    prefix, numpy, *programs = text.splitlines()
    assert prefix == str(sandbox.folder / "env") and prefix not in numpy
    assert all(program.startswith(prefix) for program in programs)


def test_a_cpu_instance_has_no_gpu(sandbox):
    text, status = run(sandbox, "echo $CUDA_VISIBLE_DEVICES; nvidia-smi")
    assert text.startswith("-1\n") and status != 0
