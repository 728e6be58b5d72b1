#!/usr/bin/env python3
"""Measures this library against its peers, turn by turn in one run, and prints tables of ratios.

Run it through run.sh, which builds the C participants and finds the packages. README.md says how to
read the output and how to add a row.
"""
import argparse
import collections
import concurrent.futures
import glob
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import bench_data
import network_sections

HERE = os.path.dirname(os.path.abspath(__file__))
SETTLE_SECONDS = 0.02  # before each sample, for the side before; more for those whose threads spin on
STEPS = 50  # of training in a turn: a step becomes faster as units die, so both sides take as many
TURNS = 5  # of each side in a round, so that a second in which the machine is slow is both sides'
IDLE_SECONDS = 3.0
CPU_CLOCK = "clock=cpu"
BATCHES = (1, 8, 32, 128, 1000)
SIDES = (bench_data.SIDE, *bench_data.LARGER_SIDES)
SECTIONS = ("bars", "batch", "size", "instructions", "files", "command", "stages", "phases",
            "idle", "networks", "layers")
CHECKS = 2  # jobs before the first step and before every 64th: weights are checked, and kept
PHASES = ("convolutions forward", "dense layers forward", "softmax, loss",
          "narrow layer backward, masks", "wide layer backward, optimiser",
          "adding its partial sums", "convolutions backward",
          "their gradients, optimiser")  # of the reference network, in order
CORE_TYPE = "OPENBLAS_CORETYPE"
PREDICTIONS = 50  # of the command, each a process of its own
FOLDER_ROUNDS = 3  # of predicting a folder, by either side
NO_DIGIT = 3  # its status where an image shows none, as synthetic ones may


class Missing(Exception):
    """A participant is not there, or cannot do what it was asked."""


