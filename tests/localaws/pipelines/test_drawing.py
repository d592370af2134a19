"""The graph of an execution: layers, words, and nothing that a name could break."""

import json
import re
from xml.etree import ElementTree

import pytest
from defined import condition, definition, fail, processing

from localaws.pipelines.definition import parse
from localaws.pipelines.drawing import HIGH, WIDE, arranged, picture

TEXT = definition(
    processing("prepare"),
    processing("train", after=["prepare"]),
    condition(
        "good",
        [],
        yes=[processing("register")],
        no=[fail("bad", "x")],
        DependsOn=["train"],
    ),
    processing("report", after=["prepare", "good"]),
)
SVG = "{http://www.w3.org/2000/svg}"
JOB = {"ProcessingJob": {"Arn": "arn:aws:sagemaker:us-east-1:1:processing-job/job-1"}}


def drawn(status="Executing", **states):
    record = {"_definition": TEXT, "_steps": states, "PipelineExecutionStatus": status}
    return ElementTree.fromstring(f'<div xmlns="{SVG[1:-1]}">{picture(record)}</div>')


def state(status, **more):
    return {"Type": "Processing", "Status": status, "StartTime": 0.0, **more}


def texts(tree, kind):
    return [one.text for one in tree.iter(f"{SVG}text") if one.get("class") == kind]


def test_each_step_is_below_all_that_it_comes_after():
    layers = arranged(parse(TEXT))
    names = [{spot.step for spot in layer if not spot.child} for layer in layers]
    assert names == [{"prepare"}, {"train"}, {"good"}, {"register", "bad", "report"}]
    passing = [spot for layer in layers for spot in layer if spot.child]
    assert passing == [("prepare", "report", 1), ("prepare", "report", 2)]


def test_no_edge_runs_through_a_step():
    boxes = [
        tuple(float(box.get(name)) for name in ("x", "y", "width", "height"))
        for box in drawn().iter(f"{SVG}rect")
    ]
    straight = [
        (float(x), float(y))
        for path in drawn().iter(f"{SVG}path")
        for x, y in re.findall(r"([\d.]+),([\d.]+)V", path.get("d"))
    ]
    assert len(straight) == 2
    for x, y in straight:
        level = [box for box in boxes if box[1] == y]
        assert level and not any(left <= x <= left + wide for left, _, wide, _ in level)


def test_no_two_steps_cover_each_other():
    boxes = [(float(r.get("x")), float(r.get("y"))) for r in drawn().iter(f"{SVG}rect")]
    assert len(boxes) == 6
    for n, (x, y) in enumerate(boxes):
        for other_x, other_y in boxes[:n]:
            assert abs(x - other_x) >= WIDE or abs(y - other_y) >= HIGH


def test_a_status_is_a_word_as_well_as_a_class():
    tree = drawn(
        prepare=state("Succeeded", Metadata=JOB, Cache="arn"),
        train=state("Executing", AttemptCount=2),
    )
    words = texts(tree, "state")
    assert words == ["● Succeeded", "● Executing", *["● Waiting"] * 4]
    classes = [one.get("class") for one in tree.iter(f"{SVG}g")]
    assert classes[:3] == ["node succeeded", "node executing", "node waiting"]
    kinds = texts(tree, "kind")
    assert (
        kinds[0] == "Processing · from the cache"
        and kinds[1] == "Processing · attempt 2"
    )
    (link,) = tree.iter(f"{SVG}a")
    assert link.get("href") == "/_localaws/processing-job/us-east-1/job-1"
    assert link.get("aria-label") == "prepare, Processing, Succeeded"


def test_what_did_not_run_says_so_when_all_has_ended():
    met = state("Succeeded", Metadata={"Condition": {"Outcome": "False"}})
    tree = drawn("Failed", good=met, bad=state("Failed", FailureReason="a < b"))
    assert "".join(tree.find(f"{SVG}p").itertext()) == "bad failed: a < b"
    assert texts(tree, "state").count("● Not run") == 4
    assert texts(tree, "kind")[2] == "Condition · False"
    assert texts(tree, "way") == ["True", "False"]


@pytest.mark.parametrize("count", [1, 12, 50])
def test_a_pipeline_of_any_shape_is_drawn(count):
    rows = [
        processing(f"s{n}", after=[f"s{n // 2}"] if n else []) for n in range(count)
    ]
    record = {
        "_definition": definition(*rows),
        "_steps": {},
        "PipelineExecutionStatus": "Failed",
    }
    assert picture(record).count("<rect") == count


def test_nothing_of_a_definition_is_markup():
    hostile = json.loads(definition(processing("a")))
    hostile["Steps"][0]["Name"] = "a" * 40
    said = {"Outcome": "<script>"}
    known = {"a" * 40: state("<script>", Metadata={"Condition": said})}
    text = picture(
        {
            "_definition": json.dumps(hostile),
            "_steps": known,
            "PipelineExecutionStatus": "x",
        }
    )
    assert "<script" not in text and "&lt;script&gt;" in text
    assert f"{'a' * 21}…" in text
