"""Routes are kept ready as long as an API is as it was."""

from localaws.gateway import parts
from localaws.gateway.rest import routes_of


def test_routes_are_made_once_for_what_has_not_changed(gateway, monkeypatch):
    made = []

    def make(api):
        made.append(api)
        return routes_of(api)

    one, two = ({"_resources": {}} for _ in range(2))
    for api in (one, one, two, two):
        gateway.parts.routes("k", api, make)
    assert [api is one for api in made] == [True, False]
    monkeypatch.setattr(parts, "KEPT", 1)
    gateway.parts.routes("l", one, make)
    gateway.parts.routes("k", two, make)
    assert len(made) == 4


def test_a_methods_arn_is_as_policies_name_it():
    arn = parts.arn_of("eu-west-1", "1", "api/prod/GET/a")
    assert arn == "arn:aws:execute-api:eu-west-1:1:api/prod/GET/a"