class Participant:
    """A process that answers one measurement a line; started when first needed."""

    def __init__(self, name, command, settle=SETTLE_SECONDS):
        self.name, self.command, self.settle = name, command, settle
        self.process = None
        self.description = None
        self.reason = None

    def start(self):
        if self.reason:
            raise Missing(self.reason)
        if self.process:
            return
        try:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, text=True,
                                            stdout=subprocess.PIPE)
            word, _, rest = self.process.stdout.readline().strip().partition(" ")
        except OSError as error:
            word, rest = "skip", f"{error.strerror}: {self.command[0]}"
        if word != "ready":
            self.process, self.reason = None, rest or "it did not start"
            raise Missing(self.reason)
        self.description = rest

    def ask(self, request):
        """(figure, note)"""
        self.start()
        try:
            print(request, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        word, _, rest = answer.partition(" ")
        if not word:
            self.process, self.reason = None, f"it ended during `{request}`"
            raise Missing(self.reason)
        if word != "ok":
            raise Missing(rest)
        figure, _, note = rest.partition(" ")
        return float(figure), note

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


class Pair:
    """Two processes of the same participant that work at once: what the machine has for two."""

    def __init__(self, first, second):
        self.name, self.halves = f"two of {first.name}", (first, second)
        self.settle = first.settle

    def ask(self, request):
        """The figure of both together, as if one had done it all."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            figures = [f for f, _ in pool.map(lambda half: half.ask(request), self.halves)]
        return 1 / sum(1 / figure for figure in figures), ""


class Entrant:
    """One side of a comparison: who, what it is asked, and what that took in each round."""

    settle = SETTLE_SECONDS  # that whoever was asked last takes to become quiet

    def __init__(self, participant, request, minus=None):
        self.participant, self.request, self.minus = participant, request, minus
        self.samples, self.note, self.reason = [], "", None
        self.turns = []  # of the round that goes on

    def measure(self, sampling):
        """One figure, less the cost of `minus` where given."""
        if CPU_CLOCK in sampling and "threads=1" not in self.request:
            raise Missing("processor time says nothing about several threads")
        time.sleep(Entrant.settle)
        Entrant.settle = self.participant.settle
        figure, self.note = self.participant.ask(f"{self.request} {sampling}")
        if self.minus:
            figure -= self.participant.ask(f"{self.minus} {sampling}")[0]
        return figure

    def try_out(self, sampling):
        """The first request: it makes models and picks variants, so it does not count."""
        try:
            self.measure(f"{sampling} fresh=1")
        except Missing as missing:
            self.reason = str(missing)

    def take_turn(self, sampling):
        if not self.reason:
            self.turns.append(self.measure(sampling))

    def end_round(self):
        if self.turns:
            self.samples.append(statistics.fmean(self.turns))
        self.turns = []

    def median(self):
        return statistics.median(self.samples) if self.samples else None

    def report(self):
        return {"participant": self.participant.name, "request": self.request, "note": self.note,
                "samples": self.samples, "skipped": self.reason}


class Contest:
    """Entrants measured in turn, round after round; ratios are those of the same round."""

    def __init__(self, title, entrants, bar=None, at_least=False):
        self.title, self.entrants, self.bar, self.at_least = title, entrants, bar, at_least

    def run(self, rounds, turns, sampling):
        for entrant in self.entrants:
            entrant.try_out(sampling)
        for _ in range(rounds):
            for _ in range(turns):
                for entrant in self.entrants:
                    entrant.take_turn(sampling)
            for entrant in self.entrants:
                entrant.end_round()

    def ratios(self, index=1):
        """Of the first entrant's time to another's, one a round."""
        return [a / b for a, b in zip(self.entrants[0].samples, self.entrants[index].samples)]

    def met(self):
        ratios = self.ratios()
        if self.bar is None or not ratios:
            return None
        ratio = statistics.median(ratios)
        return ratio >= self.bar if self.at_least else ratio <= self.bar

    def report(self):
        return {"title": self.title, "bar": self.bar, "bar_is_at_least": self.at_least,
                "met": self.met(), "entrants": [entrant.report() for entrant in self.entrants],
                "ratios": [self.ratios(i) for i in range(1, len(self.entrants))]}


def count_of(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def format_figure(value):
    return "-" if value is None else f"{value:.1f}"


def format_ratios(ratios):
    if not ratios:
        return "-"
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f}..{max(ratios):.3f})"


def print_table(title, header, rows):
    """Columns as wide as they need; the first one to the left, the rest to the right."""
    print(f"\n{title}")
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())
    sys.stdout.flush()


BestContest = network_sections.make_contests(Contest)


class Bench(network_sections.NetworkSections):
    entrant, best_contest, plain_contest = Entrant, BestContest, Contest  # for the mixed-in sections
    figure, ratio_text = staticmethod(format_figure), staticmethod(format_ratios)
    table = staticmethod(print_table)

    def __init__(self, arguments):
        self.arguments = arguments
        self.images = bench_data.Images(arguments.data)
        folder = self.images.folder
        build = arguments.build
        python = arguments.python
        node = shutil.which("node") or "node"
        self.ours = Participant("ours", [f"{build}/mnistcnn_bench_ours", folder])
        self.other = Participant("ours", [f"{build}/mnistcnn_bench_ours", folder])
        self.gemm = Participant("OpenBLAS", [f"{build}/mnistcnn_bench_gemm"])
        self.stages_process = Participant("stages", [f"{build}/mnistcnn_bench_stages", folder])
        self.phases_process = Participant("phases", [f"{build}/mnistcnn_bench_phases", folder])
        self.torch = Participant("PyTorch", [python, os.path.join(HERE, "peer_torch.py"), folder],
                                 settle=0.25)
        self.pillow = Participant("Pillow", [python, os.path.join(HERE, "peer_pillow.py")])
        self.runtime = Participant("ONNX Runtime", [
            node, os.path.join(HERE, "peer_onnxruntime.mjs"), folder, arguments.modules], settle=0.06)
        peers = arguments.peers or python  # newer packages than the system has
        runtimes = os.path.join(HERE, "peer_runtimes.py")
        self.modern_torch = Participant("PyTorch, PyPI", [
            peers, os.path.join(HERE, "peer_torch.py"), folder], settle=0.25)
        self.runtimes = [
            Participant("ONNX Runtime, PyPI", [peers, runtimes, "onnxruntime", folder], settle=0.06),
            Participant("OpenVINO", [peers, runtimes, "openvino", folder], settle=0.06),
            Participant("LiteRT", [peers, runtimes, "litert", folder], settle=0.06)]
        self.participants = [self.ours, self.torch, self.runtime, self.gemm, self.pillow,
                             self.stages_process, self.phases_process, self.modern_torch,
                             *self.runtimes, self.other]
        self.report = {}
        clock = f" {CPU_CLOCK}" if arguments.cpu_time else ""
        self.sampling = f"seconds={arguments.seconds}{clock}"
        self.turn = f"seconds={arguments.seconds / TURNS:g}{clock}"

    # ------------------------------------------------------------------------------------- head

    def head(self):
        machine = {"processor": processor_name(), "processors": len(os.sched_getaffinity(0)),
                   "memory_gib": round(memory_bytes() / 2**30, 1),
                   "system": f"{platform.system()} {platform.release()}",
                   "load_average": os.getloadavg(), "images": self.images.source,
                   "rounds": self.arguments.rounds, "sampling": self.sampling}
        self.report["machine"] = machine
        print(f"machine       {machine['processor']}, {machine['processors']} processors, "
              f"{machine['memory_gib']} GiB, {machine['system']}, "
              f"load {machine['load_average'][0]:.2f}")
        print(f"images        {machine['images']}")
        print(f"measurement   {machine['rounds']} rounds, each side for at least "
              f"{self.arguments.seconds} s in {TURNS} turns; median (min..max) of the rounds' ratios")
        if self.arguments.cpu_time:
            print("clock         processor time, not the wall's: one thread only")
        for participant in self.participants[:-1]:
            self.introduce(participant)
        if os.environ.get(CORE_TYPE):
            print(f"              {CORE_TYPE}={os.environ[CORE_TYPE]} in all of them")
        self.report["participants"] = {p.name: p.description or f"skipped: {p.reason}"
                                       for p in self.participants}

    @staticmethod
    def introduce(participant):
        try:
            participant.start()
            print(f"{participant.name:<13} {participant.description}")
        except Missing as missing:
            print(f"{participant.name:<13} skipped: {missing}")

    # ----------------------------------------------------------------------------------- tables

    def contests(self, name, contests, rounds=None, turns=TURNS):
        for contest in contests:
            show_progress(f"{contest.title} ...")
            contest.run(rounds or self.arguments.rounds, turns, self.turn)
        show_progress("")
        self.report[name] = [contest.report() for contest in contests]
        return contests

    def bar_contests(self):
        ours, torch, runtime, gemm = self.ours, self.torch, self.runtime, self.gemm
        train, one = f"train steps={STEPS} batch=32 threads=1 channels=1", "predict batch=1 threads=1"
        colours = train.replace("channels=1", "channels=3")
        yield Contest("train step, 1 thread / PyTorch", [
            Entrant(ours, train), Entrant(torch, train)], 0.36)
        yield Contest("train step, 1 thread / sum of dense GEMMs", [
            Entrant(ours, train), Entrant(gemm, train)], 0.75)
        yield Contest("train step, 3 channels of gray / 1 channel", [
            Entrant(ours, colours), Entrant(ours, train)], 1.10)
        yield Contest("train step, 3 channels of gray / PyTorch", [
            Entrant(ours, colours), Entrant(torch, colours)])
        yield Contest("train, throughput of 2 threads / 1 thread", [
            Entrant(ours, train), Entrant(ours, train.replace("threads=1", "threads=2"))], 1.8,
            at_least=True)
        yield Contest("the same of two processes of 1 thread: the machine's limit", [
            Entrant(ours, train), Entrant(Pair(ours, self.other), train)])
        yield Contest("2 threads / two processes of 1 thread, throughput", [
            Entrant(Pair(ours, self.other), train),
            Entrant(ours, train.replace("threads=1", "threads=2"))])
        yield Contest("train, 2 threads / PyTorch at its better count", [
            Entrant(ours, train.replace("threads=1", "threads=2")),
            Entrant(torch, train.replace("threads=1", "threads=best"))], 0.22)
        for name, request in (("tutorial", "tutorial"), ("best", "best"),
                              ("best, 30 epochs", "best epochs=30")):
            yield Contest(f"train step with the augmentation of {name} / without", [
                Entrant(ours, f"{train} augment={request}"), Entrant(ours, train)], 1.1)
        yield Contest("predict 1 image / ONNX Runtime, 1 thread", [
            Entrant(ours, one), Entrant(runtime, one)], 0.5)
        yield Contest("the same, its Node.js call overhead taken off", [
            Entrant(ours, one), Entrant(runtime, one, minus="overhead")])
        for threads in (1, 2):
            for batch in (32, 1000):
                request = f"predict batch={batch} threads={threads}"
                yield Contest(f"predict {batch}, {count_of(threads)} / ONNX Runtime", [
                    Entrant(ours, request), Entrant(runtime, request)], 0.9)
        for batch in (32, 1000):
            request = f"predict batch={batch} threads=1"
            yield Contest(f"predict {batch}, reduced precision / ONNX Runtime", [
                Entrant(ours, f"{request} reduced=1"), Entrant(runtime, request)], 0.6)
            yield Contest("the same / our float32", [
                Entrant(ours, f"{request} reduced=1"), Entrant(ours, request)])
        yield Contest("train step, AVX2 forced / AVX-512", [
            Entrant(ours, f"{train} isa=avx2"), Entrant(ours, f"{train} isa=avx512")], 1.4)
        yield Contest("predict 32, AVX2 forced / AVX-512", [
            Entrant(ours, "predict batch=32 threads=1 isa=avx2"),
            Entrant(ours, "predict batch=32 threads=1 isa=avx512")], 1.4)

    def bars(self):
        contests = self.contests("bars", list(self.bar_contests()))
        rows = []
        for contest in contests:
            met = {None: "", True: "met", False: "MISSED"}[contest.met()]
            sign = ">=" if contest.at_least else "<="
            bar = "" if contest.bar is None else f"{sign} {contest.bar:.2f}"
            rows.append([contest.title, *(format_figure(e.median()) for e in contest.entrants),
                         format_ratios(contest.ratios()), bar, met])
        print_table("Bars (microseconds an image; ratio of the first to the second)",
                    ["", "first", "second", "ratio", "bar", ""], rows)
        self.print_call_overhead()
        self.print_reasons(contests)

    def print_call_overhead(self):
        try:
            overhead = [self.runtime.ask(f"overhead {self.sampling}")[0]
                        for _ in range(self.arguments.rounds)]
        except Missing:
            return
        self.report["node_call_overhead_us"] = overhead
        print(f"  ONNX Runtime's call overhead from Node.js: {statistics.median(overhead):.1f} us "
              f"({min(overhead):.1f}..{max(overhead):.1f}), part of each of its calls above")

    @staticmethod
    def print_reasons(contests):
        reasons = {f"{e.participant.name}: {e.reason}" for c in contests for e in c.entrants
                   if e.reason}
        for reason in sorted(reasons):
            print(f"  left out: {reason}")

    def scaling(self, name, title, cases):
        """cases: (label, [entrants]), the library first."""
        contests = self.contests(name, [Contest(label, entrants) for label, entrants in cases])
        peers = [e.participant.name for e in max((c.entrants for c in contests), key=len)[1:]]
        rows = []
        for contest in contests:
            row = [contest.title, format_figure(contest.entrants[0].median())]
            by_name = {e.participant.name: i for i, e in enumerate(contest.entrants) if i}
            for peer in peers:
                index = by_name.get(peer)
                row += (["", ""] if index is None else
                        [format_figure(contest.entrants[index].median()),
                         format_ratios(contest.ratios(index))])
            rows.append(row)
        header = ["", "ours"] + [cell for peer in peers for cell in (peer, "ours / it")]
        print_table(f"{title} (microseconds an image)", header, rows)
        self.print_reasons(contests)

    def entrants(self, request, *peers):
        return [Entrant(participant, request) for participant in (self.ours, *peers)]

    def batch(self):
        for threads in (1, 2):
            limit = [self.gemm] if threads == 1 else []
            label = count_of(threads)
            self.scaling(f"batch_train_{threads}", f"Training by batch size, {label}", [
                (f"batch {n}", self.entrants(f"train batch={n} threads={threads}", self.torch,
                                             *limit)) for n in BATCHES])
            self.scaling(f"batch_predict_{threads}", f"Prediction by batch size, {label}", [
                (f"batch {n}", self.entrants(f"predict batch={n} threads={threads}", self.runtime,
                                             self.torch, *limit)) for n in BATCHES])

    def size(self):
        self.scaling("size_train", "Training by image size, batch 32, 1 thread", [
            (f"{n} x {n}", self.entrants(f"train batch=32 size={n} threads=1", self.torch,
                                         self.gemm)) for n in SIDES])
        self.scaling("size_predict", "Prediction by image size, batch 32, 1 thread", [
            (f"{n} x {n}", self.entrants(f"predict batch=32 size={n} threads=1", self.runtime,
                                         self.torch, self.gemm)) for n in SIDES])

    def instructions(self):
        cases = []
        for isa in ("portable", "baseline", "neon", "avx2", "avx512"):
            for job in ("train", "predict"):
                request = f"{job} batch=32 threads=1"
                cases.append((f"{job} 32, {isa}", [Entrant(self.ours, f"{request} isa={isa}"),
                                                   Entrant(self.gemm, request)]))
        for label, extra in (("1 channel", "channels=1"), ("3 of gray", "channels=3"),
                             ("3 of colour", "channels=3 colour=1")):
            request = f"train batch=32 threads=1 {extra.split()[0]}"
            cases.append((f"train 32, {label}", [
                Entrant(self.ours, f"train batch=32 threads=1 {extra}"),
                Entrant(self.gemm, request)]))
        self.scaling("instructions", "Instruction sets and channels, 1 thread", cases)

    # ------------------------------------------------------------------------------------ files

    def files(self):
        """Folders are read whole, so a round is one reading and `seconds` does not apply."""
        training, validation = self.images.png_folders()
        cases = [Contest(f"load {bench_data.TRAINING_COUNT} PNG files, {count_of(n)}", [
            Entrant(who, f"load path={training} threads={n}") for who in (self.ours, self.pillow)])
            for n in (1, 2)]
        contests = self.contests("files", cases, rounds=max(3, self.arguments.rounds // 2), turns=1)
        print_table("Files (microseconds a file)", ["", "ours", "Pillow", "ours / Pillow"], [
            [c.title, *(format_figure(e.median()) for e in c.entrants), format_ratios(c.ratios())]
            for c in contests])
        self.print_reasons(contests)
        if self.arguments.whole_job:
            self.whole_job(training, validation)

    def whole_job(self, training, validation):
        """Once each: it takes long, and its parts are measured above."""
        print("\nWhole job: load, train 4 epochs with augmentation, validate, save (2 threads)")
        results = self.report["whole_job"] = {}
        for participant, file in ((self.ours, "ours.safetensors"), (self.torch, "torch.pt")):
            save = os.path.join(self.images.folder, file)
            try:
                seconds, note = participant.ask(f"job train={training} validation={validation} "
                                                f"save={save} threads=2 epochs=4 channels=1")
            except Missing as missing:
                print(f"  {participant.name:<8} left out: {missing}")
                continue
            results[participant.name] = {"seconds": seconds, "note": note}
            bar = "" if participant is not self.ours else (
                "  bar <= 25 s: " + ("met" if seconds <= 25 else "MISSED"))
            print(f"  {participant.name:<8} {seconds:.1f} s  ({note}){bar}")
        if len(results) == 2:
            ratio = results["ours"]["seconds"] / results["PyTorch"]["seconds"]
            print(f"  ratio    {ratio:.3f}")

    # ---------------------------------------------------------------------------------- command

    def command(self):
        """Whole processes of the mnistcnn command: how long, and how much memory at most."""
        mnistcnn = os.path.join(self.arguments.build, "..", "..", "examples", "mnistcnn")
        training, validation = self.images.png_folders()
        image = next(os.path.join(folder, file) for folder, _, files in os.walk(validation)
                     for file in files)
        runs = [run_process([mnistcnn, "predict", image]) for _ in range(PREDICTIONS)]
        times = sorted(run.seconds * 1e3 for run in runs)
        processor_times = [run.processor_seconds * 1e3 for run in runs]
        model = os.path.join(self.images.folder, "command.safetensors")
        memory = run_process([mnistcnn, "train", "--train", training, "--validation", validation,
                              "--out", model, "--epochs", "1", "--threads", "2"]).peak_bytes
        library = os.path.join(self.arguments.build, "..", "..", "lib", "libmnistcnn.so")
        size = stripped_bytes(library)
        self.report["command"] = {"predict_ms": times, "predict_processor_ms": processor_times,
                                  "train_peak_bytes": memory, "library_bytes": size}
        print("\nCommand and library")
        for text, value, bar, unit in (
                (f"predict one PNG, median of {PREDICTIONS} processes", statistics.median(times),
                 15, "ms"),
                ("the same, processor time, mean", statistics.mean(processor_times), 5, "ms"),
                ("peak memory of training on the PNG folders", memory / 1e6, 200, "MB"),
                ("shared library, stripped", size / 1e3, 250, "KB")):
            print(f"  {text:<52} {value:8.1f} {unit}  bar <= {bar} {unit}: "
                  f"{'met' if value <= bar else 'MISSED'}")
        self.command_on_folder(mnistcnn, validation)

    def command_on_folder(self, mnistcnn, folder):
        """Predicting a folder of files, as a whole process, beside PyTorch and Pillow."""
        commands = {"ours": [mnistcnn, "predict", "--threads", "2", folder],
                    "PyTorch": [self.arguments.python, os.path.join(HERE, "torch_predict.py"), folder, "2"]}
        runs = {name: [] for name in commands}
        try:
            for name in FOLDER_ROUNDS * list(commands):
                runs[name].append(run_process(commands[name]))
        except SystemExit as missing:
            print(f"  predict a folder: left out: {missing}")
            return
        self.report["command_on_folder"] = {name: [run._asdict() for run in those]
                                            for name, those in runs.items()}
        print(f"\nPredict {bench_data.VALIDATION_COUNT} PNG files, 2 threads, whole process")
        for text, field in ("processor time", "processor_seconds"), ("wall time", "seconds"):
            ours, theirs = (statistics.median(getattr(run, field) for run in runs[name])
                            for name in commands)
            print(f"  {text:<16} ours {ours:6.2f} s  PyTorch {theirs:6.2f} s  ratio {ours / theirs:.3f}  "
                  f"bar <= 0.1: {'met' if ours <= 0.1 * theirs else 'MISSED'}")

    # ----------------------------------------------------------------------------------- others

    def stages(self):
        """What a step is made of: medians over the rounds of each kernel's share."""
        self.report["stages"] = {}
        for request in ("train batch=32 threads=1", "train batch=32 threads=1 channels=3",
                        "predict batch=32 threads=1", "predict batch=1 threads=1"):
            try:
                rounds = [self.stage_times(request) for _ in range(self.arguments.rounds)]
            except Missing as missing:
                print(f"\nStages\n  left out: {self.stages_process.name}: {missing}")
                return
            times = {name: statistics.median(r.get(name, 0) for r in rounds) for name in rounds[0]}
            self.report["stages"][request] = times
            total = sum(times.values())
            print_table(f"Stages of `{request}` (microseconds an image)", ["", "time", "share"], [
                [name, f"{time:.2f}", f"{time / total:.1%}"] for name, time in times.items()])

    def stage_times(self, request):
        """{stage: microseconds}, with the rest that no kernel accounts for."""
        total, note = self.stages_process.ask(f"{request} {self.sampling}")
        times = {name: float(time) for name, _, time in (w.partition("=") for w in note.split())}
        return {**times, "outside kernels": total - sum(times.values())}

    def phases(self):
        """What two threads make of a step: where they wait, and where they slow each other down."""
        requests = [f"train steps={STEPS} batch=32 threads={threads}" for threads in (1, 2)]
        try:
            rounds = [[self.phase_times(request) for request in requests]
                      for _ in range(self.arguments.rounds * TURNS)]
        except Missing as missing:
            print(f"\nPhases\n  left out: {self.phases_process.name}: {missing}")
            return
        self.report["phases"] = rounds
        rows = []
        for i, name in enumerate((*PHASES, "between them")):
            one, both = ([r[threads][i] for r in rounds] for threads in (0, 1))
            figures = [statistics.median(values) for values in (
                [span for span, _ in one], [span for span, _ in both],
                [work - span for (span, _), (_, work) in zip(one, both)],
                [span - work / 2 for span, work in both])]
            rows.append([name, *(f"{figure:.2f}" for figure in figures)])
        rows[-1][3:] = "-", "-"  # one thread's, while the other waits
        print_table("Phases of `train batch=32` (microseconds an image)", [
            "", "1 thread", "2 threads", "more work", "waiting"], rows)

    def phase_times(self, request):
        """(span, work of all threads) of each phase, then of what is between them, checks too."""
        total, note = self.phases_process.ask(f"{request} {self.turn}")
        times = [tuple(map(float, word.partition("=")[2].split("/"))) for word in note.split()]
        times = times[CHECKS:]
        rest = total - sum(span for span, _ in times)
        return [*times, (rest, rest)]

    def idle(self):
        """Processor time of a process that holds models and pools of threads and does nothing."""
        print("\nIdle")
        try:
            self.ours.ask("train batch=32 threads=2 seconds=0.1")
            self.ours.ask("predict batch=32 threads=2 seconds=0.1")
        except Missing as missing:
            print(f"  left out: {missing}")
            return
        time.sleep(0.1)
        before = processor_nanoseconds(self.ours.process.pid)
        time.sleep(IDLE_SECONDS)
        used = processor_nanoseconds(self.ours.process.pid) - before
        self.report["idle_nanoseconds"] = used
        print(f"  {used} ns of processor time in {IDLE_SECONDS:.0f} s, holding a trainer and a "
              f"workspace of 2 threads; bar 0: {'met' if used == 0 else 'MISSED'}")

    def run(self):
        choose_openblas_kernels(self.gemm)
        self.head()
        for section in self.arguments.only or SECTIONS:
            getattr(self, section)()
        for participant in self.participants:
            participant.stop()
        with open(self.arguments.json, "w", encoding="utf-8") as file:
            json.dump(self.report, file, indent=1)
        print(f"\nall samples: {self.arguments.json}")


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def processor_name():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


Run = collections.namedtuple("Run", "seconds processor_seconds peak_bytes")


def run_process(command):
    """What a whole process took, with those it started and waited for."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, NO_DIGIT):
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def stripped_bytes(library):
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, os.path.realpath(library)], check=True)
        return os.path.getsize(stripped.name)


def processor_has(flag):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return any(flag in line.split() for line in file if line.startswith("flags"))


def choose_openblas_kernels(gemm):
    """An OpenBLAS older than the processor may take it for one from before AVX; then it is told
    what it could use, for itself and within PyTorch."""
    generic = ("Prescott", "Core2", "Generic", "Nehalem")
    if CORE_TYPE in os.environ:
        return
    try:
        gemm.start()
    except Missing:
        return
    found = any(f" {name} kernels" in gemm.description for name in generic)
    gemm.stop()
    gemm.process = None
    if found and processor_has("avx512f"):
        os.environ[CORE_TYPE] = "SkylakeX"
    elif found and processor_has("avx2"):
        os.environ[CORE_TYPE] = "Haswell"


def processor_nanoseconds(pid):
    """Time on a processor of all threads of a process, to the nanosecond."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path, encoding="utf-8") as file:
            total += int(file.read().split()[0])
    return total


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="folder of the built C participants")
    parser.add_argument("--data", required=True, help="folder for the images, made when missing")
    parser.add_argument("--modules", required=True, help="folder with node_modules")
    parser.add_argument("--python", default=sys.executable, help="one that has the packages")
    parser.add_argument("--peers", help="one that has the packages of the section networks")
    parser.add_argument("--network", action="append",
                        help="one of the section networks, by its name; repeatable")
    parser.add_argument("--threads", action="append", type=int, choices=(1, 2),
                        help="of the section networks; both unless given")
    parser.add_argument("--compile", action="store_true",
                        help="torch.compile as a variant of PyTorch in the section networks")
    parser.add_argument("--json", default="bench.json", help="file for all samples")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="one section; repeatable")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="work per sample")
    parser.add_argument("--cpu-time", action="store_true",
                        help="processor time, for a machine that is busy; one thread only")
    parser.add_argument("--whole-job", action="store_true",
                        help="also the whole job in both, some minutes")
    return parser.parse_args()


if __name__ == "__main__":
    Bench(parse_arguments()).run()
