"""Shared by the tests of the server: starting it, asking it, and creating images without it.

Every test program takes the paths of the server and of the command: test_NAME.py SERVER COMMAND
[unittest arguments]."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

SERVER = os.path.abspath(sys.argv.pop(1))
COMMAND = os.path.abspath(sys.argv.pop(1))
PATIENCE = 120  # seconds for anything; a busy machine is slow


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, pixel, header=None):
    """A gray PNG file; pixel(row, column) is its value. header: other sides than it has."""
    rows = b"".join(b"\0" + bytes(pixel(y, x) for x in range(width)) for y in range(height))
    sides = header or (width, height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *sides, 8, 0, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def bar(width=90, height=120, at=(42,), ink=0, paper=255):
    """Upright strokes, which are ones."""
    return png(width, height, lambda y, x: ink if 20 <= y < 100 and any(a <= x < a + 7 for a in at) else paper)


def prepared():
    """A one as MNIST has it."""
    return png(28, 28, lambda y, x: 255 if 4 <= y < 24 and 13 <= x < 16 else 0)


ONE = bar()
BLANK = png(60, 60, lambda y, x: 255)


def multipart(parts, boundary="xyzzy"):
    """(content type, body) of a form of (headers, content)."""
    body = b"".join(f"--{boundary}\r\n{headers}\r\n\r\n".encode() + content + b"\r\n"
                    for headers, content in parts)
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Server:
    """A running server, and what it logs."""

    def __init__(self, *arguments, listen=True, wait=True, **options):
        self.folder = tempfile.mkdtemp(prefix="mnistcnn-server-log-")
        where = ["--listen", "127.0.0.1:0"] if listen else []
        where += os.environ.get("MNISTCNN_SERVER_ARGUMENTS", "").split()
        with open(self.path("messages"), "ab") as messages, open(self.path("access"), "ab") as access:
            self.process = subprocess.Popen([SERVER, *where, "--grace", "0", *arguments], stdin=subprocess.DEVNULL,
                                            stdout=access, stderr=messages, **options)
        self.port = None
        if wait:
            self.wait_for("ready")
            self.port = int(re.search(r'listens at [^ "]*:(\d+)', self.messages())[1])

    def path(self, name):
        return os.path.join(self.folder, name)

    def messages(self):
        with open(self.path("messages"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def access_lines(self):
        with open(self.path("access"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def wait_for(self, text):
        end = time.monotonic() + PATIENCE
        while f'"message":"{text}' not in self.messages():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"no {text!r}: {self.messages()}")
            time.sleep(0.01)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def ask(self, method, path, body=None, **headers):
        """Underscores in the names of headers are dashes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body, content_type="image/png", **headers):
        if content_type:
            headers["Content_Type"] = content_type
        return self.ask("POST", path, body, **headers)

    def post_json(self, path, value, **headers):
        return self.post(path, value if isinstance(value, (str, bytes)) else json.dumps(value), "application/json",
                         **headers)

    def metric(self, name):
        for line in self.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no series {name}")

    def workers(self):
        """The process ids of the workers."""
        found = set()
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{thread}/children") as file:
                found |= set(map(int, file.read().split()))
        return found

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        messages = self.messages()
        shutil.rmtree(self.folder)
        return status, messages


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mnistcnn-server-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def server(self, *arguments, **options):
        """A server for this test, which must end well."""
        server = Server(*arguments, **options)
        self.addCleanup(self.check_end, server)
        return server

    def check_end(self, server):
        if not os.path.exists(server.folder):
            return
        status, messages = server.stop()
        self.assertEqual(status, 0, messages)
        self.assertNotIn("Sanitizer", messages)

    def is_problem(self, answer, status, says=""):
        """A problem document, RFC 9457, with the member that the Open Inference Protocol wants."""
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json
        self.assertEqual(set(problem), {"type", "title", "status", "detail", "error"})
        self.assertEqual(problem["status"], status)
        self.assertEqual(problem["error"], problem["detail"])
        self.assertIn(says, problem["detail"])
        return problem


class Shared(Case):
    """One server for all tests of a class."""

    ARGUMENTS = ()

    @classmethod
    def setUpClass(cls):
        cls.shared = Server(*cls.ARGUMENTS)

    @classmethod
    def tearDownClass(cls):
        status, messages = cls.shared.stop()
        if status != 0 or "Sanitizer" in messages:
            raise AssertionError(messages)

    def setUp(self):
        super().setUp()
        self.get, self.post, self.post_json = self.shared.get, self.shared.post, self.shared.post_json
        self.ask = self.shared.ask


def main():
    unittest.main()
