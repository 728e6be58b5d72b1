"""What the benchmark's Python participants share: the line protocol, the timing loop, the images.

A participant is a process that says `ready DESCRIPTION` (or `skip REASON`) and then answers one
request a line, so that the driver can let two of them take turns:

    predict batch=32 channels=1 threads=2 seconds=0.3   ->   ok 31.20 note about how
"""
import os
import sys
import time

TIMED_SECONDS = 0.3
WARM_UP_SHARE = 0.15  # of that, untimed, before it: caches, clock and threads wake up


def seconds_per_call(call, seconds, now=time.perf_counter):
    """Mean time of call() over at least `seconds` of work."""
    calls, elapsed = 0, 0.0
    warm_until = now() + seconds * WARM_UP_SHARE
    while True:
        call()
        if now() >= warm_until:
            break
    start = now()
    while elapsed < seconds:
        call()
        calls += 1
        elapsed = now() - start
    return elapsed / calls


def clock_of(options):
    """The wall's clock, or with clock=cpu the time this process has had on processors."""
    return time.process_time if options.get("clock") == "cpu" else time.perf_counter


def read_idx(path):
    """(dimensions, bytes) of an uncompressed IDX file of unsigned bytes."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    count = data[3]
    dimensions = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(count)]
    return dimensions, data[4 + 4 * count:]


def images_path(folder, size):
    return os.path.join(folder, f"images-{size}.idx")


def labels_path(folder, size):
    return os.path.join(folder, f"labels-{size}.idx")


def say(line):
    print(line, flush=True)


def parse(line):
    """`job key=value ...` -> (job, {key: value}), whole numbers as int."""
    job, *words = line.split()
    options = {}
    for word in words:
        key, value = word.split("=", 1)
        options[key] = int(value) if value.isdigit() else value
    options["seconds"] = float(options.get("seconds", TIMED_SECONDS))
    return job, options


def serve(description, jobs):
    """Answers requests until the input ends. jobs: name -> function(options) -> (figure, note)."""
    say(f"ready {description}")
    for line in sys.stdin:
        job, options = parse(line)
        if job not in jobs:
            say(f"skip no job {job}")
            continue
        try:
            figure, note = jobs[job](options)
            say(f"ok {figure:.6g} {note}")
        except Exception as error:  # whatever a package throws is an answer, not the end
            say(f"error {type(error).__name__}: {error}".replace("\n", " "))
