"""Explanations agree with captum, with finite differences and with closed forms."""

import numpy as np
import pytest
from scipy.special import expit

from course import explain

torch = pytest.importorskip("torch")
attr = pytest.importorskip("captum.attr")
X = np.random.default_rng(0).uniform(size=(3, 2, 8, 7)).astype("float32")
LABELS = np.array([2, 0, 3])


def network(dtype=torch.float32):
    torch.manual_seed(1)
    layers = [torch.nn.Conv2d(2, 5, 3), torch.nn.Tanh(), torch.nn.MaxPool2d(2)]
    layers += [torch.nn.Flatten(), torch.nn.Linear(30, 4)]
    return torch.nn.Sequential(*layers).to(dtype)


def either(x):
    """One score: the sum of the inputs, at most 1. Two reasons, each is enough."""
    return 1 - torch.relu(1 - x.sum(dim=1, keepdim=True))


def captum(kind, x=X, **settings):
    target = torch.tensor(LABELS)
    return kind(network()).attribute(
        torch.tensor(x, requires_grad=True), target=target, **settings
    )


def close(one, other, tolerance=4e-7):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def test_slopes_equal_captum_s_saliency():
    theirs = captum(attr.Saliency, abs=False)
    close(explain.slopes(network(), X, LABELS), theirs.detach().numpy())


def test_slopes_equal_finite_differences():
    net, x, d = network(torch.float64), X.astype("float64"), 1e-6
    ours, rows = explain.slopes(net, x, LABELS), np.arange(3)
    for place in [(0, 0, 0), (1, 4, 3), (0, 7, 6)]:
        up, down = x.copy(), x.copy()
        up[:, *place] += d
        down[:, *place] -= d
        change = explain.scores(net, up) - explain.scores(net, down)
        close(ours[:, *place], change[rows, LABELS] / (2 * d), 1e-6)


@pytest.mark.parametrize("baseline", [0.0, 0.7])
@pytest.mark.parametrize("steps", [2, 5, 64])
def test_integrated_gradients_equal_captum_s(baseline, steps):
    more = {"method": "riemann_middle", "n_steps": steps, "baselines": baseline}
    theirs = captum(attr.IntegratedGradients, **more)
    ours = explain.integrated_gradients(network(), X, LABELS, baseline, steps)
    close(ours, theirs.detach().numpy())


def test_integrated_gradients_add_up_to_the_change_of_the_score():
    net, x = network(torch.float64), X.astype("float64")
    mean = x.mean(axis=(2, 3), keepdims=True)  # a baseline for each sample and channel
    ours = explain.integrated_gradients(net, x, LABELS, mean, 2000)
    change = explain.scores(net, x) - explain.scores(net, 0 * x + mean)
    close(ours.sum(axis=(1, 2, 3)), change[np.arange(3), LABELS], 1e-4)


def test_two_reasons_of_which_each_is_enough_are_seen_on_the_way_alone():
    x, label = np.array([[1.0, 1.0]]), np.array([0])
    assert explain.slopes(either, x, label).tolist() == [[0, 0]]
    close(explain.integrated_gradients(either, x, label), [[0.5, 0.5]])
    image = x.reshape(1, 1, 1, 2)
    falls = explain.occlusion(lambda v: either(v.flatten(1)), image, label, size=1)
    assert falls.tolist() == [[[0, 0]]]


def test_an_input_that_is_its_baseline_gets_nothing():
    x, label = np.array([[0.3, 0.2]]), np.array([0])
    found = explain.integrated_gradients(either, x, label, np.array([0.3, 0.0]))
    close(found, [[0, 0.2]])


@pytest.mark.parametrize("fill", [0.0, 0.5])
def test_occlusion_equals_captum_s_where_squares_do_not_overlap(fill):
    x = X[:, :, :6, :6]

    def net(v):
        return network()(torch.nn.functional.pad(v, (0, 1, 0, 2)))

    more = {"sliding_window_shapes": (2, 3, 3), "strides": (2, 3, 3)}
    target = torch.tensor(LABELS)
    theirs = attr.Occlusion(net).attribute(
        torch.tensor(x), target=target, baselines=fill, **more
    )
    ours = explain.occlusion(net, x, LABELS, 3, fill)
    assert ours.shape == (3, 4, 4)
    close(ours[:, ::3, ::3], theirs[:, 0, ::3, ::3].detach().numpy(), 1e-6)


def test_of_a_sum_occlusion_is_what_was_covered():
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    falls = explain.occlusion(lambda v: v.flatten(1).sum(1, True), x, [0], 2, 1.0)
    assert falls[0].tolist() == [[6, 10, 14], [22, 26, 30]]


def test_what_it_imagines_scores_higher_and_stays_between_0_and_1():
    start = np.full_like(X, 0.1)
    made = explain.imagine(network(), start, LABELS)
    rows = np.arange(3)
    before, after = (explain.scores(network(), v)[rows, LABELS] for v in (start, made))
    assert (after > before + 0.5).all() and made.min() >= 0 and made.max() <= 1
    assert np.array_equal(start, np.full_like(X, 0.1))


