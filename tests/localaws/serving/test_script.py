"""The scripts of a model folder are found, and so is what they need."""

import pytest
from served import ECHO, JSON, ask

from localaws.serving import script


def test_the_named_program_is_served_and_must_exist(serve, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "other.py").write_text(ECHO.replace('"model"', '"other"'))
    server = serve(SAGEMAKER_PROGRAM="other.py")
    assert b"other" in ask(server, b"", JSON)[1]
    with pytest.raises(RuntimeError, match=r'"absent\.py", which is not in "code/"'):
        serve(SAGEMAKER_PROGRAM="absent.py")


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
