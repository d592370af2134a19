"""What the tests of the model server share: a script, a process, and requests to it."""

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
ECHO = """
def model_fn(model_dir):
    return "model"

def input_fn(body, content_type):
    return [type(body).__name__, content_type]

def predict_fn(data, model):
    return [*data, model]

def output_fn(prediction, accept):
    return ",".join([*prediction, accept]), "text/plain"
"""


def ask(server, body, content_type, accept=None, **headers):
    """Return status, body and headers of an invocation."""
    headers["Content-Type"] = content_type
    if accept:
        headers["Accept"] = accept
    server.request("POST", "/invocations", body, headers)
    response = server.getresponse()
    return response.status, response.read(), response.headers
