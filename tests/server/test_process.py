#!/usr/bin/env python3
"""The process: options, signals, reloads, workers that die, what they may do, systemd."""
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from support import ONE, PATIENCE, SERVER, Case, Server, main

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "models", "digits.safetensors")


class Load:
    """Clients that ask without a pause, in threads, until they are stopped."""

    def __init__(self, server, threads=4, method="POST", path="/v1/predict", body=ONE):
        self.server, self.method, self.path, self.body = server, method, path, body
        self.statuses, self.failures, self.answers = {}, [], set()
        self.goes_on = True
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while self.goes_on:
            try:
                answer = self.server.ask(self.method, self.path, self.body)
                self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
                if answer.status == 200 and self.path == "/v1/predict":
                    self.answers.add(tuple(answer.json["predictions"][0]["probabilities"]))
            except OSError as error:
                self.failures.append(repr(error))
                time.sleep(0.01)

    def stop(self):
        self.goes_on = False
        for thread in self.threads:
            thread.join(PATIENCE)
        return self.statuses


class Options(Case):
    def fails(self, *arguments, status, says):
        done = subprocess.run([SERVER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (status, b""), done.stderr)
        self.assertIn(says, done.stderr.decode())

    def test_help(self):
        out = subprocess.run([SERVER, "--help"], stdout=subprocess.PIPE, check=True).stdout.decode()
        for option in ("--listen", "--model", "--page", "--max-body", "--sandbox", "--grace", "--token-file"):
            self.assertIn(option, out)
        self.assertRegex(subprocess.run([SERVER, "--version"], stdout=subprocess.PIPE, check=True).stdout,
                         rb"^mnistcnn-server \d+\.\d+\.\d+\n$")

    def test_wrong(self):
        for arguments, says in ((["--what", "1"], "--what"), (["x"], "'x'"), (["--max-body"], "--max-body"),
                                (["--max-body", "1e6"], "1024 to"), (["--workers=0"], "1 to 256"),
                                (["--workers", "257"], "--workers"), (["--sandbox", "yes"], "require, try or off"),
                                (["--name", "a/b"], "--name"), (["--name", ""], "--name"), (["--name", ".."], "--name"),
                                (["--access-log", "1"], "on or off"), (["--queue", "-1"], "--queue")):
            self.fails(*arguments, status=2, says=says)
        none = self.path("none")
        for arguments, says in ((["--model", none], none), (["--page", none], none), (["--token-file", none], none),
                                (["--listen", "nowhere"], "HOST:PORT"), (["--listen", "127.0.0.1:99999"], "99999"),
                                (["--listen", "256.1.1.1:80"], "256.1.1.1"), (["--model", self.folder], "regular"),
                                (["--model", self.write("m", b"no model")], "safetensors"),
                                (["--token-file", self.write("t", b"# none\n")], "no token"),
                                (["--page", self.folder], "index.html")):
            listen = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
            self.fails(*listen, *arguments, status=1, says=says)

    def test_taken_port(self):
        server = self.server()
        self.fails("--listen", f"127.0.0.1:{server.port}", status=1, says="in use")

    def test_several_sockets(self):
        server = self.server("--listen", "127.0.0.1:0", "--threads", "3", "--name", "letters.v2", "--model-version=7")
        ports = re.findall(r'listens at 127.0.0.1:(\d+)', server.messages())
        self.assertEqual(len(ports), 2)
        for server.port in map(int, ports):
            for _ in range(20):
                self.assertEqual(server.post("/v1/predict", ONE).status, 200)
            self.assertEqual(server.get("/v2/models/letters.v2/versions/7").status, 200)


class Stopping(Case):
    def test_nothing_is_lost(self):
        """The balancer sees that the server is not ready; what still comes is answered."""
        server = self.server("--grace", "1")
        load = Load(server)
        time.sleep(0.3)
        server.process.terminate()
        server.wait_for("stops in 1 seconds")
        self.assertEqual(server.get("/readyz").status, 503)
        self.assertEqual(server.get("/v2/health/ready").status, 503)
        self.assertEqual(server.get("/healthz").status, 200)
        answer = server.post("/v1/predict", ONE)
        self.assertEqual((answer.status, answer.headers["Connection"]), (200, "close"))
        self.assertEqual(set(load.stop()), {200})
        self.assertEqual(load.failures, [])
        self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_with_work(self):
        """Requests in the queue are answered, at whatever moment the signal comes."""
        for delay in (0, 0.002, 0.01, 0.05):
            server = Server("--workers", "1")
            connections = [server.connect() for _ in range(20)]
            for connection in connections:
                connection.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(ONE) + ONE)
            for connection in connections[:1]:
                self.assertIn(b" 200 ", connection.recv(65536))
            time.sleep(delay)
            status, messages = server.stop()
            self.assertEqual(status, 0, messages)
            for connection in connections[1:]:
                self.assertIn(b" 200 ", connection.recv(65536))
                connection.close()
            connections[0].close()

    def test_second_signal(self):
        server = self.server("--grace", "1000")
        server.process.send_signal(signal.SIGINT)
        server.wait_for("stops")
        self.assertEqual(server.get("/healthz").status, 200)
        start = time.monotonic()
        status, _ = server.stop()
        self.assertEqual(status, 0)
        self.assertLess(time.monotonic() - start, 60)

    def test_many_times(self):
        for _ in range(10):
            server = Server("--workers", "1")
            self.assertEqual(server.post("/v1/predict", ONE).status, 200)
            self.assertEqual(server.stop()[0], 0)

    def test_workers_end_with_it(self):
        server = self.server()
        workers = server.workers()
        self.assertEqual(len(workers), int(server.metric("mnistcnn_workers")))
        server.process.kill()
        server.process.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while any(os.path.exists(f"/proc/{pid}/exe") for pid in workers) and time.monotonic() < end:
            time.sleep(0.01)
        self.assertFalse([pid for pid in workers if os.path.exists(f"/proc/{pid}/exe")])
        shutil.rmtree(server.folder)


