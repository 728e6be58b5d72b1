#!/usr/bin/env python3
"""HTTP itself: methods, lengths, limits, slow clients, tokens, origins, the page."""
import json
import os
import socket
import struct
import time

from support import ONE, Case, Shared, main, multipart, png


def read_answers(connection, count=1):
    """(status, headers, body) of each answer on a connection."""
    data, answers = b"", []
    while len(answers) < count:
        head, end, rest = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        length = int(headers.get("content-length", 0))
        if end and len(rest) >= length:
            answers.append((int(lines[0].split()[1]), headers, rest[:length]))
            data = rest[length:]
            continue
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return answers


def post(path, body, *headers, length=None):
    lines = [f"POST {path} HTTP/1.1", "Host: x", *headers]
    if length is not False:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Requests(Shared):
    ARGUMENTS = ("--max-body", "100000", "--idle-timeout", "3")

    def raw(self, data, count=1):
        with self.shared.connect() as connection:
            connection.sendall(data)
            return read_answers(connection, count)

    def test_methods(self):
        for path in ("/healthz", "/metrics", "/v1/model", "/v2", "/v2/models/digits"):
            self.assertEqual(self.ask("HEAD", path).status, 200)
            self.assertEqual(self.ask("HEAD", path).body, b"")
            for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "FROB"):
                answer = self.ask(method, path)
                self.is_problem(answer, 405)
                self.assertEqual(answer.headers["Allow"], "GET, HEAD, OPTIONS")
        for path in ("/v1/predict", "/v1/digits", "/v2/models/digits/infer"):
            for method in ("GET", "PUT", "DELETE"):
                self.assertEqual(self.is_problem(self.ask(method, path), 405)["status"], 405)
                self.assertEqual(self.ask(method, path).headers["Allow"], "POST, OPTIONS")
            self.assertEqual(self.ask("OPTIONS", path).status, 204)
            self.assertNotIn("Access-Control-Allow-Origin", self.ask("OPTIONS", path, Origin="http://a").headers)
        for method in ("GET", "POST", "PUT", "OPTIONS"):
            self.is_problem(self.ask(method, "/nowhere"), 404)
        self.is_problem(self.get("/"), 404)

    def test_one_byte_at_a_time(self):
        kind, body = multipart([('Content-Disposition: form-data; name="a"; filename="b"', ONE)])
        data = post("/v1/predict", body, f"Content-Type: {kind}")
        whole = self.raw(data)[0]
        with self.shared.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in data:
                connection.send(bytes([byte]))
            self.assertEqual(read_answers(connection)[0][2], whole[2])

    def test_chunked(self):
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in
                          (ONE[:1], ONE[1:50], ONE[50:])) + b"0\r\n\r\n"
        head = "Transfer-Encoding: chunked", "Content-Type: image/png"
        self.assertEqual(self.raw(post("/v1/predict", chunks, *head, length=False))[0][0], 200)
        big = b"%x\r\n" % 60000 + bytes(60000) + b"\r\n"
        self.assertEqual(self.raw(post("/v1/predict", big * 2 + b"0\r\n\r\n", *head, length=False))[0][0], 413)
        self.assertEqual(self.raw(post("/v1/predict", chunks, *head))[0][0], 400)

    def test_too_large(self):
        """One byte too many, in any pieces, with or without asking first: the client sees why."""
        for size, pieces in ((100001, 1), (100001, 977), (2000000, 65536)):
            with self.shared.connect() as connection:
                data = post("/v1/predict", bytes(size), "Content-Type: image/png")
                for at in range(0, len(data), max(pieces, 1000)):
                    connection.sendall(data[at:at + max(pieces, 1000)])
                status, headers, body = read_answers(connection)[0]
            self.assertEqual((status, json.loads(body)["status"]), (413, 413))
            self.assertEqual(headers["content-type"], "application/problem+json")
        self.assertEqual(self.post("/v1/predict", bytes(100000)).status, 422)

    def test_expect(self):
        ask = post("/v1/predict", b"", "Expect: 100-continue", "Content-Type: image/png", length=len(ONE))
        with self.shared.connect() as connection:
            start = time.monotonic()
            connection.sendall(ask)
            self.assertIn(b" 100 ", connection.recv(1000))
            self.assertLess(time.monotonic() - start, 0.9)
            connection.sendall(ONE)
            self.assertEqual(read_answers(connection)[0][0], 200)
        for headers, length, status in ((["Expect: 100-continue"], 2**40, 413), (["Expect: 100-continue"], 100001, 413),
                                        (["Expect: a-miracle"], 0, 417)):
            answers = self.raw(post("/v1/predict", b"", *headers, length=length))
            self.assertEqual(answers[0][0], status)

    def test_lengths(self):
        for length in ("-1", "+5", "0x10", "5,5", "18446744073709551616", "x", ""):
            answers = self.raw(post("/v1/predict", b"", length=length))
            self.assertTrue(not answers or answers[0][0] in (400, 413), (length, answers))
        answers = self.raw(post("/v1/predict", b"hello", "Content-Length: 5"))
        self.assertEqual(answers[0][0], 400)
        self.assertEqual(self.raw(post("/v1/predict", b"", length=4294967297))[0][0], 413)

    def test_encodings(self):
        self.is_problem(self.post("/v1/predict", ONE, Content_Encoding="gzip"), 415, "compressed")
        self.assertEqual(self.post("/v1/predict", ONE, Content_Encoding="identity").status, 200)

    def test_pipelined(self):
        good = post("/v1/predict", ONE, "Content-Type: image/png")
        bad = post("/v1/predict", b"nothing", "Content-Type: image/png")
        wrong = post("/nowhere", bytes(5000))
        answers = self.raw(good + bad + wrong + good, 4)
        self.assertEqual([answer[0] for answer in answers], [200, 422, 404, 200])
        self.assertEqual(answers[0][2], answers[3][2])

    def test_nonsense(self):
        """Whatever comes, the next client is answered."""
        for data in (b"\0" * 2000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
                     b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 100000 + b"\r\n\r\n",
                     b"GET /%00/%ff/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10000 + b"\r\n"):
            with self.shared.connect() as connection:
                try:
                    connection.sendall(data)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass
                except OSError:
                    pass
            self.assertEqual(self.get("/healthz").status, 200)

    def test_gone_clients(self):
        """Those that send half and go, or do not wait for their answer."""
        data = post("/v1/predict", ONE, "Content-Type: image/png")
        for size in range(0, len(data) + 1, 37):
            with self.shared.connect() as connection:
                connection.sendall(data[:size])
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assertEqual(self.post("/v1/predict", ONE).status, 200)

    def test_metrics(self):
        """Every series is there from the start, in the text format, and labels do not grow."""
        answer = self.get("/metrics")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        text = answer.body.decode()
        self.assertTrue(text.endswith("\n"))
        families, current = {}, None
        for line in text.splitlines():
            if line.startswith("# HELP "):
                current = line.split()[2]
                self.assertNotIn(current, families)
                self.assertGreater(len(line.split(None, 3)[3]), 5)
                families[current] = None
            elif line.startswith("# TYPE "):
                self.assertEqual(line.split()[2], current)
                families[current] = line.split()[3]
            else:
                name = line.split("{")[0].split()[0]
                base = name
                if families[current] == "histogram":
                    base = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
                self.assertEqual(base, current)
                float(line.rsplit(" ", 1)[1])
        for name, kind in families.items():
            self.assertTrue(name.startswith("mnistcnn_"))
            self.assertEqual(kind == "counter", name.endswith("_total"), name)
        for i in range(50):
            self.get(f"/random{i}")
        self.assertEqual(len(self.get("/metrics").body.splitlines()), len(text.splitlines()))
        self.assertIn('code="503"} 0', text)

    def test_description(self):
        """The description is of what there is: each of its paths is answered, and no other."""
        description = self.get("/openapi.json").json
        self.assertEqual(description["openapi"], "3.1.0")
        labels = {line.split('route="')[1].split('"')[0] for line in self.get("/metrics").body.decode().splitlines()
                  if 'route="' in line} - {"page", "other"}
        self.assertEqual(labels, set(description["paths"]))
        for path, operations in description["paths"].items():
            for method, operation in operations.items():
                real = path.replace("{model}", "digits").replace("{version}", "1")
                status = str(self.ask(method.upper(), real).status)
                self.assertIn(status, operation["responses"], (method, path))


class Limits(Case):
    def test_slow_clients(self):
        """They are cut in the end, and nobody else waits for them."""
        server = self.server("--idle-timeout", "1", "--body-timeout", "1", "--connections", "400")
        idle = [server.connect() for _ in range(60)]
        headers = [server.connect() for _ in range(60)]
        bodies = [server.connect() for _ in range(60)]
        for connection in headers:
            connection.sendall(b"POST /v1/pre")
        for connection in bodies:
            connection.sendall(post("/v1/predict", b"half", length=1000))
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)
        end = time.monotonic() + 20
        while server.metric("mnistcnn_connections_cut_total") < 180 and time.monotonic() < end:
            for connection in headers + bodies:
                try:
                    connection.send(b"x")
                except OSError:
                    pass
            time.sleep(0.1)
        self.assertGreaterEqual(server.metric("mnistcnn_connections_cut_total"), 180)
        self.assertEqual(read_answers(bodies[0])[0][0], 408)
        for connection in idle + headers + bodies:
            connection.close()
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)

    def test_full(self):
        """Where too much waits, the answer is 503, at once, and says when to come again."""
        server = self.server("--queue", "1", "--workers", "1", "--max-body-memory", "1")
        page = png(1500, 1500, lambda y, x: 0 if y % 150 < 80 and x % 90 < 7 else 255)
        connections = [server.connect() for _ in range(12)]
        for connection in connections:
            connection.sendall(post("/v1/digits", page, "Content-Type: image/png"))
        answers = [read_answers(connection)[0] for connection in connections]
        statuses = [status for status, _, _ in answers]
        self.assertEqual(set(statuses), {200, 503}, statuses)
        for status, headers, _ in answers:
            if status == 503:
                self.assertEqual(headers["retry-after"], "1")
        for connection in connections:
            connection.close()
        self.assertEqual(server.post("/v1/digits", page).status, 200)

    def test_body_memory(self):
        server = self.server("--max-body-memory", "1", "--max-body", "2000000")
        self.is_problem(server.post("/v1/predict", bytes(1500000)), 503, "bodies")
        self.assertEqual(server.metric("mnistcnn_body_bytes"), 0)
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)

    def test_connections(self):
        """More than a process may have by default with select(), and a limit."""
        server = self.server("--connections", "1500")
        connections = [server.connect() for _ in range(1200)]
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)
        for connection in connections:
            connection.close()

    def test_pixels(self):
        server = self.server("--max-pixels", "5000")
        self.is_problem(server.post("/v1/predict", ONE), 413, "5000")


