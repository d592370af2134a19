"""Who may import whom, read from every import statement of both packages.

Imports under TYPE_CHECKING and inside functions count like all others.
"""

import ast
import graphlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"

# A folder, or a module of the root, imports its own and what stands on lower floors.
FLOORS = {
    "localaws": [
        {"bounds", "redirect", "site"},
        {"environment"},
        {"discovery"},
        {"client"},
        {"algorithms", "api", "machine", "serving"},
        {"records"},
        {"iam", "persistence"},
        {"eventbridge"},
        {"neighbours"},
        {"alarms", "console", "jobs", "models"},
        {
            *("training", "processing", "transform", "endpoints"),
            *("functions", "lineage", "pipelines", "scaling", "scheduler"),
        },
        {"gateway", "tuning"},
        {"connection", "door", "tags", "alias", "httpd"},
        {"app"},
        {"server"},
        {"__main__"},
    ],
    "course": [
        {"desk"},
        {
            *("autograd", "chance", "checkup", "data", "devices", "diagrams"),
            *("explain", "expressions", "judging"),
            *("nn", "optimizers", "packages", "schemas", "shots"),
        },
        {"plots", "pretrained", "prices"},
        {
            *("animation", "attention", "audio", "cloud", "compress", "convolution"),
            *("graph", "hosting", "landscapes", "manifests", "metrics", "parallel"),
            *("recurrent", "siblings"),
        },
        {"replicas", "scaling", "training", "watched"},
        {"networks", "readers"},
        {"writers"},
        {"check"},
        {"tools"},
    ],
}


def modules(package):
    """Return the path of each module of a package by its dotted name."""
    found = {}
    for path in sorted((SOURCE / package).rglob("*.py")):
        if "standins" not in path.parts:  # stand in for packages of others
            parts = path.relative_to(SOURCE).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = {**modules("localaws"), **modules("course")}


def imports(name, text):
    """Yield module and name of each import in a module's text; name "" for a whole."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield (whole, "") if whole in MODULES else (node.module, alias.name)


def imported(name):
    return list(imports(name, MODULES[name].read_text(encoding="utf-8")))


def ours(name):
    """Return the modules of both packages that a module imports."""
    return {module for module, _ in imported(name) if module in MODULES} - {name}


def home(name):
    """Return the folder, or the module of the root, that a module belongs to."""
    return name.split(".")[1] if "." in name else ""


def upwards(package, floors):
    """Yield each import of a package that is not of its own folder or of below."""
    floor = {part: number for number, parts in enumerate(floors) for part in parts}
    for name in (name for name in MODULES if name.startswith(f"{package}.")):
        for other in ours(name):
            here, there = home(name), home(other)
            inside = other.startswith(f"{package}.") and here != there
            if inside and floor[there] >= floor[here]:
                yield f"{name} imports {other}"


@pytest.mark.parametrize("package", FLOORS)
def test_nothing_imports_upwards(package):
    assert list(upwards(package, FLOORS[package])) == []


def test_no_modules_import_each_other_in_a_circle():
    list(
        graphlib.TopologicalSorter(
            {name: ours(name) for name in MODULES}
        ).static_order()
    )


def test_nothing_imports_a_private_name():
    private = [
        f"{name} imports {what} of {module}"
        for name in MODULES
        for module, what in imported(name)
        if module in MODULES and what.startswith("_") and not what.startswith("__")
    ]
    assert private == []


def test_of_the_model_server_only_what_it_exchanges_is_imported_elsewhere():
    users = {
        (name, other)
        for name in MODULES
        for other in ours(name)
        if home(other) == "serving" and home(name) != "serving"
    }
    assert {other for _, other in users} == {"localaws.serving.exchange"}
    inside = [name for name in MODULES if name.startswith("localaws.serving")]
    assert [n for name in inside for n in ours(name) if home(n) != "serving"] == []


def test_localaws_knows_nothing_of_the_course():
    names = [name for name in MODULES if name.startswith("localaws")]
    assert [
        n for name in names for n, _ in imported(name) if n.startswith("course")
    ] == []


def test_what_jobs_send_to_sagemaker_imports_nothing_of_ours():
    for path in (SOURCE / "jobs").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        roots = {module.split(".")[0] for module, _ in imports(path.name, text)}
        assert not roots & {"course", "localaws", "jobs"}, path


def test_an_import_is_found_wherever_it_stands():
    text = (
        "if TYPE_CHECKING:\n    from localaws.app import Application\n"
        "def f():\n    import localaws.server\n    from localaws.api import errors\n"
    )
    assert list(imports("sample", text)) == [
        ("localaws.app", "Application"),
        ("localaws.server", ""),
        ("localaws.api.errors", ""),
    ]


def test_an_import_upwards_is_noticed(monkeypatch):
    found = {"localaws.api.errors": {"localaws.records.store"}}
    monkeypatch.setitem(globals(), "ours", lambda name: found.get(name, set()))
    complaints = list(upwards("localaws", FLOORS["localaws"]))
    assert complaints == ["localaws.api.errors imports localaws.records.store"]
