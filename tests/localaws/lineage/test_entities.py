"""Artifacts, actions and contexts: made, described, listed, changed, deleted."""

import pytest

from localaws.records.store import Store

SOURCE = {"SourceUri": "s3://b/data.csv"}
KINDS = {
    "Context": {"ContextName": "one", "ContextType": "Endpoint"},
    "Action": {"ActionName": "one", "ActionType": "Approval", "Status": "InProgress"},
    "Artifact": {"ArtifactName": "one", "ArtifactType": "DataSet"},
}
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


def create(registry, kind, **members):
    """Create an entity and return its ARN."""
    given = {**KINDS[kind], "Source": SOURCE, **members}
    return registry(f"Create{kind}", **given)[f"{kind}Arn"]


def key(kind, arn):
    """Return the member that names an entity in a request."""
    name = arn.rpartition("/")[2]
    return {"ArtifactArn": arn} if kind == "Artifact" else {f"{kind}Name": name}


@every_kind
def test_an_entity_is_described_as_it_was_made(registry, kind):
    arn = create(registry, kind, Properties={"rows": "10"})
    found = registry(f"Describe{kind}", **key(kind, arn))
    assert found[f"{kind}Arn"] == arn and f":{kind.lower()}/" in arn
    told = {**KINDS[kind], "Source": SOURCE, "Properties": {"rows": "10"}}
    assert {name: found[name] for name in told} == told
    assert not [name for name in found if name.startswith("_")]
    if kind != "Artifact":
        assert registry(f"Describe{kind}", **{f"{kind}Name": arn}) == found


@every_kind
def test_a_change_replaces_properties_and_removes_some(registry, kind):
    arn = create(registry, kind, Properties={"a": "1"})
    changed = {"Properties": {"b": "2", "c": "3"}, "PropertiesToRemove": ["c"]}
    assert registry(f"Update{kind}", **key(kind, arn), **changed)[f"{kind}Arn"] == arn
    found = registry(f"Describe{kind}", **key(kind, arn))
    assert found["Properties"] == {"b": "2"}
    registry(f"Update{kind}", **key(kind, arn), PropertiesToRemove=["b"])
    assert registry(f"Describe{kind}", **key(kind, arn))["Properties"] == {}


def test_an_actions_status_and_an_artifacts_name_change(registry):
    action, artifact = create(registry, "Action"), create(registry, "Artifact")
    registry(
        "UpdateAction", **key("Action", action), Status="Completed", Description="done"
    )
    assert registry("DescribeAction", ActionName="one")["Status"] == "Completed"
    registry("UpdateArtifact", ArtifactArn=artifact, ArtifactName="two")
    assert registry("DescribeArtifact", ArtifactArn=artifact)["ArtifactName"] == "two"


@every_kind
def test_what_is_there_is_made_once(registry, kind):
    create(registry, kind)
    words = "already exists"
    registry.refuses(words, f"Create{kind}", **KINDS[kind], Source=SOURCE)


def test_an_artifact_is_its_source(registry):
    typed = {**SOURCE, "SourceTypes": [{"SourceIdType": "MD5Hash", "Value": "0"}]}
    arns = {create(registry, "Artifact"), create(registry, "Artifact", Source=typed)}
    assert len(arns) == 2
    gone = registry("DeleteArtifact", Source=typed)["ArtifactArn"]
    assert arns - {gone} == {
        row["ArtifactArn"] for row in registry("ListArtifacts")["ArtifactSummaries"]
    }
    for both in ({}, {"ArtifactArn": gone, "Source": typed}):
        registry.refuses("either ArtifactArn or Source", "DeleteArtifact", **both)


def test_the_order_of_source_types_makes_no_other_artifact(registry):
    types = [{"SourceIdType": "MD5Hash", "Value": value} for value in "01"]
    create(registry, "Artifact", Source={**SOURCE, "SourceTypes": types})
    registry.refuses(
        "already exists",
        "CreateArtifact",
        **KINDS["Artifact"],
        Source={**SOURCE, "SourceTypes": types[::-1]},
    )


@every_kind
def test_lists_filter_by_source_and_type(registry, kind):
    name = {} if kind == "Artifact" else {f"{kind}Name": "two"}
    first = create(registry, kind)
    second = create(
        registry, kind, Source={"SourceUri": "s3://b/x"}, **{f"{kind}Type": "X"}, **name
    )

    def listed(**members):
        rows = registry(f"List{kind}s", **members)[f"{kind}Summaries"]
        return [row[f"{kind}Arn"] for row in rows]

    assert listed() == [second, first]
    assert listed(SortOrder="Ascending") == [first, second]
    assert listed(SourceUri="s3://b/x") == [second]
    assert listed(**{f"{kind}Type": KINDS[kind][f"{kind}Type"]}) == [first]
    assert listed(CreatedBefore=10.0) == [] and len(listed(CreatedAfter=10.0)) == 2


@every_kind
def test_what_is_absent_is_named(registry, kind):
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:{kind.lower()}/no"
    for operation in ("Describe", "Update", "Delete"):
        words = f"{kind} {arn} does not exist"
        registry.refuses(words, operation + kind, "ResourceNotFound", **key(kind, arn))


@every_kind
def test_a_deleted_entity_is_gone_and_another_server_has_the_others(
    registry, kind, tmp_path
):
    arn = create(registry, kind)
    context = registry.context
    context.add(Store(tmp_path / "state", context.account))
    context.part(Store).load()
    assert registry(f"Delete{kind}", **key(kind, arn))[f"{kind}Arn"] == arn
    assert registry(f"List{kind}s")[f"{kind}Summaries"] == []


@every_kind
def test_tags_are_kept(registry, kind):
    tags = [{"Key": "team", "Value": "a"}]
    arn = create(registry, kind, Tags=tags)
    assert registry("ListTags", ResourceArn=arn)["Tags"] == tags