class Access(Case):
    def test_tokens(self):
        path = self.write("tokens", b"# comment\n\nsecret-one\nsecret-two\n")
        server = self.server("--token-file", path)
        for header in (None, "Bearer", "Bearer ", "Bearer secret-on", "Bearer secret-onee", "Bearer xecret-one",
                       "Basic secret-one", "Bearer # comment", "secret-one"):
            headers = {"Authorization": header} if header else {}
            answer = server.post("/v1/predict", ONE, **headers)
            self.is_problem(answer, 401)
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
            for closed in ("/metrics", "/v1/model", "/v2/models/digits"):
                self.assertEqual(server.get(closed, **headers).status, 401)
        for header in ("Bearer secret-one", "bearer secret-two"):
            self.assertEqual(server.post("/v1/predict", ONE, Authorization=header).status, 200)
        for path in ("/healthz", "/readyz", "/openapi.json", "/v2/health/ready", "/v2"):
            self.assertEqual(server.get(path).status, 200)

    def test_origins(self):
        server = self.server("--cors-origin", "https://a.example", "--cors-origin=https://b.example")
        for origin, allowed in (("https://b.example", True), ("https://c.example", False)):
            for answer in (server.ask("OPTIONS", "/v1/predict", Origin=origin), server.get("/v1/model", Origin=origin),
                           server.post("/v1/predict", b"bad", Origin=origin), server.get("/nowhere", Origin=origin)):
                self.assertEqual(answer.headers.get("Access-Control-Allow-Origin"), origin if allowed else None)
                self.assertEqual(answer.headers["Vary"], "Origin")
        preflight = server.ask("OPTIONS", "/v2/models/digits/infer", Origin="https://a.example")
        self.assertEqual(preflight.status, 204)
        self.assertIn("Inference-Header-Content-Length", preflight.headers["Access-Control-Allow-Headers"])
        self.assertIn("Inference-Header-Content-Length", preflight.headers["Access-Control-Expose-Headers"])

    def test_page(self):
        self.write("secret", b"not for anybody")
        os.makedirs(self.path("page", "deep"))
        for name, content in (("index.html", b"<!doctype html>"), ("deep/a.wasm", b"\0asm"), (".hidden", b"no"),
                              ("m.mjs", b"export {}")):
            self.write(os.path.join("page", name), content)
        os.makedirs(self.path("page", "v-0123456789ab"))
        self.write("page/v-0123456789ab/app.js", b"1")
        os.symlink(self.path("secret"), self.path("page", "link"))
        server = self.server("--page", self.path("page"))
        for path, kind in (("/", "text/html; charset=utf-8"), ("/index.html", "text/html; charset=utf-8"),
                           ("/deep/a.wasm", "application/wasm"), ("/m.mjs", "text/javascript; charset=utf-8")):
            answer = server.get(path)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, kind))
            self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
            again = server.get(path, If_None_Match=answer.headers["ETag"])
            self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(server.get("/").headers["Cache-Control"], "no-cache")
        self.assertIn("immutable", server.get("/v-0123456789ab/app.js").headers["Cache-Control"])
        for path in ("/link", "/.hidden", "/deep", "/deep/", "/../secret", "/%2e%2e/secret", "//index.html", "/deep/../m.mjs"):
            self.is_problem(server.get(path), 404)
        self.assertEqual(server.post("/v1/predict", ONE).status, 200)
        self.is_problem(server.ask("POST", "/"), 404)

    def test_log(self):
        server = self.server()
        server.post("/v1/predict", ONE)
        server.get('/no"where%7f%0a')
        server.process.terminate()
        server.process.wait(60)
        first, second = server.access_lines()
        self.assertEqual((first["method"], first["route"], first["status"]), ("POST", "/v1/predict", 200))
        self.assertEqual((first["received"], first["complete"], first["remote"]), (len(ONE), True, "127.0.0.1"))
        self.assertEqual((second["path"], second["route"], second["status"]), ('/no"where\x7f\n', "other", 404))


if __name__ == "__main__":
    main()
