"""Selected steps: what they start from, and what cannot be selected."""

import pytest
from defined import definition, fail, processing

from localaws.api.errors import ServiceError
from localaws.pipelines.definition import parse
from localaws.pipelines.selective import again, reused

LINE = parse(
    definition(
        processing("a"),
        processing("b", after=["a"]),
        processing("c", after=["b"]),
        processing("d", after=["c"]),
        processing("aside"),
        fail("told", "x", DependsOn=[{"Step": "aside", "Trigger": "Failed"}]),
    )
)
SOURCE = {
    "PipelineExecutionArn": "arn",
    "_steps": {"a": {"Status": "Succeeded", "Cache": "old"}, "b": {"Status": "Failed"}},
}


def test_only_what_the_selected_steps_need_is_taken_over():
    assert reused(LINE, ["b", "c"], SOURCE) == {
        "a": {"Status": "Succeeded", "Selective": "arn"}
    }
    assert reused(LINE, ["a", "b", "c"], None) == {}
    assert reused(LINE, ["aside"], None) == {}


@pytest.mark.parametrize(
    ("selected", "source", "why"),
    [
        (["x"], SOURCE, 'no step "x"'),
        (["a", "c"], SOURCE, '"b" lies between the selected steps "a" and "c"'),
        (["b"], None, 'need the step "a", which is not selected: give'),
        (["c"], SOURCE, '"b", which has not succeeded in the execution arn'),
    ],
)
def test_what_cannot_be_selected_is_told(selected, source, why):
    with pytest.raises(ServiceError, match=why):
        reused(LINE, selected, source)


def test_a_retry_forgets_what_failed_and_what_ran_because_of_it():
    kept, fallen = {"Status": "Succeeded"}, {"Status": "Failed"}
    states = {"a": kept, "b": {"Status": "Stopped"}, "aside": fallen, "told": fallen}
    assert again(LINE, states) == {"a": kept}
    assert again(LINE, {"aside": fallen, "told": kept, "a": kept}) == {"a": kept}
