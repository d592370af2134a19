"""What a client is told when it is refused."""

import pytest
from botocore.exceptions import ClientError


def code(function, **members):
    """Return the code of the error that an operation answers with."""
    with pytest.raises(ClientError) as caught:
        function(**members)
    return caught.value.response["Error"]["Code"]