class Reloading(Case):
    """Two models that answer otherwise, in the place of one another."""

    def setUp(self):
        super().setUp()
        with open(MODEL, "rb") as file:
            content = file.read()
        start = 8 + struct.unpack("<Q", content[:8])[0]
        header = json.loads(content[8:start])
        self.models = []
        for temperature in ("0.5", "2"):
            header["__metadata__"]["temperature"] = temperature
            text = json.dumps(header).encode()
            text += b" " * (-len(text) % 8)
            self.models.append(self.write(temperature, struct.pack("<Q", len(text)) + text + content[start:]))
        self.model = self.path("model.safetensors")
        self.put(self.models[0])

    def put(self, path):
        shutil.copy(path, self.path("new"))
        os.rename(self.path("new"), self.model)

    def reload(self, server, result="ok"):
        name = f'mnistcnn_reloads_total{{result="{result}"}}'
        before = server.metric(name)
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + PATIENCE
        while server.metric(name) == before and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(server.metric(name), before + 1)

    def test_under_load(self):
        """No request is lost, and each answer is one of the two models'."""
        server = self.server("--model", self.model, "--threads", "2")
        ready = Load(server, 1, "GET", "/readyz", None)
        load = Load(server)
        for i in range(6):
            self.put(self.models[(i + 1) % 2])
            self.reload(server)
        self.assertEqual(set(load.stop()), {200})
        self.assertEqual(load.failures, [])
        self.assertEqual(len(load.answers), 2)
        self.assertEqual(set(ready.stop()), {200})
        end = time.monotonic() + PATIENCE
        while len(server.workers()) != server.metric("mnistcnn_workers") and time.monotonic() < end:
            time.sleep(0.01)  # those of the model before are about to end
        self.assertEqual(len(server.workers()), server.metric("mnistcnn_workers"))

    def test_bad_files(self):
        server = self.server("--model", self.model)
        good = server.post("/v1/predict", ONE).body
        with open(self.models[1], "rb") as file:
            content = file.read()
        for bad in (b"", content[:1000], content[:-1], b"x" * 5000, content[:8] + b"}" + content[9:], None):
            if bad is None:
                os.remove(self.model)
            else:
                self.write("new", bad)
                os.rename(self.path("new"), self.model)
            self.reload(server, "failed")
            self.assertEqual(server.post("/v1/predict", ONE).body, good)
            self.assertEqual(server.get("/readyz").status, 200)
        self.assertIn(self.model, server.messages())
        self.put(self.models[1])
        self.reload(server)
        self.assertNotEqual(server.post("/v1/predict", ONE).body, good)