def test_of_a_weighted_sum_it_imagines_the_inputs_of_positive_weight():
    w, grey = torch.tensor([[2.0, -1.0, 1.0]]).double(), np.full((1, 1, 1, 3), 0.5)
    made = explain.imagine(lambda v: v.flatten(1) @ w.T, grey, [0], 5, 0.1)
    close(made, [[[[1.0, 0.25, 0.75]]]], 1e-12)  # by 0.1 where the slope is largest
    flat = explain.imagine(lambda v: 0 * v.flatten(1), grey, [0])
    assert np.array_equal(flat, grey)


def test_each_image_is_imagined_by_itself():
    alone = [explain.imagine(network(), X[[k]], LABELS[[k]], 5)[0] for k in range(3)]
    close(explain.imagine(network(), X, LABELS, 5), alone)


def test_fgsm_equals_captum_s():
    robust = pytest.importorskip("captum.robust")
    loss = torch.nn.CrossEntropyLoss(reduction="none")
    attack = robust.FGSM(network(), loss, lower_bound=0, upper_bound=1)
    attack.zero_thresh = 0
    theirs = attack.perturb(
        torch.tensor(X, requires_grad=True), 0.1, torch.tensor(LABELS)
    )
    close(explain.fgsm(network(), X, LABELS, 0.1), theirs.detach().numpy())


def test_fgsm_adds_epsilon_times_the_weights_to_the_loss_of_a_line():
    w, x = np.array([0.5, -2.0, 1.0]), np.full((1, 3), 0.5)

    def line(v):  # scores -w·v and w·v
        s = v @ torch.tensor(w)[:, None]
        return torch.cat([-s, s], dim=1)

    def loss(v):
        return -np.log(expit(2 * v @ w))  # of class 1

    moved = explain.fgsm(line, x, np.array([1]), 0.1)
    close(moved, [[0.4, 0.6, 0.4]], 1e-12)
    worst = np.log1p(np.exp(-2 * (x @ w - 0.1 * np.abs(w).sum())))
    close(loss(moved), worst, 1e-12)


def test_of_a_line_importance_is_twice_the_square_of_the_weight_times_the_variance():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(400, 3)), np.array([2.0, -1.0, 0.0])
    y = x @ w

    def score(v):
        return -np.mean((y - v @ w) ** 2)

    for k in range(3):
        found = explain.permutation_importance(score, x, [k], rng, repeats=400)
        assert abs(found - 2 * w[k] ** 2 * x[:, k].var()) < 0.06


def test_importance_is_near_scikit_learn_s_and_joint_columns_stay_together():
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 2))
    x = np.column_stack([x, x[:, 0]])
    y = (x[:, 0] + 0.3 * x[:, 1] + rng.normal(size=500) > 0).astype(int)
    model = LogisticRegression().fit(x, y)
    theirs = permutation_importance(model, x, y, n_repeats=200, random_state=0)

    def ours(columns):
        score = lambda v: model.score(v, y)  # noqa: E731
        return explain.permutation_importance(score, x, columns, rng, repeats=200)

    for k in range(3):
        assert abs(ours([k]) - theirs.importances_mean[k]) < 0.01
    assert ours([0, 2]) > 1.8 * ours([0])
    difference = lambda v: float(np.abs(v[:, 0] - v[:, 2]).max())  # noqa: E731
    assert explain.permutation_importance(difference, x, [0, 2], rng) == 0


SUM = lambda v: v.flatten(1).sum(1, True)  # noqa: E731
ALL = ["slopes", "integrated_gradients", "occlusion", "imagine"]


@pytest.mark.parametrize("name", [*ALL, "fgsm"])
@pytest.mark.parametrize(
    ("x", "labels", "error", "says"),
    [
        (X, [0, 0], ValueError, r"labels has shape \(2,\), expected \(3,\)"),
        (X, [0, 1, 0], ValueError, 'no class "1", expected 0 to 0'),
        (X, [0, -1, 0], ValueError, 'no class "-1"'),
        ((X * 9).astype(int), [0, 0, 0], TypeError, 'x holds "int64", expected floats'),
    ],
)
def test_what_cannot_be_explained_says_why(name, x, labels, error, says):
    more = [0.1] if name == "fgsm" else []
    with pytest.raises(error, match=says):
        getattr(explain, name)(SUM, x, np.array(labels), *more)


@pytest.mark.parametrize("size", [0, 8])
def test_a_square_must_fit_into_the_image(size):
    with pytest.raises(ValueError, match=f"size is {size}, expected 1 to 7"):
        explain.occlusion(SUM, X, [0, 0, 0], size)


def test_a_way_has_a_step_at_least():
    with pytest.raises(ValueError, match="steps is 0, expected 1 or more"):
        explain.integrated_gradients(SUM, X, [0, 0, 0], steps=0)


def test_no_gradient_is_left_in_the_network_and_no_argument_is_changed():
    net, x = network(), X.copy()
    for name in ALL:
        getattr(explain, name)(net, x, LABELS)
    explain.fgsm(net, x, LABELS, 0.1)
    assert all(p.grad is None for p in net.parameters())
    assert np.array_equal(x, X)
