#!/usr/bin/env python3
"""Two servers behind HAProxy, with the configuration that comes with them: one is killed under load."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "server", "deploy")
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
if not HAPROXY:
    print("skipped: no haproxy here")
    sys.exit(77)

from support import ONE, PATIENCE, Case, Server, main  # noqa: E402


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Proxy(Case):
    @staticmethod
    def is_ready(client):
        try:
            return client.get("/readyz").status == 200
        except OSError:
            return False

    def test_one_is_killed(self):
        """Every request is answered; it is asked again elsewhere if its server was lost over it."""
        servers = [Server(), Server()]
        with open(os.path.join(DEPLOY, "haproxy.cfg"), encoding="utf-8") as file:
            text = file.read()
        front = free_port()
        for old, new in ((8080, front), (8081, servers[0].port), (8082, servers[1].port)):
            text, count = re.subn(rf"^(\s+(?:bind|server \w) 127\.0\.0\.1:){old}$", rf"\g<1>{new}", text, flags=re.M)
            self.assertEqual(count, 1)
        self.write("haproxy.cfg", text.encode())
        proxy = subprocess.Popen([HAPROXY, "-f", self.path("haproxy.cfg")], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.addCleanup(proxy.wait, PATIENCE)
        self.addCleanup(proxy.kill)
        client = Server.__new__(Server)
        client.port = front
        end = time.monotonic() + PATIENCE
        while not self.is_ready(client):
            self.assertIsNone(proxy.poll())
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        statuses, goes_on = [], [True]

        def ask():
            while goes_on[0]:
                statuses.append(client.post("/v1/predict", ONE).status)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        before = len(statuses)
        servers[0].process.kill()
        time.sleep(1.5)
        goes_on[0] = False
        for thread in threads:
            thread.join(PATIENCE)
        lost = [status for status in statuses if status != 200]
        self.assertGreater(before, 20)
        self.assertGreater(len(statuses), before + 20)
        self.assertEqual(lost, [])
        self.assertEqual(servers[0].stop()[0], -signal.SIGKILL)
        status, messages = servers[1].stop()
        self.assertEqual(status, 0, messages)


if __name__ == "__main__":
    main()
