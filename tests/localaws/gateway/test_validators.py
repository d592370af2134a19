"""A method with a validator takes the requests that are as it says, and no others."""

import json

import pytest

from localaws.gateway.validators import fits, schema_of

PET = {
    "type": "object",
    "properties": {"id": {"type": "integer", "minimum": 1}, "name": {"type": "string"}},
    "required": ["id"],
    "additionalProperties": False,
}
JSON = "application/json"


def made(gateway, body=True, parameters=True, **members):
    """Make an API whose method has a validator; return its address."""
    api = gateway.api()
    given = {"validateRequestBody": body, "validateRequestParameters": parameters}
    one = gateway.rest("CreateRequestValidator", restApiId=api, name="v", **given)
    model = {"name": "Pet", "contentType": JSON, "schema": json.dumps(PET)}
    gateway.rest("CreateModel", restApiId=api, **model)
    gateway.method(api, "/a/{id}", "POST", requestValidatorId=one["id"], **members)
    gateway.deploy(api)
    return f"{api}/prod/a/7"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"id": 1}', JSON, 200),
        (b'{"id": 1, "name": "x"}', "application/json; charset=utf-8", 200),
        (b'{"id": 0}', JSON, 400),
        (b'{"id": 1, "more": 2}', JSON, 400),
        (b"{}", JSON, 400),
        (b"", JSON, 400),
        (b'{"id": 1', JSON, 400),
        (b"\xff", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"id=0", "text/plain", 200),
    ],
)
def test_a_body_fits_its_model_or_is_refused(gateway, body, kind, status):
    place = made(gateway, requestModels={JSON: "Pet"})
    response = gateway.ask(place, "POST", data=body, content_type=kind)
    assert response.status_code == status
    if status == 400:
        assert json.loads(response.data) == {"message": "Invalid request body"}
        assert gateway.functions.asked == []


def test_the_parameters_that_lack_are_named(gateway):
    names = ("querystring.page", "header.X-Key", "path.id", "querystring.free")
    given = {f"method.request.{name}": "free" not in name for name in names}
    place = made(gateway, requestParameters=given)
    response = gateway.ask(place, "POST")
    words = "Missing required request parameters: [X-Key, page]"
    assert response.status_code == 400
    assert json.loads(response.data) == {"message": words}
    good = gateway.ask(f"{place}?page=1", "POST", headers={"x-key": "k"})
    assert good.status_code == 200


def test_what_a_validator_does_not_look_at_is_free(gateway):
    given = {"requestParameters": {"method.request.header.X": True}}
    given |= {"requestModels": {JSON: "Pet"}}
    place = made(gateway, False, False, **given)
    assert gateway.ask(place, "POST", data=b"no").status_code == 200


def test_models_refer_to_models_and_to_themselves():
    far = "https://apigateway.amazonaws.com/restapis/x/models/"
    tree = {"type": "object", "properties": {"leaf": {"$ref": f"{far}Leaf"}}}
    tree["properties"] |= {"below": {"$ref": "#"}, "id": {"type": "string"}}
    leaf = {"id": "x", "definitions": {"n": {"type": "integer"}}}
    leaf["allOf"] = [{"$ref": "#/definitions/n"}]
    models = {"Tree": tree, "Leaf": leaf}
    api = {"_models": {name: {"schema": json.dumps(s)} for name, s in models.items()}}
    schema = schema_of(api, "Tree")
    assert fits(schema, {"leaf": 1, "below": {"below": {"leaf": 2}}, "id": "a"})
    assert not fits(schema, {"below": {"leaf": "no"}})
    assert not fits(schema, {"id": 5})
    lost = {"_models": {"A": {"schema": json.dumps({"$ref": f"{far}Gone"})}}}
    assert not fits(schema_of(lost, "A"), {})
