"""Five manifests of one container: well formed, in agreement, and planted faults."""

import boto3
import pytest
from moto import mock_aws

from course import manifests
from course.manifests import MAKERS, Service

IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/n2e@sha256:{'0a' * 32}"
COMMAND = ["python", "/app/serve.py"]
ROLE = "arn:aws:iam::123456789012:role/n2e-role"
ONE = Service("n2e-one", IMAGE, COMMAND, 8080, 512, {"HOST": "0.0.0.0"})
OTHER = Service("n2e-two", f"{IMAGE[:-1]}b", ["serve"], 9000, 2048, {"A": "1"})


@pytest.mark.parametrize("platform", MAKERS)
@pytest.mark.parametrize("service", [ONE, OTHER], ids=lambda one: one.name)
def test_a_manifest_is_well_formed_and_says_what_the_service_is(platform, service):
    manifest = MAKERS[platform](service, ROLE)
    assert manifests.malformed(platform, manifest) == []
    said = manifests.facts(platform, manifest)
    assert said == {name: getattr(service, name) for name in said}
    least = {"SageMaker": 2, "Lambda": 4}  # the others are fixed by their contracts
    assert len(said) == least.get(platform, 5)


def all_of(service=ONE):
    return manifests.written(service, ROLE)


def test_manifests_of_one_service_agree_and_of_two_differ_in_every_fact():
    assert list(manifests.disagreements(all_of())) == []
    assert manifests.checked(all_of()) == (False, False)
    mixed = all_of() | {"Kubernetes": MAKERS["Kubernetes"](OTHER, ROLE)}
    found = list(manifests.disagreements(mixed))
    assert [line.partition(":")[0] for line in found] == list(manifests.FACTS)
    assert manifests.checked(mixed) == (False, True)
    assert "Kubernetes 9000" in found[2] and "ECS 8080" in found[2]


def test_a_port_that_kubernetes_itself_has_twice_is_a_disagreement():
    made = all_of()
    place = "items", 1, "spec", "ports", 0, "targetPort"
    made["Kubernetes"] = manifests.changed(made["Kubernetes"], *place, 80)
    assert any("[8080, 80, 8080]" in line for line in manifests.disagreements(made))


def paths(value, path=()):
    """Every place in a manifest where a text or a number stands."""
    if isinstance(value, str | int):
        return [path]
    rows = value.items() if isinstance(value, dict) else enumerate(value)
    return [place for key, one in rows for place in paths(one, (*path, key))]


@pytest.mark.parametrize("platform", MAKERS)
def test_a_wrong_type_anywhere_is_malformed(platform):
    good = MAKERS[platform](ONE, ROLE)
    for place in paths(good):
        value = good
        for key in place:
            value = value[key]
        wrong = 1.5 if isinstance(value, str) else str(value)
        assert manifests.malformed(platform, manifests.changed(good, *place, wrong))
        assert manifests.checked({platform: manifests.changed(good, *place, wrong)})[0]
    assert manifests.malformed(platform, good) == [], "it changes a copy"


def test_a_task_definition_is_taken_by_motos_ecs():
    with mock_aws():
        ecs = boto3.client("ecs", region_name="us-east-1")
        made = ecs.register_task_definition(**MAKERS["ECS"](ONE, ROLE))
    assert made["taskDefinition"]["containerDefinitions"][0]["image"] == IMAGE


@pytest.mark.parametrize(
    ("text", "size"),
    [("512Mi", 512), ("1Gi", 1024), ("1048576", 1), ("512m", 0.512 / 2**20)],
)
def test_a_quantity_is_read_as_kubernetes_reads_it(text, size):
    assert manifests.mebibytes(text) == pytest.approx(size)


def test_what_is_no_quantity_is_refused():
    with pytest.raises(ValueError, match='"512 MB" is no quantity'):
        manifests.mebibytes("512 MB")
