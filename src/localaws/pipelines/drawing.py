"""The graph of an execution as SVG: its steps in layers, how each is, and the ways.

Colours are the console's, by class; each status is a word as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any, NamedTuple

from markupsafe import Markup

from localaws.pipelines.definition import Definition, Step, parse
from localaws.pipelines.progress import States

WIDE, HIGH = 190, 70  # of a step, in pixels
ACROSS, DOWN = 24, 46  # between two steps, and between two layers
THIN = 16  # of an edge that passes by a layer
EDGE = 8  # around the whole
LONGEST = 22  # characters of a name
_ALIVE = ("Executing", "Stopping")


class Spot(NamedTuple):
    """A place of a layer: a step, or an edge on its way past it."""

    step: str
    child: str = ""  # where the edge leads that passes here
    layer: int = 0  # of an edge, which passes by several

    @property
    def wide(self) -> int:
        return THIN if self.child else WIDE


Point = tuple[float, float]
Layers = list[list[Spot]]


def picture(record: Mapping[str, Any]) -> str:
    """Return the graph of an execution, and why steps failed, as it is now."""
    made, states = parse(record["_definition"]), record["_steps"]
    layers = arranged(made)
    places, width = _placed(layers)
    height = len(layers) * (HIGH + DOWN) - DOWN + 2 * EDGE
    alive = record["PipelineExecutionStatus"] in _ALIVE
    drawn = [*_edges(made, states, places), *_nodes(made, states, places, alive)]
    frame = Markup(
        '<svg class="graph" role="group" aria-label="Steps and their order" '
        'width="{w:.0f}" height="{h}" viewBox="0 0 {w:.0f} {h}">{inside}</svg>'
    )
    graph = frame.format(w=width, h=height, inside=Markup("").join(drawn))
    return str(graph + Markup("").join(_reasons(states)))


def arranged(made: Definition) -> Layers:
    """Return the steps in layers, each below all that it comes after.

    Within a layer each stands below what it comes after, as far as there is room.
    """
    depth: dict[str, int] = {}

    def layer_of(step: Step) -> int:
        if step.name not in depth:
            above = (layer_of(made.steps[name]) for name in step.befores)
            depth[step.name] = 1 + max(above, default=-1)
        return depth[step.name]

    layers: Layers = [[] for _ in range(1 + max(map(layer_of, made.steps.values())))]
    for name, step in made.steps.items():
        layers[depth[name]].append(Spot(name))
        for before in dict.fromkeys(step.befores):
            for number in range(depth[before] + 1, depth[name]):
                layers[number].append(Spot(before, name, number))
    for above, layer in pairwise(layers):
        order = {spot: number for number, spot in enumerate(above)}
        layer.sort(key=lambda spot: _middle(made, order, spot))
    return layers


def _middle(made: Definition, order: Mapping[Spot, int], spot: Spot) -> float:
    """Return where, on average, what leads to a spot stands in the layer above."""
    befores = [spot.step] if spot.child else made.steps[spot.step].befores
    end = spot.child or spot.step
    ways = {(one, "") for one in befores} | {(one, end) for one in befores}
    found = [at for one, at in order.items() if (one.step, one.child) in ways]
    return fmean(found) if found else 0.0


def _placed(layers: Layers) -> tuple[dict[Spot, Point], float]:
    """Return the middle of the top of each spot, and how wide all is."""
    widths = [sum(one.wide + ACROSS for one in layer) - ACROSS for layer in layers]
    whole = max(widths)
    places: dict[Spot, Point] = {}
    for number, (layer, wide) in enumerate(zip(layers, widths, strict=True)):
        x = EDGE + (whole - wide) / 2
        for spot in layer:
            places[spot] = (x + spot.wide / 2, EDGE + number * (HIGH + DOWN))
            x += spot.wide + ACROSS
    return places, whole + 2 * EDGE


def _edges(
    made: Definition, states: States, places: Mapping[Spot, Point]
) -> Iterator[Markup]:
    for step in made.steps.values():
        for before in dict.fromkeys(step.befores):
            way = _way(before, step.name, places)
            gone = "gone" if step.name in states else ""
            yield Markup('<path class="edge {}" d="{}"/>').format(gone, _line(way))
            if word := _word(step, before):
                yield _written(word, *way[-2:])


def _written(word: str, come: Point, end: Point) -> Markup:
    """Return a word beside the end of an edge, where the edge does not come from."""
    side, anchor = (6, "start") if come[0] <= end[0] else (-6, "end")
    return Markup(
        '<text class="way" text-anchor="{}" x="{:.0f}" y="{:.0f}">{}</text>'
    ).format(anchor, end[0] + side, end[1] - 6, word)


def _way(before: str, after: str, places: Mapping[Spot, Point]) -> list[Point]:
    """Return the points of an edge, from above to below."""
    passed = [p for spot, p in places.items() if spot[:2] == (before, after)]
    passed.sort(key=lambda place: place[1])
    return [places[Spot(before)], *passed, places[Spot(after)]]


def _word(step: Step, before: str) -> str:
    """Return on which outcome of a step another follows, where not on its success."""
    if step.condition == before:
        return step.outcome
    found = (need.trigger for need in step.needs if need.step == before)
    return next((trigger for trigger in found if trigger != "Completed"), "")


def _line(way: Sequence[Point]) -> str:
    (x, y), *rest = way
    text, y = f"M{x:.0f},{y + HIGH:.0f}", y + HIGH
    for number, (to_x, to_y) in enumerate(rest, 1):
        half = (y + to_y) / 2
        text += f"C{x:.0f},{half:.0f} {to_x:.0f},{half:.0f} {to_x:.0f},{to_y:.0f}"
        x, y = to_x, to_y
        if number < len(rest):  # straight past a layer
            y += HIGH
            text += f"V{y:.0f}"
    return text


def _nodes(
    made: Definition, states: States, places: Mapping[Spot, Point], alive: bool
) -> Iterator[Markup]:
    for name, step in made.steps.items():
        state = states.get(name)
        status = state["Status"] if state else ("Waiting" if alive else "Not run")
        x, y = places[Spot(name)]
        drawn = _node(step, status, x - WIDE / 2, y, _note(state))
        if address := _address(state):
            drawn = Markup('<a href="{}" aria-label="{}">{}</a>').format(
                address, f"{name}, {step.kind}, {status}", drawn
            )
        yield drawn


def _node(step: Step, status: str, x: float, y: float, note: str) -> Markup:
    short = step.name if len(step.name) <= LONGEST else f"{step.name[: LONGEST - 1]}…"
    return Markup(
        '<g class="node {mood}"><title>{name}</title>'
        '<rect x="{x:.0f}" y="{y:.0f}" width="{wide}" height="{high}" rx="6"/>'
        '<text class="name" x="{left:.0f}" y="{one:.0f}">{short}</text>'
        '<text class="kind" x="{left:.0f}" y="{two:.0f}">{kind}{note}</text>'
        '<text class="state" x="{left:.0f}" y="{three:.0f}">● {status}</text></g>'
    ).format(
        mood=status.lower().replace(" ", "-"),
        name=step.name,
        short=short,
        kind=step.kind,
        note=note,
        status=status,
        wide=WIDE,
        high=HIGH,
        x=x,
        y=y,
        left=x + 10,
        one=y + 21,
        two=y + 40,
        three=y + 59,
    )


def _reasons(states: States) -> Iterator[Markup]:
    """Yield why steps have failed, as paragraphs below the graph."""
    for name, state in states.items():
        if "FailureReason" in state:
            words = "will be tried again" if "Again" in state else "failed"
            yield Markup("<p><strong>{}</strong> {}: {}</p>").format(
                name, words, state["FailureReason"]
            )


def _note(state: Mapping[str, Any] | None) -> str:
    """Return what besides its status is to be said of a step."""
    if state is None:
        return ""
    if "Cache" in state:
        return " · from the cache"
    if "Selective" in state:
        return " · as before"
    if said := state.get("Metadata", {}).get("Condition"):
        return f" · {said['Outcome']}"
    attempts = state.get("AttemptCount", 1)
    return f" · attempt {attempts}" if attempts > 1 else ""


def _address(state: Mapping[str, Any] | None) -> str:
    """Return the page of what a step has made; nothing where there is none."""
    told = (state or {}).get("Metadata", {})
    made: dict[str, Any] = next(iter(told.values()), {})
    place = made.get("Arn", "").split(":", 5)
    if len(place) < 6 or place[2] != "sagemaker":
        return ""
    kind, _, name = place[5].partition("/")
    return f"/_localaws/{kind}/{place[3]}/{name}"
