"""How long `import course` and `course.training.fit` take."""

import statistics
import subprocess
import sys
from functools import partial

from course.tools.bench.row import Row, seconds


def import_time(runs: int) -> Row:
    """`import course` in a fresh process, less an interpreter that imports nothing."""
    code = {"course": "import course", "nothing": "pass"}
    times: dict[str, list[float]] = {name: [] for name in code}
    for _ in range(runs):
        for name, text in code.items():
            command = [sys.executable, "-c", text]
            times[name].append(seconds(partial(subprocess.run, command, check=True)))
    bare, ours = (statistics.median(times[name]) for name in ("nothing", "course"))
    what, reference = "`import course`", f"{bare:.2f} s for an empty program"
    return Row(what, f"{max(0, ours - bare):.2f} s", reference, "0.2 s")


def fit_time(epochs: int) -> Row:
    """`course.training.fit` against the bare loop, turn by turn, the best of five."""
    import torch

    from course.training import fit

    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(4000, 40, generator=rng)
    y = torch.randint(10, (4000,), generator=rng)

    def network():
        torch.manual_seed(0)
        layers = torch.nn.Linear(40, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)
        return torch.nn.Sequential(*layers)

    ways = (
        lambda: fit(network(), x, y, epochs=epochs),
        lambda: _loop(network(), x, y, epochs),
    )
    pairs = [[seconds(way) for way in ways] for _ in range(5)]
    ours, loop = (min(times) for times in zip(*pairs, strict=True))
    reference = f"{loop:.2f} s for a bare loop over the same tensors"
    return Row("`course.training.fit`", f"{ours / loop:.2f} ×", reference, "1.10 ×")


def _loop(model, x, y, epochs: int) -> None:
    """The bare loop: nothing but what training needs."""
    import torch

    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(32):
            loss = torch.nn.functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