class Workers(Case):
    def test_killed(self):
        """A worker that is killed is started again, and what it held is asked again."""
        server = self.server()
        load = Load(server)
        for round_number in range(5):
            while sum(load.statuses.values()) < 20 * (round_number + 1):
                time.sleep(0.01)
            for pid in list(server.workers())[:1]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        time.sleep(0.3)
        statuses = load.stop()
        self.assertEqual(load.failures, [])
        self.assertGreater(statuses[200], 5)
        # Where it is killed again while it starts, or holds the same request again.
        self.assertEqual(set(statuses) - {200, 500, 503}, set(), statuses)
        self.assertLessEqual(statuses.get(500, 0) + statuses.get(503, 0), 5)
        self.assertGreaterEqual(server.metric("mnistcnn_worker_restarts_total"), 1)
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)

    def test_stuck(self):
        """One that does not answer in time is killed."""
        server = self.server("--workers", "1", "--work-timeout", "1")
        for pid in server.workers():
            os.kill(pid, signal.SIGSTOP)
        self.is_problem(server.post("/v1/predict", ONE), 500, "out of time")
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)

    def test_confined(self):
        """Every thread of every worker, and nothing but the socket and the standard streams is open."""
        server = self.server("--sandbox", "try")
        enforced = server.metric('mnistcnn_sandbox_enforced{part="seccomp"}')
        self.assertIn(f'seccomp: {"yes" if enforced else "no"}', server.messages())
        for pid in server.workers():
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/status") as file:
                    status = dict(line.split(":\t") for line in file.read().splitlines() if ":\t" in line)
                self.assertEqual(status["Seccomp"], "2" if enforced else "0")
                self.assertEqual(status["NoNewPrivs"], "1")
            self.assertEqual(sorted(os.listdir(f"/proc/{pid}/fd")), ["0", "1", "2", "3"])

    def test_without(self):
        server = self.server("--sandbox", "off")
        self.assertEqual(server.metric('mnistcnn_sandbox_enforced{part="seccomp"}'), 0)
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)


class Systemd(Case):
    """The protocols of systemd: sockets that are there already, and who is told what."""

    def test_activation(self):
        listener = socket.create_server(("127.0.0.1", 0))
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(self.path("notify"))
        notify.settimeout(PATIENCE)

        def prepare():
            if listener.fileno() != 3:
                os.dup2(listener.fileno(), 3)
            os.set_inheritable(3, True)

        # A shell knows the number of the process that it becomes.
        script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --grace 0 --access-log off'
        process = subprocess.Popen(["/bin/sh", "-c", script, SERVER], preexec_fn=prepare, close_fds=False,
                                   env={**os.environ, "NOTIFY_SOCKET": self.path("notify")}, stderr=subprocess.PIPE)
        self.assertEqual(notify.recv(100), b"READY=1\n")
        server = Server.__new__(Server)
        server.port = listener.getsockname()[1]
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)
        process.send_signal(signal.SIGHUP)
        self.assertEqual([notify.recv(100), notify.recv(100)], [b"RELOADING=1\n", b"READY=1\n"])
        process.terminate()
        self.assertEqual(notify.recv(100), b"STOPPING=1\n")
        messages = process.communicate(timeout=PATIENCE)[1].decode()
        self.assertEqual(process.returncode, 0, messages)
        # The socket goes on to take connections, for the server that is started next.
        waiting = server.connect()
        listener.accept()[0].close()
        waiting.close()
        listener.close()
        for line in messages.splitlines():
            self.assertEqual(set(json.loads(line)), {"time", "level", "message"})
        notify.close()


if __name__ == "__main__":
    main()
