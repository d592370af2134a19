"""API Gateway without a server: operations, and requests to what they have made."""

import json
from types import SimpleNamespace

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from localaws import app  # noqa: F401 -- registers the operations
from localaws.api import validation
from localaws.api.errors import ServiceError
from localaws.api.registry import OPERATIONS, Call
from localaws.functions.instance import Outcome
from localaws.gateway.authorizers import Authorizers
from localaws.gateway.documents import Documents
from localaws.gateway.http import Http
from localaws.gateway.metrics import Metrics
from localaws.gateway.parts import Parts
from localaws.gateway.rest import Rest
from localaws.gateway.run import serve
from localaws.gateway.usage import Usage

REGION = "eu-west-1"
ARN = f"arn:aws:lambda:{REGION}:123456789012:function:f"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{ARN}/invocations"


class Functions:
    """Stands for the functions: says what a test wants, or raises it."""

    def __init__(self):
        self.asked = []
        self.say = {"statusCode": 200, "body": "ok"}

    def call(self, uri, variables, event, source, role=None, seconds=29.0):
        asked = SimpleNamespace(**{**locals(), "self": None})
        self.asked.append(asked)
        said = self.say(event) if callable(self.say) else self.say
        if isinstance(said, Exception):
            raise said
        if isinstance(said, Outcome):
            return said
        return Outcome(json.dumps(said).encode(), False, "1", "")


def failed(message):
    """Return the outcome of a function that has raised an error."""
    said = {"errorMessage": message, "errorType": "Exception"}
    return Outcome(json.dumps(said).encode(), True, "1", "")


class Gateway:
    """A context's API Gateway."""

    def __init__(self, context):
        self.context, self.functions = context, Functions()
        self.documents = context.add(Documents(context.folder / "apis"))
        usage = context.add(Usage(context, self.documents))
        authorizers = context.add(Authorizers(context, self.functions))
        self.metrics = Metrics(context, usage)
        parts = (self.documents, self.functions, usage, authorizers, self.metrics)
        self.parts = Parts(context, *parts)
        context.add(Rest(self.parts))
        context.add(Http(self.parts))

    def rest(self, operation, **members):
        return self._asked("apigateway", operation, members)

    def http(self, operation, **members):
        return self._asked("apigatewayv2", operation, members)

    def _asked(self, service, operation, members):
        model = validation.service_model(service).operation_model(operation)
        validation.check(model, members)
        call = Call(operation, members, REGION, self.context, None)
        return OPERATIONS[service, operation](call)

    def refuses(self, words, service, operation, code="BadRequestException", **members):
        """Assert that an operation is refused in these words."""
        with pytest.raises(ServiceError, match=words) as caught:
            self._asked(service, operation, members)
        assert caught.value.code == code

    def ask(self, path, method="GET", **ways):
        """Return the response to a request below /_apis."""
        url, _, query = path.partition("?")
        builder = EnvironBuilder(
            f"/_apis/{url}", method=method, query_string=query, **ways
        )
        environ = {**builder.get_environ(), "RAW_URI": f"/_apis/{path}"}
        name = url.partition("/")[0]
        return serve(self.context, Request(environ), REGION, name, "")

    def resource(self, api, path):
        """Return the identifier of a resource, which is made with all above it."""
        rows = self.rest("GetResources", restApiId=api, limit=500)["items"]
        known, above = {row["path"]: row["id"] for row in rows}, ""
        for part in [part for part in path.split("/") if part]:
            place = f"{above}/{part}"
            if place not in known:
                parent = known[above or "/"]
                given = {"restApiId": api, "parentId": parent, "pathPart": part}
                known[place] = self.rest("CreateResource", **given)["id"]
            above = place
        return known[above or "/"]

    def method(self, api, path, name="GET", integration=None, **members):
        """Add a method with a function behind it; return its place."""
        place = {"restApiId": api, "resourceId": self.resource(api, path)}
        place["httpMethod"] = name
        self.rest("PutMethod", **place, **{"authorizationType": "NONE", **members})
        given = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": URI}
        self.rest("PutIntegration", **place, **(integration or given))
        return place

    def api(self, *paths, **members):
        """Make a REST API with these paths, each with ANY; return its identifier."""
        api = self.rest("CreateRestApi", **{"name": "a", **members})["id"]
        for path in paths:
            self.method(api, path, "ANY")
        if paths:
            self.deploy(api)
        return api

    def deploy(self, api, **members):
        given = {"stageName": "prod", **members}
        return self.rest("CreateDeployment", restApiId=api, **given)["id"]

    def quick(self, **members):
        """Make an HTTP API quickly; return its identifier."""
        given = {"Name": "h", "ProtocolType": "HTTP", "Target": ARN, **members}
        return self.http("CreateApi", **given)["ApiId"]

    def routed(self, *keys, **members):
        """Make an HTTP API with these routes and a `$default` stage."""
        api = self.http("CreateApi", Name="h", ProtocolType="HTTP", **members)["ApiId"]
        self.http("CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
        for key in keys:
            self.route(api, key)
        return api

    def route(self, api, key, version="2.0", **members):
        given = {"IntegrationType": "AWS_PROXY", "IntegrationUri": ARN}
        given["PayloadFormatVersion"] = version
        made = self.http("CreateIntegration", ApiId=api, **given)
        target = f"integrations/{made['IntegrationId']}"
        return self.http(
            "CreateRoute", ApiId=api, RouteKey=key, Target=target, **members
        )
