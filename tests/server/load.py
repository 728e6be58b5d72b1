#!/usr/bin/env python3
"""Loads the server and prints what it does, beside FastAPI with uvicorn, ONNX Runtime and Pillow, in one run.

    load.py SERVER COMMAND [--peer PYTHON] [--rounds N] [--long SECONDS]

--peer: a Python that has fastapi, uvicorn, onnxruntime, pillow, python-multipart and numpy. Needs wrk. Figures
are medians of rounds in which the two take turns; CPU time is of all processes of the service, without wrk's."""
import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("server")
parser.add_argument("command")
parser.add_argument("--peer")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=int, default=5)
parser.add_argument("--long", type=int, default=60, help="seconds of the load that is ten times as high")
OPTIONS = parser.parse_args()
sys.argv[1:] = [OPTIONS.server, OPTIONS.command]

from support import Server, prepared  # noqa: E402

SCRIPT = """
local file = io.open(os.getenv("LOAD_BODY"), "rb")
wrk.method, wrk.body = "POST", file:read("*a")
wrk.headers["Content-Type"] = "image/png"
done = function(summary, latency)
  io.write(string.format("result %d %d %d %d %.1f %.1f\\n", summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


def family(pid):
    """The process and all below it."""
    found = [pid]
    for known in found:
        for thread in os.listdir(f"/proc/{known}/task"):
            with open(f"/proc/{known}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    return found


def cpu_seconds(pid):
    total = 0
    for member in family(pid):
        with open(f"/proc/{member}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def memory_mib(pid):
    total = 0
    for member in family(pid):
        with open(f"/proc/{member}/status") as file:
            total += int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
    return total / 1024


def wrk(folder, port, pid, connections=64, seconds=OPTIONS.seconds):
    """(requests a second, p50 and p99 in ms, microseconds of CPU a request, wrong statuses, errors)"""
    before = cpu_seconds(pid)
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s",
                          os.path.join(folder, "load.lua"), f"http://127.0.0.1:{port}/v1/predict"],
                         stdout=subprocess.PIPE, check=True, env={**os.environ, "LOAD_BODY": os.path.join(folder, "one.png")})
    used = cpu_seconds(pid) - before
    requests, duration, statuses, errors, p50, p99 = map(float, re.search(r"^result (.*)$", out.stdout.decode(), re.M)[1].split())
    return requests / duration * 1e6, p50 / 1000, p99 / 1000, used / requests * 1e6, int(statuses), int(errors)


def report(name, figures):
    rate, p50, p99, cpu = (statistics.median(column) for column in list(zip(*figures))[:4])
    print(f"{name}: {rate:,.0f} requests a second, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {cpu:.0f} us of CPU a request, "
          f"{sum(f[4] + f[5] for f in figures)} not answered well", flush=True)
    return rate, cpu


class Peer:
    """The usual service, with two workers."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.process = subprocess.Popen([OPTIONS.peer, "-m", "uvicorn", "peer_fastapi:app", "--port", str(self.port),
                                         "--workers", "2", "--log-level", "warning"], cwd=HERE,
                                        env={**os.environ, "LOAD_MODEL": os.path.join(folder, "peer.onnx"),
                                             "PYTHONDONTWRITEBYTECODE": "1"}, start_new_session=True)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(2)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)


def throughput(folder, server):
    peer = Peer(folder) if OPTIONS.peer else None
    ours, theirs = [], []
    for _ in range(OPTIONS.rounds):
        ours.append(wrk(folder, server.port, server.process.pid))
        if peer:
            theirs.append(wrk(folder, peer.port, peer.process.pid))
    rate, cpu = report("mnistcnn-server", ours)
    if peer:
        their_rate, their_cpu = report("FastAPI + uvicorn + ONNX Runtime + Pillow", theirs)
        print(f"ratio: {rate / their_rate:.1f} times the requests, {their_cpu / cpu:.1f} times less CPU time")
        peer.stop()
    alone = wrk(folder, server.port, server.process.pid, connections=1)
    print(f"one connection: p50 {alone[1]:.2f} ms, p99 {alone[2]:.2f} ms")


def overload(folder, server):
    """640 connections; memory is looked at meanwhile, and the server has to answer at once afterwards."""
    most, goes_on = [0], [True]

    def watch():
        while goes_on[0]:
            most[0] = max(most[0], memory_mib(server.process.pid))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    figures = wrk(folder, server.port, server.process.pid, connections=640, seconds=OPTIONS.long)
    goes_on[0] = False
    watcher.join()
    start = time.monotonic()
    status = server.post("/v1/predict", prepared()).status
    print(f"640 connections for {OPTIONS.long} s: {figures[0]:,.0f} requests a second, p99 {figures[2]:.0f} ms, "
          f"{figures[4]} with another status than 2xx, {figures[5]} errors of the socket, at most {most[0]:.0f} MiB; "
          f"then {status} after {1000 * (time.monotonic() - start):.1f} ms")


def crowd(folder, server, count=10000):
    """Idle connections, half bodies and slow clients, while others are answered."""
    connections = []
    try:
        for _ in range(count):
            connections.append(socket.create_connection(("127.0.0.1", server.port), 10))
        for connection in connections[:500]:
            connection.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
        for connection in connections[500:1000]:
            connection.sendall(b"POST /v1/pre")
        time.sleep(1)
        figures = wrk(folder, server.port, server.process.pid, seconds=OPTIONS.seconds)
        print(f"{len(connections):,} other connections, 500 with half bodies, 500 with half heads: {figures[0]:,.0f} "
              f"requests a second, p99 {figures[2]:.1f} ms, {figures[4] + figures[5]} not answered well, "
              f"{memory_mib(server.process.pid):.0f} MiB")
    finally:
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()


def main():
    folder = tempfile.mkdtemp(prefix="mnistcnn-load-")
    try:
        with open(os.path.join(folder, "one.png"), "wb") as file:
            file.write(prepared())
        with open(os.path.join(folder, "load.lua"), "w") as file:
            file.write(SCRIPT)
        if OPTIONS.peer:
            subprocess.run([OPTIONS.peer, "-B", os.path.join(HERE, "peer_fastapi.py"), os.path.join(folder, "peer.onnx")],
                           check=True)
        print(f"{os.cpu_count()} processors, load before: {os.getloadavg()[0]:.1f}")
        server = Server()
        throughput(folder, server)
        crowd(folder, server)
        overload(folder, server)
        for name in ("digit", "refused"):
            print(f"pictures, {name}:", int(server.metric(f'mnistcnn_pictures_total{{result="{name}"}}')))
        print("rejected because the queue was full:", int(server.metric('mnistcnn_rejected_total{reason="full"}')))
        print("end:", server.stop()[0])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
