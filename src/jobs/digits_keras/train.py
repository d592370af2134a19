"""Train the digits classifier with Keras: what SageMaker runs, and what runs by hand.

The folders come from the environment that SageMaker's training containers set:
https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
"""

import argparse
import os
import shutil
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported

import keras
import numpy as np

PIXELS = 64  # an image of 8 x 8 pixels, row by row
CLASSES = 10


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the hyperparameters and folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    for name, variable in [
        ("--train", "SM_CHANNEL_TRAIN"),
        ("--test", "SM_CHANNEL_TEST"),
        ("--model-dir", "SM_MODEL_DIR"),
    ]:
        folder = os.environ.get(variable)
        parser.add_argument(
            name, type=Path, default=folder, required=folder is None, help=variable
        )
    return parser.parse_args(arguments)


def load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 64) and labels (n,) of an `.npz` file with `x` and `y`."""
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["x"].astype(np.float32).reshape(-1, PIXELS), arrays["y"]


def build_model(hidden: int, learning_rate: float) -> keras.Model:
    """Return the compiled network: 64 pixels, `hidden` units, 10 probabilities."""
    model = keras.Sequential(
        [
            keras.layers.Input((PIXELS,)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


class Report(keras.callbacks.Callback):
    """Prints each epoch on a line that metric definitions can read."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Print losses and test accuracy; Keras counts epochs from 0."""
        loss, correct = logs["loss"], logs["val_accuracy"]
        line = f"epoch={epoch + 1} train_loss={loss:.4f} test_accuracy={correct:.4f}"
        print(line, flush=True)


def save(model: keras.Model, folder: Path) -> None:
    """Write what the TensorFlow containers read: a SavedModel, `code/inference.py`."""
    model.export(folder / "digits" / "1", verbose=False)
    (folder / "code").mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name("inference.py"), folder / "code")


def main() -> None:
    """Train, report each epoch on a line that metric definitions can read, save."""
    args = parse_arguments()
    keras.utils.set_random_seed(args.seed)
    images, labels = load(args.train / "train.npz")
    model = build_model(args.hidden, args.learning_rate)
    model.fit(
        images,
        labels,
        epochs=args.epochs,
        batch_size=args.batch_size,
        validation_data=load(args.test / "test.npz"),
        callbacks=[Report()],
        verbose=0,
    )
    save(model, args.model_dir)


if __name__ == "__main__":
    main()
