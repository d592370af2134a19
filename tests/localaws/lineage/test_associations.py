"""What ties entities, and the questions along these ties."""

import pytest


@pytest.fixture
def graph(registry):
    """Return the ARNs of data -> training -> model -> endpoint, tied, by name."""
    arns = {}
    for name in ("data", "model"):
        made = registry(
            "CreateArtifact",
            ArtifactName=name,
            ArtifactType={"data": "DataSet", "model": "Model"}[name],
            Source={"SourceUri": f"s3://b/{name}"},
            Properties={"stage": name},
        )
        arns[name] = made["ArtifactArn"]
    arns["training"] = registry(
        "CreateAction",
        ActionName="training",
        ActionType="ModelTraining",
        Source={"SourceUri": "job"},
    )["ActionArn"]
    arns["endpoint"] = registry(
        "CreateContext",
        ContextName="endpoint",
        ContextType="Endpoint",
        Source={"SourceUri": "arn"},
    )["ContextArn"]
    for source, destination, kind in (
        ("data", "training", "ContributedTo"),
        ("training", "model", "Produced"),
        ("model", "endpoint", None),
    ):
        registry(
            "AddAssociation",
            SourceArn=arns[source],
            DestinationArn=arns[destination],
            AssociationType=kind,
        )
    return arns


def listed(registry, **members):
    rows = registry("ListAssociations", **members)["AssociationSummaries"]
    return [(row["SourceName"], row["DestinationName"]) for row in rows]


def test_associations_are_listed_by_their_ends(registry, graph):
    first, second, third = (
        *(("data", "training"), ("training", "model")),
        ("model", "endpoint"),
    )
    assert listed(registry) == [third, second, first]
    assert listed(registry, SourceArn=graph["model"]) == [third]
    assert listed(registry, DestinationArn=graph["model"]) == [second]
    assert listed(registry, SourceType="DataSet") == [first]
    assert listed(registry, DestinationType="Endpoint") == [third]
    assert listed(registry, AssociationType="Produced") == [second]
    assert listed(registry, CreatedBefore=1.0) == []
    by_type = listed(registry, SortBy="SourceType", SortOrder="Ascending")
    assert by_type == [first, third, second]
    page = registry("ListAssociations", MaxResults=2)
    assert listed(registry, MaxResults=2, NextToken=page["NextToken"]) == [first]


def test_an_association_is_added_once_and_removed(registry, graph):
    ends = {"SourceArn": graph["data"], "DestinationArn": graph["training"]}
    registry.refuses("already exists", "AddAssociation", **ends)
    assert registry("DeleteAssociation", **ends) == ends
    registry.refuses("does not exist", "DeleteAssociation", "ResourceNotFound", **ends)
    assert len(listed(registry)) == 2


def test_both_ends_must_be_there(registry, graph):
    job = "arn:aws:sagemaker:eu-west-1:123456789012:experiment-trial-component/j"
    gone = graph["model"] + "0"
    for ends, words in (
        ((graph["data"], gone), f"{gone} does not exist"),
        ((gone, graph["data"]), f"{gone} does not exist"),
        ((job, graph["data"]), "is no artifact, action or context"),
    ):
        code = "ResourceNotFound" if gone in ends else "ValidationException"
        members = dict(zip(("SourceArn", "DestinationArn"), ends, strict=True))
        registry.refuses(words, "AddAssociation", code, **members)
    ends = {"SourceArn": graph["data"], "DestinationArn": graph["data"]}
    registry.refuses("with itself", "AddAssociation", **ends)


def test_what_is_tied_is_not_deleted(registry, graph):
    registry.refuses("1 association", "DeleteContext", ContextName="endpoint")
    ends = {"SourceArn": graph["model"], "DestinationArn": graph["endpoint"]}
    registry("DeleteAssociation", **ends)
    registry("DeleteContext", ContextName="endpoint")


def asked(registry, graph, start, **members):
    """Return the names of the vertices and of the edges that a query finds."""
    names = {arn: name for name, arn in graph.items()}
    found = registry("QueryLineage", StartArns=[graph[start]], **members)
    edges = [
        (names[edge["SourceArn"]], names[edge["DestinationArn"]])
        for edge in found["Edges"]
    ]
    return [names[vertex["Arn"]] for vertex in found["Vertices"]], edges


@pytest.mark.parametrize(
    ("start", "members", "vertices"),
    [
        ("model", {"Direction": "Ascendants"}, ["training", "data"]),
        ("model", {"Direction": "Descendants"}, ["endpoint"]),
        ("model", {}, ["endpoint", "training", "data"]),
        ("data", {"MaxDepth": 2}, ["training", "model"]),
        ("data", {"Filters": {"Types": ["Model"]}}, ["model"]),
        (
            "data",
            {"Filters": {"LineageTypes": ["Context", "Action"]}},
            ["training", "endpoint"],
        ),
        ("endpoint", {"Filters": {"Properties": {"stage": "data"}}}, ["data"]),
        ("data", {"Filters": {"CreatedBefore": 1.0}}, []),
        (
            "data",
            {"Filters": {"ModifiedAfter": 1.0}},
            ["training", "model", "endpoint"],
        ),
    ],
)
def test_a_query_follows_the_ties(registry, graph, start, members, vertices):
    assert asked(registry, graph, start, **members) == (vertices, [])


def test_edges_are_told_where_they_are_asked_for(registry, graph):
    vertices, edges = asked(
        registry, graph, "model", IncludeEdges=True, Direction="Ascendants"
    )
    assert vertices == ["training", "data"]
    assert edges == [("training", "model"), ("data", "training")]


def test_a_circle_ends_and_a_long_answer_comes_in_pages(registry, graph):
    registry(
        "AddAssociation", SourceArn=graph["endpoint"], DestinationArn=graph["data"]
    )
    start = {"StartArns": [graph["data"]], "MaxResults": 2, "Direction": "Descendants"}
    first = registry("QueryLineage", **start)
    rest = registry("QueryLineage", **start, NextToken=first["NextToken"])
    assert [len(first["Vertices"]), len(rest["Vertices"])] == [2, 1]
    assert first["Vertices"][0] == {
        "Arn": graph["training"],
        "Type": "ModelTraining",
        "LineageType": "Action",
    }
    assert "NextToken" not in rest


def test_a_query_needs_a_start_that_is_there(registry, graph):
    registry.refuses("StartArns", "QueryLineage")
    words, absent = "does not exist", graph["model"] + "0"
    registry.refuses(words, "QueryLineage", "ResourceNotFound", StartArns=[absent])
