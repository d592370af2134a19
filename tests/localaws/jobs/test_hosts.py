"""Jobs on several instances: hosts with names, one end, and gradients averaged."""

import json
import textwrap

import boto3
import pytest
import torch
from botocore.exceptions import ClientError
from torch import nn
from training_jobs import members

TWO = {"InstanceCount": 2}
WHO = """
import json, pathlib, socket, time
ml = pathlib.Path("/opt/ml")
config = json.loads((ml / "input/config/resourceconfig.json").read_text())
me, hosts = config["current_host"], config["hosts"]
print(me, hosts, sorted(p.name for p in (ml / "input/data/train").iterdir()))
(ml / "model" / me).write_text(me)
(ml / "model/shared").write_text(me)
(ml / "output/data" / me).write_text(me)
"""


def shards(connection, s3):
    """Store three objects; return a channel that shares them out."""
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=connection.bucket, Key=f"shards/{key}", Body=b"1")
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{connection.bucket}/shards/",
        "S3DataDistributionType": "ShardedByS3Key",
    }
    return {"ChannelName": "train", "DataSource": {"S3DataSource": source}}


def test_two_hosts_share_the_data_and_one_archive(
    submit, finished, log_of, connection, s3
):
    data = [shards(connection, s3)]
    name = submit(WHO, ResourceConfig=TWO, InputDataConfig=data)
    job = finished(name)
    assert job["TrainingJobStatus"] == "Completed", job
    lines = log_of(name)
    assert "algo-1 ['algo-1', 'algo-2'] ['a', 'c']" in lines
    assert "algo-2 ['algo-1', 'algo-2'] ['b']" in lines
    model = job["ModelArtifacts"]["S3ModelArtifacts"]
    expected = {"algo-1": b"algo-1", "algo-2": b"algo-2"}
    assert members(s3, model) == {**expected, "shared": b"algo-1"}
    assert members(s3, model.replace("model.tar", "output.tar")) == expected


def test_each_host_has_a_log_stream_of_its_own(submit, finished):
    name = submit("print('hello')", ResourceConfig=TWO)
    finished(name)
    streams = boto3.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/"
    )["logStreams"]
    names = [row["logStreamName"].rpartition("-")[0] for row in streams]
    assert names == [f"{name}/algo-1", f"{name}/algo-2"]


@pytest.mark.parametrize("mode", ["namespace"], indirect=True)
def test_hosts_reach_each_other_by_name(submit, finished, log_of, mode):
    code = """
    import socket, time
    me = socket.gethostname()
    if me == "algo-1":
        with socket.create_server(("algo-1", 7000)) as server:
            print("heard", server.accept()[0].recv(99).decode())
    else:
        with socket.create_server(("algo-2", 7000)):  # its own address, the same port
            while True:
                try:
                    socket.create_connection(("algo-1", 7000)).sendall(me.encode())
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
    """
    jobs = [submit(textwrap.dedent(code), ResourceConfig=TWO) for _ in range(2)]
    for name in jobs:
        assert finished(name)["TrainingJobStatus"] == "Completed"
        assert "heard algo-2" in log_of(name)


def test_one_hosts_failure_ends_the_others(submit, finished):
    code = """
    import json, time
    config = json.load(open("/opt/ml/input/config/resourceconfig.json"))
    if config["current_host"] == "algo-2":
        raise ValueError("the second host is ill")
    time.sleep(300)
    """
    job = finished(submit(textwrap.dedent(code), ResourceConfig=TWO))
    assert job["TrainingJobStatus"] == "Failed"
    assert "ValueError: the second host is ill" in job["FailureReason"]


def test_more_instances_than_the_quota_are_refused(submit):
    words = "service limit 'ml.m5.large for training job usage' is 8 Instances"
    with pytest.raises(ClientError, match=words) as caught:
        submit("pass", ResourceConfig={"InstanceCount": 9})
    assert caught.value.response["Error"]["Code"] == "ResourceLimitExceeded"


