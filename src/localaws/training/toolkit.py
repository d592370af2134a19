"""The `train` program of a plain image, as the sagemaker-training toolkit runs it.

It runs inside the job with nothing but the standard library: `python toolkit.py ML`,
where ML is the folder that the job sees as /opt/ml. The script of the hyperparameter
`sagemaker_program` gets the others as `--name value` and SM_* variables.

https://github.com/aws/sagemaker-training-toolkit and its ENVIRONMENT_VARIABLES.md
"""

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

OWN = ("sagemaker_", "_tuning_objective_metric")  # of the toolkit, not of the script


def read(path):
    """Return the JSON value of a file."""
    return json.loads(Path(path).read_text())


def typed(text):
    """Return a hyperparameter as the value that its text is in JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def arguments(values):
    """Return hyperparameters as a command line: sorted, `-n` for one letter."""
    words = []
    for name, value in sorted(values.items()):
        if isinstance(value, dict):
            value = ",".join(f"{key}={one}" for key, one in sorted(value.items()))
        words += [f"--{name}" if len(name) > 1 else f"-{name}", str(value)]
    return words


def gpus():
    """Return the number of GPUs that `nvidia-smi` lists."""
    try:
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True)
    except OSError:
        return 0
    return listed.stdout.count(b"GPU ") if listed.returncode == 0 else 0


def variables(ml, settings, values):
    """Return the SM_* variables of a job."""
    config = ml / "input" / "config"
    channels = read(config / "inputdataconfig.json")
    machines = read(config / "resourceconfig.json")
    data = ml / "input" / "data"
    found = {
        "CHANNELS": sorted(channels),
        "CURRENT_HOST": machines["current_host"],
        "CURRENT_INSTANCE_TYPE": machines["current_instance_type"],
        "HOSTS": machines["hosts"],
        "HPS": values,
        "INPUT_CONFIG_DIR": config,
        "INPUT_DATA_CONFIG": channels,
        "INPUT_DIR": ml / "input",
        "IS_MASTER": machines["current_host"] == min(machines["hosts"]),
        "LOG_LEVEL": settings.get("sagemaker_container_log_level", 20),
        "MODEL_DIR": ml / "model",
        "MODULE_DIR": settings.get("sagemaker_submit_directory", ml / "code"),
        "NETWORK_INTERFACE_NAME": machines["network_interface_name"],
        "NUM_CPUS": multiprocessing.cpu_count(),
        "NUM_GPUS": gpus(),
        "OUTPUT_DATA_DIR": ml / "output" / "data",
        "OUTPUT_DIR": ml / "output",
        "RESOURCE_CONFIG": machines,
        "USER_ARGS": arguments(values),
        "USER_ENTRY_POINT": settings["sagemaker_program"],
    }
    found |= {f"CHANNEL_{name.upper()}": data / name for name in channels}
    found |= {f"HP_{name.upper().replace('-', '_')}": v for name, v in values.items()}
    plain = {name: v for name, v in found.items() if not isinstance(v, list | dict)}
    packed = {name: json.dumps(v) for name, v in found.items() if name not in plain}
    return {f"SM_{name}": str(value) for name, value in (plain | packed).items()}


def main():
    """Install the requirements, become the script; exits with the script's status."""
    ml = Path(sys.argv[1])
    given = read(ml / "input" / "config" / "hyperparameters.json")
    settings = {"sagemaker_program": os.environ.get("SAGEMAKER_PROGRAM", "")}
    settings |= {n: typed(v) for n, v in given.items() if n.startswith(OWN)}
    values = {n: typed(v) for n, v in given.items() if not n.startswith(OWN)}
    os.environ.update(variables(ml, settings, values))
    code, program = ml / "code", settings["sagemaker_program"]
    os.chdir(code)
    os.environ["PYTHONPATH"] = f"{code}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    if Path("requirements.txt").exists():
        command = [sys.executable, "-m", "pip", "install", "-r", "requirements.txt"]
        subprocess.run(command, check=True)
    if program.endswith(".sh"):
        os.execvp("/bin/sh", ["sh", program, *arguments(values)])
    os.execv(sys.executable, [sys.executable, program, *arguments(values)])


if __name__ == "__main__":
    main()
