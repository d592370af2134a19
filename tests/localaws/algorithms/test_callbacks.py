"""What follows each round: checkpoints of which five stay, a model that is there."""

import numpy as np
import pytest
import xgboost

from localaws.algorithms.callbacks import Kept, Monitor, Saved, early_stopping


def trained(*callbacks, rounds=8):
    """Train on a line, with callbacks."""
    x = np.arange(20.0).reshape(-1, 1)
    data = xgboost.DMatrix(x, label=x[:, 0])
    watched = [(data, "validation")]
    return xgboost.train(
        {}, data, rounds, evals=watched, verbose_eval=False, callbacks=list(callbacks)
    )


def test_five_checkpoints_stay_and_each_is_a_model(tmp_path):
    trained(Kept(tmp_path, done=10))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"xgboost-checkpoint.{n}" for n in range(13, 18)]
    content = bytearray((tmp_path / names[0]).read_bytes())
    model = xgboost.Booster(model_file=content)
    assert model.num_boosted_rounds() == 4


def test_rounds_are_counted_on_from_a_checkpoint(capfd):
    trained(Monitor(done=10), rounds=2)
    lines = capfd.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["[10]", "[11]"]


def test_the_model_of_each_round_is_saved():
    rounds = []
    trained(Saved(lambda model: rounds.append(model.num_boosted_rounds())), rounds=3)
    assert rounds == [1, 2, 3]


@pytest.mark.parametrize(("metric", "better"), [("auc", True), ("rmse", False)])
def test_early_stopping_knows_what_is_better(metric, better):
    [found] = early_stopping(3, metric, validated=True)
    assert found.maximize is better and found.save_best
    assert early_stopping(3, metric, validated=False) == []
    assert early_stopping(3, None, validated=True) == []
