"""The `train` program of a plain image, as the sagemaker-training toolkit runs it.

It runs inside the job with nothing but the standard library: `python toolkit.py ML`,
where ML is the folder that the job sees as /opt/ml. The script of the hyperparameter
`sagemaker_program` gets the others as `--name value` and SM_* variables.

https://github.com/aws/sagemaker-training-toolkit and its ENVIRONMENT_VARIABLES.md
"""

import importlib.util
import json
import multiprocessing
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

PREFIX = "sagemaker_"  # of hyperparameters that are not the script's
TUNING = "_tuning_objective_metric"  # of a tuning job's, the same
OWN = {
    "sagemaker_program",
    "sagemaker_submit_directory",
    "sagemaker_enable_cloudwatch_metrics",
    "sagemaker_container_log_level",
    "sagemaker_job_name",
    "sagemaker_region",
    "sagemaker_s3_output",
}  # the rest of these are the framework's: SM_FRAMEWORK_PARAMS
MEETING = "LOCALAWS_MEETING"  # "address:port", where the hosts of a job meet
TORCHRUN = "sagemaker_torch_distributed_enabled"


def read(path):
    """Return the JSON value of a file."""
    return json.loads(Path(path).read_text())


def typed(text):
    """Return a hyperparameter as the value that its text is in JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def split(given):
    """Return the toolkit's own hyperparameters and those of the script, typed."""
    values = {name: typed(text) for name, text in given.items() if name != TUNING}
    settings = {name: v for name, v in values.items() if name.startswith(PREFIX)}
    return settings, {n: v for n, v in values.items() if n not in settings}


def arguments(values):
    """Return hyperparameters as a command line: sorted, `-n` for one letter."""
    words = []
    for name, value in sorted(values.items()):
        if isinstance(value, dict):
            value = ",".join(f"{key}={one}" for key, one in sorted(value.items()))
        text = "" if value is None else str(value)
        words += [f"--{name}" if len(name) > 1 else f"-{name}", text]
    return words


def gpus():
    """Return the number of GPUs that `nvidia-smi` lists."""
    try:
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True)
    except OSError:
        return 0
    return listed.stdout.count(b"GPU ") if listed.returncode == 0 else 0


def environment(ml, settings, values):
    """Return what the toolkit knows of a job: the members of SM_TRAINING_ENV."""
    config, program = ml / "input" / "config", settings["sagemaker_program"]
    channels = read(config / "inputdataconfig.json")
    own = {n: v for n, v in settings.items() if n not in OWN}
    return {
        **machines(read(config / "resourceconfig.json")),
        **folders(ml),
        "additional_framework_parameters": own,
        "channel_input_dirs": {n: str(ml / "input" / "data" / n) for n in channels},
        "distribution_hosts": [],
        "distribution_instance_groups": [],
        "framework_module": os.environ.get("SAGEMAKER_TRAINING_MODULE"),
        "hyperparameters": values,
        "input_data_config": channels,
        "is_modelparallel_enabled": None,
        "job_name": settings.get("sagemaker_job_name", os.environ["TRAINING_JOB_NAME"]),
        "log_level": settings.get("sagemaker_container_log_level", 20),
        "module_dir": settings.get("sagemaker_submit_directory", str(ml / "code")),
        "module_name": program.removesuffix(".py"),
        "user_entry_point": program,
    }


def machines(config):
    """Return what resourceconfig.json says of the hosts, and what this one has."""
    groups = {row["instance_group_name"]: row for row in config["instance_groups"]}
    host, group = config["current_host"], config["current_group_name"]
    return {
        "current_host": host,
        "current_instance_group": group,
        "current_instance_group_hosts": groups[group]["hosts"],
        "current_instance_type": config["current_instance_type"],
        "hosts": config["hosts"],
        "instance_groups": list(groups),
        "instance_groups_dict": groups,
        "is_hetero": len(groups) > 1,
        "is_master": host == min(config["hosts"]),
        "master_hostname": min(config["hosts"]),
        "network_interface_name": config["network_interface_name"],
        "num_cpus": multiprocessing.cpu_count(),
        "num_gpus": gpus(),
        "num_neurons": 0,
        "resource_config": config,
    }


