"""Search finds records by what they hold, sorted and in pages."""

import pytest
from registered import REGION

from localaws.models.kinds import PACKAGE
from localaws.records.store import Store
from localaws.training.operations import TRAINING_JOB


@pytest.fixture
def find(registry):
    """Return a function that searches four jobs and returns their names."""
    jobs = registry.context.part(Store).table(TRAINING_JOB, REGION)
    for name, rate, accuracy, status in (
        ("a", "0.1", 0.5, "Completed"),
        ("b", "0.25", 0.9, "Failed"),
        ("c", "1", None, "InProgress"),
        ("d", "adaptive", 0.7, "Completed"),
    ):
        channel = {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://x/{name}/train"}
        }
        found = [{"MetricName": "acc", "Value": accuracy, "Timestamp": 1.0}]
        record = {
            "TrainingJobStatus": status,
            "HyperParameters": {"rate": rate, "deep.er": "1"},
            "EnableManagedSpotTraining": name == "a",
            "CreationTime": 1_000_000_000.0 + 86400 * ord(name),
            "InputDataConfig": [
                {"ChannelName": "train", "DataSource": channel},
                {"ChannelName": name, "DataSource": {}},
            ],
            "_private": 1,
            **({"FinalMetricDataList": found} if accuracy else {}),
            **({"BillableTimeInSeconds": 10} if status == "Failed" else {}),
        }
        jobs.create(name, record, [{"Key": "team", "Value": f"t {name}"}])

    def names(*filters, **members):
        expression = members.pop("SearchExpression", None)
        if filters:
            expression = {"Filters": list(filters)}
        answer = search(registry, SearchExpression=expression, **members)
        return "".join(
            one["TrainingJob"]["TrainingJobName"] for one in answer["Results"]
        )

    return names


def search(registry, resource="TrainingJob", **members):
    members.setdefault(
        "SortBy", "TrainingJobName" if resource == "TrainingJob" else None
    )
    members.setdefault("SortOrder", "Ascending")
    return registry("Search", Resource=resource, **members)


def where(name, operator=None, value=None):
    given = {"Name": name, "Operator": operator, "Value": value}
    return {key: each for key, each in given.items() if each is not None}


@pytest.mark.parametrize(
    ("name", "operator", "value", "expected"),
    [
        ("TrainingJobName", None, "b", "b"),
        ("TrainingJobName", "Equals", "b", "b"),
        ("TrainingJobName", "NotEquals", "b", "acd"),
        ("TrainingJobName", "In", "a, d,x", "ad"),
        ("TrainingJobStatus", "Contains", "ail", "b"),
        ("BillableTimeInSeconds", "Exists", None, "b"),
        ("BillableTimeInSeconds", "NotExists", None, "acd"),
        ("BillableTimeInSeconds", "Equals", "10.0", "b"),
        ("BillableTimeInSeconds", "LessThan", "11", "b"),
        ("Metrics.acc", "GreaterThan", "0.7", "b"),
        ("Metrics.acc", "GreaterThanOrEqualTo", "0.7", "bd"),
        ("Metrics.acc", "Exists", None, "abd"),
        ("Metrics.loss", "Exists", None, ""),
        ("HyperParameters.rate", "LessThan", "0.5", "ab"),
        ("HyperParameters.rate", "LessThanOrEqualTo", "0", "ab"),  # as integers
        ("HyperParameters.rate", "Equals", "adaptive", "d"),
        ("HyperParameters.rate", "Equals", "1.0", "c"),
        ("HyperParameters.deep.er", "Equals", "1", "abcd"),
        ("EnableManagedSpotTraining", "Equals", "true", "a"),
        ("EnableManagedSpotTraining", "NotEquals", "true", "bcd"),
        ("Tags.team", "Equals", "t c", "c"),
        ("Tags.none", "Exists", None, ""),
        ("CreationTime", "GreaterThan", "2001-12-17T01:46:40", "d"),
        ("CreationTime", "LessThanOrEqualTo", "2001-12-16T01:46:40Z", "ab"),
        ("InputDataConfig.ChannelName", "Equals", "b", "b"),
        ("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", "x/c", "c"),
    ],
)
def test_a_filter_is_a_property_an_operator_and_a_value(
    find, name, operator, value, expected
):
    assert find(where(name, operator, value)) == expected


def test_all_or_any_of_filters_and_expressions_hold(find):
    done = where("TrainingJobStatus", "Equals", "Completed")
    good = where("Metrics.acc", "GreaterThan", "0.6")
    assert find(done, good) == "d"
    either = {"Filters": [done, good], "Operator": "Or"}
    assert find(SearchExpression=either) == "abd"
    spot = {"Filters": [where("EnableManagedSpotTraining", "Equals", "false")]}
    both = {"SubExpressions": [either, spot]}
    assert find(SearchExpression=both) == "bd"
    assert find(SearchExpression={**both, "Operator": "Or"}) == "abcd"


