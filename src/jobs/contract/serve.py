"""Answer requests with the four functions of a model's `code/inference.py`.

The folder of the model is the argument; standard input has `[[body, content type]]` as
JSON, standard output `[answers, seconds]`, of which the first is what loading took.
"""

import importlib
import json
import sys
import time

begin = time.perf_counter()
sys.path.insert(0, sys.argv[1] + "/code")
inference = importlib.import_module("inference")
model = inference.model_fn(sys.argv[1])
seconds, answers = [time.perf_counter() - begin], []
for body, kind in json.load(sys.stdin):
    begin = time.perf_counter()
    try:
        shares = inference.predict_fn(inference.input_fn(body, kind), model)
        answers.append(inference.output_fn(shares, "application/json"))
    except ValueError as error:
        answers.append(f"refused: {error}")
    seconds.append(time.perf_counter() - begin)
print(json.dumps([answers, seconds]))
