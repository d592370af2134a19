"""The scripts of a model folder are found, and so is what they need."""

import pytest
from served import ECHO, JSON, ask

from localaws.serving import script


@pytest.mark.parametrize(
    "named",
    ["other.py", "other", "sub/deep.py", "./other.py", "{here}/code/other.py"],
)
def test_the_named_program_is_served_wherever_it_is(serve, tmp_path, named):
    (tmp_path / "code" / "sub").mkdir(parents=True)
    for name in ("other.py", "sub/deep.py"):
        (tmp_path / "code" / name).write_text(ECHO.replace('"model"', '"other"'))
    server = serve(SAGEMAKER_PROGRAM=named.format(here=tmp_path))
    assert b"other" in ask(server, b"", JSON)[1]


@pytest.mark.parametrize("named", ["absent.py", "absent/deep.py", "sub/absent.py", ""])
def test_a_program_that_is_absent_leaves_the_defaults_and_a_line(
    tmp_path, monkeypatch, capsys, named
):
    monkeypatch.setenv("SAGEMAKER_PROGRAM", named)
    monkeypatch.setattr(script.sys, "path", list(script.sys.path))
    (tmp_path / "code" / "sub").mkdir(parents=True)
    assert script.import_script(tmp_path) is None
    said = capsys.readouterr().out
    assert f'"{named or "inference.py"}" is not in "code/": the default' in said


def test_what_a_program_lacks_is_no_program_that_is_absent(tmp_path, monkeypatch):
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "lacking.py")
    monkeypatch.setattr(script.sys, "path", list(script.sys.path))
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "lacking.py").write_text("import no_such_library")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        script.import_script(tmp_path)


def test_a_requirement_that_cannot_be_installed_is_named(serve, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "requirements.txt").write_text("numpy\nno-such-zzz==9\n")
    words = r"could not install requirements\.txt: .*no-such-zzz==9"
    with pytest.raises(RuntimeError, match=words):
        serve(ECHO, PIP_NO_INDEX="1")


def test_the_script_finds_its_neighbours_and_the_model_folder(serve, tmp_path):
    (tmp_path / "answer.txt").write_text("42")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "neighbour.py").write_text("FILE = 'answer.txt'")
    script = ECHO.replace('return "model"', "import neighbour; return open('F').read()")
    server = serve(script.replace("'F'", "neighbour.FILE"))
    assert b",42," in ask(server, b"", JSON)[1]


def test_requirements_are_installed_only_where_they_are_not_satisfied(serve, tmp_path):
    file = tmp_path / "code" / "requirements.txt"
    file.parent.mkdir()
    file.write_text("# ours\nnumpy>=1.20\n\ntorch\n")
    assert script.satisfied(file.read_text())
    file.write_text("numpy>=1.20\n./absent-1.0-py3-none-any.whl\n")
    with pytest.raises(RuntimeError, match="pip could not install"):
        serve(ECHO)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("# only a remark\n\n", True),
        ("numpy", True),
        ("numpy>=1.20  # why", True),
        ("NumPy >= 1.20, < 1000", True),
        ("numpy<1.0", False),
        ("numpy==0.1; python_version < '3'", True),  # not for this Python
        ("no-such-package-of-anyone", False),
        ("numpy[extra]", False),
        ("numpy @ https://example.com/numpy.whl", False),
        ("-r more.txt", False),
        ("./local.whl", False),
        ("numpy\nnumpy<1.0", False),
    ],
)
def test_only_plain_requirements_that_hold_are_satisfied(text, expected):
    assert script.satisfied(text) is expected


def test_nothing_is_installed_where_nothing_is_missing(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(script.subprocess, "Popen", lambda *_: called.append(_))
    file = tmp_path / "requirements.txt"
    script.install_requirements(file)  # there is none
    file.write_text("numpy\n")
    script.install_requirements(file)
    assert called == []


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("", "code"),
        ("/opt/ml/model", "."),
        ("/opt/ml/model/src", "src"),
        ("file:///opt/ml/model/src", "src"),
        ("/opt/ml/models", "code"),
        ("/opt/ml/model/absent", "code"),
        ("s3://bucket/sourcedir.tar.gz", "code"),
        ("/etc", "code"),
    ],
)
def test_the_folder_of_the_scripts_is_inside_the_model(
    tmp_path, monkeypatch, named, expected
):
    (tmp_path / "src").mkdir()
    monkeypatch.setenv("SAGEMAKER_SUBMIT_DIRECTORY", named)
    assert script.code_folder(tmp_path) == tmp_path / expected


def test_a_model_without_a_script_has_none(tmp_path, monkeypatch):
    monkeypatch.delenv("SAGEMAKER_PROGRAM", raising=False)
    monkeypatch.setattr(script.sys, "path", list(script.sys.path))
    assert script.import_script(tmp_path) is None