def test_nested_filters_hold_of_one_and_the_same_element(find):
    def nested(channel):
        uri = "InputDataConfig.DataSource.S3DataSource.S3Uri"
        filters = [
            where("InputDataConfig.ChannelName", "Equals", channel),
            where(uri, "Contains", "/b/"),
        ]
        return {
            "NestedFilters": [
                {"NestedPropertyName": "InputDataConfig", "Filters": filters}
            ]
        }

    assert find(SearchExpression=nested("train")) == "b"
    assert find(SearchExpression=nested("b")) == ""


def test_results_are_sorted_and_paged(find, registry):
    assert find() == "abcd"
    assert find(SortBy="Metrics.acc", SortOrder="Descending") == "bdac"
    assert find(SortBy="HyperParameters.rate") == "abcd"
    assert find(SortBy=None, SortOrder=None) == "dcba"  # the last modified comes first
    first = search(registry, MaxResults=3)
    assert first["TotalHits"] == {"Value": 4, "Relation": "EqualTo"}
    assert find(MaxResults=3, NextToken=first["NextToken"]) == "d"
    assert find(CrossAccountFilterOption="CrossAccount") == ""


def test_a_result_is_the_whole_resource_with_its_tags(find, registry):
    [found] = search(
        registry, SearchExpression={"Filters": [where("TrainingJobName", value="a")]}
    )["Results"]
    job = found["TrainingJob"]
    assert job["Tags"] == [{"Key": "team", "Value": "t a"}]
    assert job["HyperParameters"]["rate"] == "0.1" and "_private" not in job


def test_packages_and_groups_are_found(registry):
    registry.group("digits")
    registry.group("other")
    arns = [
        registry.version(CustomerMetadataProperties={"auc": str(n)}) for n in range(3)
    ]
    registry(
        "UpdateModelPackage", ModelPackageArn=arns[1], ModelApprovalStatus="Approved"
    )

    def found(resource, *filters):
        answer = search(registry, resource, SearchExpression={"Filters": list(filters)})
        return [one[resource][f"{resource}Arn"] for one in answer["Results"]]

    group = where("ModelPackageGroupName", "Equals", "digits")
    assert len(found("ModelPackageGroup", group)) == 1
    assert found(
        "ModelPackage", group, where("ModelApprovalStatus", "Equals", "Approved")
    ) == [arns[1]]
    assert found(
        "ModelPackage", where("CustomerMetadataProperties.auc", "Equals", "2")
    ) == [arns[2]]
    assert found("ModelPackage", where("ModelPackageVersion", "GreaterThan", "2")) == [
        arns[2]
    ]
    assert PACKAGE.name == "ModelPackage"


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ([where("Nothing", "Exists")], 'TrainingJob has no property "Nothing"'),
        ([where("ResourceConfig.Cost", "Exists")], 'no property "ResourceConfig.Cost"'),
        ([where("TrainingJobName.x", "Exists")], 'no property "TrainingJobName.x"'),
        ([where("ResourceConfig", "Equals", "x")], "is a structure"),
        ([where("TrainingJobName", "GreaterThan", "x")], "not supported for text"),
        ([where("BillableTimeInSeconds", "Contains", "1")], "only supported for text"),
        ([where("BillableTimeInSeconds", "Equals", "x")], '"x" is no number'),
        ([where("CreationTime", "LessThan", "yesterday")], '"yesterday" is no time'),
        ([where("EnableManagedSpotTraining", "Equals", "1")], '"1" is neither'),
        ([where("EnableManagedSpotTraining", "LessThan", "true")], "not supported"),
        ([where("TrainingJobName", "Equals")], "needs a Value"),
        ([where("TrainingJobName", "Exists", "x")], "takes no Value"),
        ([where("RoleArn", "Contains", "x")] * 2, "usage limit of 1 exceeded"),
        ([where("RoleArn", "Exists")] * 51, "more than 50"),
    ],
)
def test_what_asks_nothing_is_refused(registry, filters, words):
    # 20 filters at most stand side by side, by botocore's model
    parts = [
        {"Filters": filters[start : start + 20]} for start in range(0, len(filters), 20)
    ]
    expression = {"SubExpressions": parts}
    registry.refuses(
        words, "Search", Resource="TrainingJob", SearchExpression=expression
    )


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Resource": "Model"}, "does not search Model: it searches .*TrainingJob"),
        ({"Resource": "Experiment"}, "does not search Experiment"),
        ({"Resource": "TrainingJob", "SortBy": "Nothing"}, "no property"),
        ({"Resource": "TrainingJob", "SearchExpression": {}}, "at least one"),
        ({"Resource": "TrainingJob", "NextToken": "x"}, "Invalid NextToken"),
        (
            {
                "Resource": "TrainingJob",
                "VisibilityConditions": [{"Key": "a", "Value": "b"}],
            },
            "VisibilityConditions",
        ),
        (
            {
                "Resource": "TrainingJob",
                "SearchExpression": {
                    "NestedFilters": [
                        {
                            "NestedPropertyName": "InputDataConfig",
                            "Filters": [where("TrainingJobName", "Exists")],
                        }
                    ]
                },
            },
            'of "InputDataConfig" begins with',
        ),
    ],
)
def test_what_is_not_searched_is_named(registry, members, words):
    registry.refuses(words, "Search", **members)
