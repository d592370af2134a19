"""Walks botocore's model of an operation, and asks a table about each member."""

import botocore.session

from localaws.api.members import judged


def leaves(service, operation):
    """Return the paths of all members of a request, to the leaves, as tables name them.

    A list of structures is "Name[]", a map "Name{}"; a structure that holds itself ends
    where it does so first.
    """
    model = botocore.session.get_session().get_service_model(service)
    return list(_below(model.operation_model(operation).input_shape, "", ()))


def _below(shape, path, above):
    if shape.type_name == "structure" and shape.name not in above:
        for name, member in shape.members.items():
            inner = f"{path}.{name}" if path else name
            yield from _below(member, inner, (*above, shape.name))
    elif shape.type_name == "list" and shape.member.type_name in ("structure", "list"):
        yield from _below(shape.member, f"{path}[]", above)
    elif shape.type_name == "map":
        yield f"{path}{{}}"
    else:
        yield path


def unjudged(service, operation, table):
    """Return the members of an operation that a table does not know."""
    return [leaf for leaf in leaves(service, operation) if judged(table, leaf) is None]


def stale(table, *operations):
    """Return the names in a table that no operation (service, name) has."""
    known = [leaf for one in operations for leaf in leaves(*one)]
    return [
        name
        for name in table
        if not any(
            leaf == name or leaf.startswith((f"{name}.", f"{name}[")) for leaf in known
        )
    ]
