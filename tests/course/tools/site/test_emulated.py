import inspect
import re

import botocore.session
import pytest

from course.tools.site import emulated
from localaws.api.registry import OPERATIONS

HANDLERS = emulated.handlers()
SAGEMAKER = {name for service, name in OPERATIONS if service == "sagemaker"}


def model(service):
    return botocore.session.get_session().get_service_model(service)


def test_the_table_has_a_row_for_every_registered_operation():
    tables = re.split(
        r"^\| (.+) \| what localaws does \|$", emulated.page(), flags=re.M
    )
    rows = {
        service: re.findall(r"^\| \[(\w+)\]\(", text, re.MULTILINE)
        for service, text in zip(tables[1::2], tables[2::2], strict=True)
    }
    assert sorted(rows["SageMaker"]) == sorted(SAGEMAKER)
    assert "InvokeEndpoint" in rows["SageMaker Runtime"]
    assert "SimulatePrincipalPolicy" in rows["IAM"]
    assert sum(map(len, rows.values())) == len(HANDLERS)


@pytest.mark.parametrize(("service", "name", "function"), HANDLERS)
def test_every_handler_says_what_it_does_and_cites_its_page(service, name, function):
    [row] = [r for r in emulated.operations() if (r.service, r.name) == (service, name)]
    assert row.sentence.endswith(".") and "|" not in row.sentence
    cited = f"{function.__doc__} {inspect.getmodule(function).__doc__}"
    assert row.link in cited, f"{function.__module__}.{function.__name__}"


def test_what_is_missing_is_the_rest_of_the_service_model():
    names = set(model("sagemaker").operation_names)
    assert set(emulated.missing()) == names - SAGEMAKER
    assert f"The other {len(names) - len(SAGEMAKER)} operations" in emulated.page()


def test_what_is_named_as_missing_is_missing_and_exists():
    named = re.findall(r"`(\w+)`", emulated.page().partition("Among them")[2])
    assert named and not set(named) & SAGEMAKER
    assert set(emulated.LOOKED_FOR) <= set(model("sagemaker").operation_names)


def test_an_operation_that_is_added_appears_and_is_no_longer_missing(monkeypatch):
    def create(call):
        """Start a job.

        More about it.
        """

    monkeypatch.setitem(OPERATIONS, ("sagemaker", "CreateExperiment"), create)
    link = "API_CreateExperiment.html) | Start a job. |"
    assert link in emulated.page() and "`CreateExperiment`" not in emulated.page()


def test_the_command_line_is_the_one_that_the_program_prints():
    text = emulated.command_line()
    assert (
        text.startswith("```text\nusage: localaws") and "usage: localaws start" in text
    )
    assert max(map(len, text.splitlines())) <= 80
