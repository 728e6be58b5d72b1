#!/usr/bin/env python3
"""Accuracy on other people's digits, by kind of picture.

    sample.py COMMAND FOLDER [--model FILE] [--wrong] [--least KIND=PERCENT]...

COMMAND is the program mnistcnn; FOLDER (or, where it is not given, MNISTCNN_DIGITS_DIR) has
labels.tsv with file, label and kind of each picture: the label is the digits in reading order, "/"
between lines, nothing where no digit is to be read. --wrong lists the pictures that were misread.
With --least the exit status is 1 if less of a kind is right. Without a folder the exit status is
77: skipped.
"""

import argparse
import csv
import json
import os
import subprocess
import sys

SURE = 0.9  # a wrong answer above this confidence misleads


def read_labels(folder):
    with open(os.path.join(folder, "labels.tsv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [(row["file"], row["label"] or "", row["kind"]) for row in rows]


def predict(command, model, folder, files, options):
    """The answers in the order of the files."""
    argv = [command, "predict", "--json", "--threads", "1", "--prepare", "digit", *options, "-"]
    if model:
        argv[2:2] = ["--model", model]
    paths = "".join(os.path.join(folder, name) + "\n" for name in files)
    run = subprocess.run(argv, input=paths, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1, 3):
        sys.exit(f"{' '.join(argv)}: exit status {run.returncode}\n{run.stderr}")
    answers = json.loads(run.stdout)
    if len(answers) != len(files):
        sys.exit(f"{len(answers)} answers for {len(files)} pictures\n{run.stderr}")
    return answers


def common_subsequence(wanted, found):
    """Length of the longest common subsequence."""
    row = [0] * (len(found) + 1)
    for a in wanted:
        diagonal = 0
        for j, b in enumerate(found, 1):
            diagonal, row[j] = row[j], diagonal + 1 if a == b else max(row[j], row[j - 1])
    return row[-1]


class Score:
    def __init__(self):
        self.right = self.count = self.sure = self.wrong = self.exact = self.extra = 0
        self.pictures = 0

    def percent(self):
        return 100 * self.right / self.count if self.count else 100.0


def score_one(score, label, answer):
    """A picture of one digit, or of none."""
    found = answer.get("class")
    score.count += 1
    score.pictures += 1
    if (found or "") == label:
        score.right += 1
        return True
    score.wrong += found is not None
    score.sure += found is not None and answer["confidence"] > SURE
    return False


def score_many(score, label, answer):
    wanted = label.replace("/", "")
    digits = [digit for digit in answer.get("digits", []) if digit["class"] is not None]
    found = "".join(digit["class"] for digit in digits)
    common = common_subsequence(wanted, found)
    score.count += len(wanted)
    score.right += common
    score.extra += len(found) - common
    score.pictures += 1
    score.exact += wanted == found
    return wanted == found


def describe(kind, answer):
    if kind == "many":
        return "".join(digit["class"] or "?" for digit in answer.get("digits", []))
    if answer.get("class") is None:
        return "none: " + str(answer.get("verdict", answer.get("error")))
    return f"{answer['class']} {answer['confidence']:.3f}"


def measure(arguments, folder):
    labels = read_labels(folder)
    scores = {}
    for many in (False, True):
        rows = [row for row in labels if (row[2] == "many") == many]
        if not rows:
            continue
        options = ["--many"] if many else []
        files = [row[0] for row in rows]
        answers = predict(arguments.command, arguments.model, folder, files, options)
        for (name, label, kind), answer in zip(rows, answers):
            score = scores.setdefault(kind, Score())
            right = (score_many if many else score_one)(score, label, answer)
            if not right and arguments.wrong:
                print(f"{name}\t{label}\t{describe(kind, answer)}")
    return scores


def print_table(scores):
    print("| kind | right | accuracy | wrong above 0.9 | exact pictures | too many |")
    print("|---|---:|---:|---:|---:|---:|")
    for kind, s in scores.items():
        print(f"| {kind} | {s.right} of {s.count} | {s.percent():.1f} % | {s.sure} of {s.wrong} "
              f"| {s.exact if kind == 'many' else s.right} of {s.pictures} | {s.extra} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("command")
    parser.add_argument("folder", nargs="?", default=os.environ.get("MNISTCNN_DIGITS_DIR"))
    parser.add_argument("--model")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--least", action="append", default=[], metavar="KIND=PERCENT")
    arguments = parser.parse_args()
    if not arguments.folder or not os.path.isdir(arguments.folder):
        print("skipped: no folder of other people's digits (MNISTCNN_DIGITS_DIR)")
        sys.exit(77)
    scores = measure(arguments, arguments.folder)
    print_table(scores)
    status = 0
    for limit in arguments.least:
        kind, percent = limit.split("=")
        if scores[kind].percent() < float(percent):
            print(f"{kind}: less than {percent} % are right")
            status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
