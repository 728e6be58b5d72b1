"""What the package adds to the time that C takes, in one run, measured alternately.

    python bench.py PROGRAM [COMMAND]

PROGRAM is the time of C, ../../bindings/bench.c compiled with the library that the package uses:

    cc -O2 bench.c -I INCLUDE -L LIB -lmnistcnn -o bench_c

COMMAND is the command `mnistcnn`, to compare a training with. Where the machine is busy, look at the lowest
times, which are those that nobody disturbed.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from mnistcnn import Dataset, Model, ProgressBar

ROUNDS = 30
MANY = 1000


def microseconds(call, times):
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) * 1e6 / times


def alternate(ways, rounds=ROUNDS):
    """The times of each way: the lowest, and the median."""
    times = {name: [] for name in ways}
    for _ in range(rounds):
        for name, measure in ways.items():
            times[name].append(measure())
    return {name: (min(some), statistics.median(some)) for name, some in times.items()}


def show(title, times, base):
    print(title)
    for name, found in times.items():
        ratios = ", ".join(f"{mine / theirs:.3f}" for mine, theirs in zip(found, times[base]))
        more = ", ".join(f"{mine - theirs:+.2f}" for mine, theirs in zip(found, times[base]))
        print(f"  {name}: {found[0]:.2f} lowest, {found[1]:.2f} median; of {base} {ratios}; {more}")


def predictions(program, folder):
    model = Model.pretrained()
    path = folder / "model.safetensors"
    model.save(path)
    images = (np.arange(MANY * 784) * 7 % 256).astype(np.uint8).reshape(MANY, 28, 28)
    one = images[0].copy()

    def in_c(count, calls):
        out = subprocess.run([program, path, str(count), str(calls)], capture_output=True, check=True)
        return float(out.stdout.split()[0])

    times = {
        "C": lambda: in_c(1, 1000),
        "predict_proba": lambda: microseconds(lambda: model.predict_proba(one), 1000),
        "predict": lambda: microseconds(lambda: model.predict(one), 1000),
    }
    show("one image, us", alternate(times), "C")
    times = {
        "C": lambda: in_c(MANY, 3),
        "predict_proba": lambda: microseconds(lambda: model.predict_proba(images, threads=1), 3),
        "predict": lambda: microseconds(lambda: model.predict(images, threads=1), 3),
    }
    show(f"{MANY} images, us", alternate(times), "C")


def start():
    """The import and the first answer, beyond numpy's own import."""

    def milliseconds(code):
        return microseconds(lambda: subprocess.run([sys.executable, "-c", code], check=True), 1) / 1000

    answer = "import mnistcnn; mnistcnn.Model.pretrained().predict(numpy.zeros((28, 28), numpy.uint8))"
    ways = {
        "numpy": lambda: milliseconds("import numpy"),
        "first answer": lambda: milliseconds(f"import numpy; {answer}"),
    }
    show("start, ms", alternate(ways), "numpy")


def training(command, folder):
    """Seconds of an epoch, as the library counts them, on drawn digits and one thread."""
    subprocess.run(
        [command, "digits", "--out", folder / "digits", "--count", "20000", "--validation-count", "100"],
        check=True,
        capture_output=True,
    )
    data = Dataset.from_folder(folder / "digits" / "train", progress=False)
    null = open("/dev/null", "w")  # noqa: SIM115

    def by_command():
        files = ["--train", folder / "digits" / "train", "--out", folder / "m", "--history", folder / "h"]
        options = ["--preset", "tutorial", "--epochs", "1", "--threads", "1", "--channels", "1", "--quiet"]
        subprocess.run([command, "train", *files, *options], check=True)
        return json.loads((folder / "h").read_text())["epochs"][0]["seconds"]

    def by_package(*callbacks):
        model = Model.create(data.shape, data.class_names)
        options = {"preset": "tutorial", "epochs": 1, "threads": 1, "progress": False}
        return model.train(data, callbacks=callbacks, **options).seconds[0]

    ways = {
        "the command": by_command,
        "train": by_package,
        "with a callback": lambda: by_package(lambda progress: None),
        "with a bar": lambda: by_package(ProgressBar(null)),
    }
    show("an epoch, s", alternate(ways, 12), "the command")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("program", type=pathlib.Path)
parser.add_argument("command", type=pathlib.Path, nargs="?")
given = parser.parse_args()
with tempfile.TemporaryDirectory() as place:
    predictions(given.program.resolve(), pathlib.Path(place))
    start()
    if given.command:
        training(given.command.resolve(), pathlib.Path(place))
