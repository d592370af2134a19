"""An answer is a policy as IAM would take it, or the reader is told why not."""

import pytest

from course.cloud.permissions import allow, document
from course.judging.policies import as_policy, listed, named
from course.judging.words import Wrong

GOOD = {"Version": "2012-10-17", "Statement": [allow("s3:Get*", ["arn:aws:s3:::b/?"])]}


def test_a_dictionary_and_its_json_are_the_same_policy():
    assert as_policy(GOOD) == as_policy(document(*GOOD["Statement"])) == GOOD


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"a", "set"}, "would not take"),
        (GOOD["Statement"], "must be a JSON object"),
        ({**GOOD, "Version": "2008-10-17"}, "2012-10-17"),
        ({**GOOD, "Statement": []}, "would not take"),
        ({**GOOD, "Statement": {**allow("s3:*", "*"), "Principal": "*"}}, "whose"),
    ],
)
def test_what_iam_would_not_take_is_wrong(answer, words):
    with pytest.raises(Wrong, match=words):
        as_policy(answer)


def test_what_a_policy_names_can_be_asked_for():
    assert named(GOOD, "Action", "Resource") == ["s3:Getx", "arn:aws:s3:::b/x"]
    assert listed(None) == [] and listed("a") == ["a"] and listed(["a"]) == ["a"]
