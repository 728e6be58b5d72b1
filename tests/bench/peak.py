#!/usr/bin/env python3
"""How much of a processor's peak of multiply-adds the inner loops of the kernels reach, as llvm-mca simulates them:
with all data in the first cache, so that this is about registers, loads and dependencies only.

    peak.py [--least SHARE] COMPILER FILE PROCESSOR... [-- FLAG...]

    peak.py gcc lib/kernels/isa/avx2.c haswell skylake znver3 -- -O3 -mavx2 -mfma -mbmi -mbmi2
    peak.py aarch64-linux-gnu-gcc lib/kernels/isa/neon.c cortex-a76 neoverse-n1 apple-m1 -- -O3

An inner loop is what lies between a label and a branch back to it, without another such branch inside. Listed are
those with at least eight multiply-adds of whole vectors: the share of the peak on each processor, which is what
llvm-mca gives for multiply-adds that do not depend on each other. The processors are names of llvm-mca
(MNISTCNN_LLVM_MCA, default llvm-mca); a name without a model of its own gets that of a relative.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

LEAST_MULTIPLY_ADDS = 8
LOOP_ITERATIONS = 100
MULTIPLY_ADD = re.compile(r"^\s+(vfn?madd\d+ps\s.*%[yz]mm|fml[as]\s+v\d+\.4s)")
BY_ELEMENT = re.compile(r"^\s+fml[as]\s.*\.s\[")
LABEL = re.compile(r"^(\.L\w+|[A-Za-z_][\w.]*):")
BRANCH = re.compile(r"^\s+(?:j[a-z]+|b|b\.?\w\w|cbn?z\s+\w+,|tbn?z\s+\w+, [^,]+,)\s+(\.L\w+)\s*$")
INSTRUCTION = re.compile(r"^\s+[a-z]")


def assembly(compiler, file, flags):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "kernels.s")
        subprocess.run([compiler, "-S", "-std=c11", "-ffp-contract=off", "-ffunction-sections", "-fvisibility=hidden",
                        "-fPIC", "-fno-asynchronous-unwind-tables", "-D_POSIX_C_SOURCE=200809L",
                        f"-I{root}/lib", f"-I{root}/include", *flags, "-o", out, file], check=True)
        with open(out, encoding="utf-8") as text:
            return text.read().splitlines()


def inner_loops(lines):
    """(function, lines) of each loop without another inside."""
    function, labels, last_branch = "", {}, -1
    for number, line in enumerate(lines):
        label = LABEL.match(line)
        branch = BRANCH.match(line)
        if label:
            labels[label[1]] = number
            if not label[1].startswith(".L"):
                function = label[1]
        elif branch and branch[1] in labels:
            start = labels[branch[1]]
            if start > last_branch:
                yield function, [text for text in lines[start + 1:number + 1] if INSTRUCTION.match(text)]
            last_branch = number


def is_x86(loop):
    return any("%" in line for line in loop)


def cycles(loop, processor):
    """Of one iteration."""
    code = [line for line in loop if not BRANCH.match(line)]
    target = "x86_64" if is_x86(loop) else "aarch64"
    tool = os.environ.get("MNISTCNN_LLVM_MCA", "llvm-mca")
    report = subprocess.run([tool, f"-mtriple={target}", f"-mcpu={processor}", f"-iterations={LOOP_ITERATIONS}"],
                            input="\n".join(code) + "\n", capture_output=True, text=True, check=True).stdout
    return int(re.search(r"Total Cycles:\s+(\d+)", report)[1]) / LOOP_ITERATIONS


def independent(loop):
    """Multiply-adds of the loop's own form: some models take one by an element for another instruction."""
    if is_x86(loop):
        register = "zmm" if any("%zmm" in line for line in loop) else "ymm"
        return [f"\tvfmadd231ps %{register}15, %{register}14, %{register}{i}" for i in range(12)]
    by_element = any(BY_ELEMENT.match(line) for line in loop)
    return [f"\tfmla v{i}.4s, v30.4s, v31." + (f"s[{i % 4}]" if by_element else "4s") for i in range(24)]


def main():
    flags = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    arguments = sys.argv[1:sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    parser = argparse.ArgumentParser()
    parser.add_argument("--least", type=float, default=0.0)
    parser.add_argument("compiler")
    parser.add_argument("file")
    parser.add_argument("processors", nargs="+")
    options = parser.parse_args(arguments)
    low = 0
    print(f"{'function':28} {'multiply-adds':>13} " + " ".join(f"{name:>12}" for name in options.processors))
    for function, loop in inner_loops(assembly(options.compiler, options.file, flags)):
        count = sum(1 for line in loop if MULTIPLY_ADD.match(line))
        if count < LEAST_MULTIPLY_ADDS:
            continue
        shares = []
        for processor in options.processors:
            peak = len(independent(loop)) / cycles(independent(loop), processor)
            shares.append(count / cycles(loop, processor) / peak)
        low += min(shares) < options.least
        print(f"{function:28} {count:13} " + " ".join(f"{share:12.2f}" for share in shares))
    sys.exit(1 if low else 0)


if __name__ == "__main__":
    main()
