"""What an execution knows when a step begins: for the step's expressions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.bounds import TooLong, whole
from localaws.pipelines.definition import Definition, Step, no_constant
from localaws.pipelines.expressions import Scope, Unresolved, as_text
from localaws.pipelines.telling import moment
from localaws.records.s3 import address

MOST = 10 * 1024 * 1024  # bytes of an object that is read for a value of it


class Knowledge:
    """An execution's record, for one step of it; `job` is what its job is called."""

    def __init__(
        self,
        record: Mapping[str, Any],
        definition: Definition,
        step: Step,
        job: str,
        client: Callable[[str], Any],
    ) -> None:
        self.record, self.definition = record, definition
        self.step, self.job, self.client = step, job, client

    def scope(self) -> Scope:
        """Return what the step's expressions are resolved with."""
        return Scope(
            parameters=self.record["_values"],
            execution=self._variables(),
            properties=self.properties,
            file=self.file,
            read=self.read,
        )

    def _variables(self) -> dict[str, str]:
        known = variables(self.record)
        if self.job and self.step.kind in ("Training", "Processing"):
            known[f"{self.step.kind}JobName"] = self.job
        return known

    def properties(self, name: str) -> Any:
        """Return the properties of a step; Unresolved where it has not run."""
        state = self.record["_steps"].get(name, {})
        if "Properties" not in state:
            status = state.get("Status", "not begun")
            raise Unresolved(f'the step "{name}" has no properties: it has {status}')
        return state["Properties"]

    def file(self, name: str, file: str) -> Any:
        """Return what a property file of a step holds."""
        found = self.definition.steps[name].file(file) or {}
        config = self.properties(name).get("ProcessingOutputConfig", {})
        for output in config.get("Outputs", ()):
            if output["OutputName"] == found["OutputName"] and "S3Output" in output:
                return self.read(
                    f"{output['S3Output']['S3Uri'].rstrip('/')}/{found['FilePath']}"
                )
        raise Unresolved(
            f'the property file "{file}" of "{name}" is of the output '
            f'"{found["OutputName"]}", which the step does not have'
        )

    def read(self, uri: str) -> Any:
        """Return what an object holds, as JSON; the role must be allowed to read it."""
        try:
            bucket, key = address(uri)
            body = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
            return json.loads(whole(body, MOST), parse_constant=no_constant)
        except (BotoCoreError, ClientError, TooLong) as error:
            raise Unresolved(f"{uri} cannot be read: {error}") from error
        except (ValueError, RecursionError) as error:
            raise Unresolved(f"{uri} is not JSON: {error}") from error


def variables(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the execution variables that all steps have.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
    """
    return {
        "StartDateTime": moment(record["CreationTime"]),
        "CurrentDateTime": moment(time.time()),
        "PipelineName": record["_pipeline"],
        "PipelineArn": record["PipelineArn"],
        "PipelineExecutionId": record["PipelineExecutionName"],
        "PipelineExecutionArn": as_text(record["PipelineExecutionArn"]),
    }