def folders(ml):
    """Return the folders of a job."""
    return {
        "input_config_dir": str(ml / "input" / "config"),
        "input_dir": str(ml / "input"),
        "model_dir": str(ml / "model"),
        "output_data_dir": str(ml / "output" / "data"),
        "output_dir": str(ml / "output"),
        "output_intermediate_dir": str(ml / "output" / "intermediate"),
    }


# Members that have no variable of their own, or one of another name.
RENAMED = {
    "additional_framework_parameters": "FRAMEWORK_PARAMS",
    "channel_input_dirs": "",
    "distribution_hosts": "",
    "hyperparameters": "HPS",
    "is_modelparallel_enabled": "",
    "job_name": "",
    "master_hostname": "",
}


def variables(known):
    """Return the SM_* variables of a job: texts as they are, all else as JSON."""
    found = {RENAMED.get(name, name.upper()): v for name, v in known.items()}
    found.pop("", None)
    channels, values = known["channel_input_dirs"], known["hyperparameters"]
    found |= {
        "CHANNELS": sorted(channels),
        "TRAINING_ENV": known,
        "USER_ARGS": arguments(values),
        **{f"CHANNEL_{name.upper()}": place for name, place in channels.items()},
        **{f"HP_{name.upper()}": value for name, value in values.items()},
    }
    return {f"SM_{name}": as_text(value) for name, value in found.items()}


def as_text(value):
    """Return the text of a variable; that of null is empty."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def install(*what):
    """Install packages into the job's layer; a failure is the job's, in pip's words."""
    status = subprocess.run([sys.executable, "-m", "pip", "install", *what]).returncode
    if status:
        sys.exit(status)


def prepare(program):
    """Make the current folder, the code's, ready; return how its program is started.

    A folder with a setup.py is installed as a package, and its program is a module; a
    shell script and a program without a suffix start by themselves.
    """
    needs = ["-r", "requirements.txt"] if Path("requirements.txt").exists() else []
    if not program.endswith(".sh") and Path("setup.py").exists():
        # Without isolation nothing is downloaded only to build it.
        built = importlib.util.find_spec("setuptools")
        install(*(["--no-build-isolation"] if built else []), ".", *needs)
        return [sys.executable, "-m", program.replace(".py", "")]
    if program.endswith(".py"):
        if needs:
            install(*needs)
        return [sys.executable, program]
    if needs:
        print("localaws: requirements.txt is not read for what is no Python.")
    if Path(program).is_file():
        Path(program).chmod(0o777)
    return []


def torchrun(start, known):
    """Return the command that starts a script once for each GPU of each host."""
    if start[1:2] == ["-m"] or not start:
        sys.exit(f"{TORCHRUN}: the entry point must be a Python script, no package")
    address, _, port = os.environ.get(MEETING, "").partition(":")
    hosts = known["hosts"]
    given = {
        "nnodes": len(hosts),
        "nproc_per_node": max(1, known["num_gpus"]),
        "master_addr": address or "127.0.0.1",
        "master_port": port or free_port(),
        "node_rank": hosts.index(known["current_host"]),
    }
    words = [f"--{name}={value}" for name, value in given.items()]
    return [sys.executable, "-m", "torch.distributed.run", *words, *start[1:]]


def free_port():
    """Return a port for the processes of the only host to meet at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    """Install what the code needs and become the script: its status is the job's."""
    ml = Path(sys.argv[1])
    settings, values = split(read(ml / "input" / "config" / "hyperparameters.json"))
    settings.setdefault("sagemaker_program", os.environ.get("SAGEMAKER_PROGRAM", ""))
    program = settings["sagemaker_program"]
    known = environment(ml, settings, values)
    os.environ.update(variables(known))
    (ml / "output" / "intermediate").mkdir(parents=True, exist_ok=True)
    code = ml / "code"
    os.chdir(code)
    os.environ["PYTHONPATH"] = f"{code}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    command, words = prepare(program), arguments(values)
    if settings.get(TORCHRUN):
        command = torchrun(command, known)
    if not command:
        command = ["/bin/sh", "-c", shlex.join([f"./{program}", *words])]
        words = []
    os.execv(command[0], [*command, *words])


if __name__ == "__main__":
    main()