@pytest.fixture
def trainer(connection, tmp_path):
    """Return a function that makes a ModelTrainer of one script."""
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, SourceCode

    def make(code, mode, count=2, **members):
        (tmp_path / "src").mkdir(exist_ok=True)
        (tmp_path / "src/train.py").write_text(code)
        return ModelTrainer(
            training_image=IMAGE,
            source_code=SourceCode(
                source_dir=str(tmp_path / "src"), entry_script="train.py"
            ),
            compute=Compute(instance_type="ml.m5.large", instance_count=count),
            environment={"LOCALAWS_PATHS": mode},
            role=connection.role_arn,
            base_job_name="cluster",
            **members,
        )

    return make


IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6-cpu-py312"
PARALLEL = """
import json, os
import torch
import torch.distributed as dist
from torch import nn
dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
torch.manual_seed(0)
model = nn.Linear(3, 2)
x, y = torch.arange(12.0).reshape(4, 3), torch.arange(8.0).reshape(4, 2)
mine = slice(rank * 2, rank * 2 + 2)
parallel = nn.parallel.DistributedDataParallel(model)
nn.functional.mse_loss(parallel(x[mine]), y[mine]).backward()
total = torch.tensor(float(rank + 1))
dist.all_reduce(total)
if rank == 0:
    found = {"world": world, "total": total.item(), "hosts": os.environ["SM_HOSTS"],
             "gradient": model.weight.grad.tolist()}
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "found.json"), "w") as file:
        json.dump(found, file)
dist.destroy_process_group()
"""


def test_torchrun_averages_gradients_over_two_hosts_even_in_two_jobs_at_once(
    trainer, s3, finished, mode
):
    from sagemaker.train.distributed import Torchrun

    made = [
        trainer(PARALLEL, mode, distributed=Torchrun(process_count_per_node=1))
        for _ in range(2 if mode == "namespace" else 1)
    ]
    for one in made:
        one.train(wait=False, logs=False)
    expected = gradient_on_one_machine()
    for one in made:
        job = finished(one._latest_training_job.training_job_name)
        assert job["TrainingJobStatus"] == "Completed", job
        files = members(s3, job["ModelArtifacts"]["S3ModelArtifacts"])
        found = json.loads(files["found.json"])
        assert (found["world"], found["total"]) == (2, 3.0)
        assert json.loads(found["hosts"]) == ["algo-1", "algo-2"]
        torch.testing.assert_close(torch.tensor(found["gradient"]), expected)


def gradient_on_one_machine():
    """The gradient of all four examples together: the oracle."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    x, y = torch.arange(12.0).reshape(4, 3), torch.arange(8.0).reshape(4, 2)
    nn.functional.mse_loss(model(x), y).backward()
    return model.weight.grad


def test_a_custom_driver_runs_on_every_host(trainer, log_of, tmp_path, mode):
    from sagemaker.train.distributed import DistributedConfig

    (tmp_path / "drivers").mkdir()
    driver = "import os\nprint('driver of', os.environ['SM_CURRENT_HOST'], 'says', "
    driver += "os.environ['SM_DISTRIBUTED_CONFIG'])\n"
    driver += "os.system('python ' + os.environ['SM_ENTRY_SCRIPT'])\n"
    (tmp_path / "drivers/mine.py").write_text(driver)

    class Mine(DistributedConfig):
        word: str

        @property
        def driver_dir(self):
            return str(tmp_path / "drivers")

        @property
        def driver_script(self):
            return "mine.py"

    made = trainer("print('the script')", mode, distributed=Mine(word="hello"))
    made.train(wait=True, logs=True)
    job = made._latest_training_job
    assert job.training_job_status == "Completed"
    lines = log_of(job.training_job_name)
    assert lines.count("the script") == 2
    for host in ("algo-1", "algo-2"):
        assert f'driver of {host} says {{"word": "hello"}}' in lines, lines[-5:]
