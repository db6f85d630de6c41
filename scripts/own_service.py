"""The real program in a folder of its own, which scripts start, kill and start again, on a free port."""
import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import time


def environment():
    unwanted = ("DATABASE_URL", "PREDIO_DATA", "PREDIO_LISTEN", "PREDIO_OWNER_URL", "PREDIO_SEAL_KEY")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


class Service:
    """The real program, which is killed and started again."""

    def __init__(self, binary, data):
        self.binary, self.data = binary, data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.child = None
        self.token = None

    def run(self, *arguments):
        command = [self.binary, *arguments, "--json", "--data", str(self.data)]
        ended = subprocess.run(command, capture_output=True, text=True, env=environment())
        if ended.returncode != 0:
            raise SystemExit(f"predio {' '.join(arguments)}: {ended.stderr}")
        return ended.stdout

    def start(self):
        log = open(self.data.parent / "service.log", "a")
        command = [self.binary, "up", "--empty", "--json", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}",
                   "--seal-seconds", "1"]
        self.child = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
        self.wait_until_ready()

    def wait_until_ready(self, patience=120):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.child.poll() is not None:
                raise SystemExit(f"the service ended by itself; see {self.data.parent}/service.log")
            try:
                if self.call("GET", "/health/ready")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)
        raise SystemExit("the service did not come back")

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(60)

    def kill_postgres(self):
        pid = int((self.data / "postgres/postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGKILL)

    def call(self, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = dict(headers or {})
            if self.token:
                sent["Authorization"] = "Basic " + base64.b64encode(f"ledger:{self.token}".encode()).decode()
            if body is not None:
                sent["Content-Type"] = "application/json"
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def sql(self, text, login="predio_owner"):
        state = json.loads((self.data / "cluster.json").read_text())
        command = ["psql", "-X", "-A", "-t", "-F", "\t", "-h", "127.0.0.1", "-p", str(state["port"]), "-U", login,
                   "-d", "predio", "-v", "ON_ERROR_STOP=1", "-c", text]
        env = {**environment(), "PGPASSFILE": str(self.passwords())}
        out = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
        return [line.split("\t") for line in out.splitlines()]

    def passwords(self):
        """libpq refuses a password file of somebody else, as root's is of the folder's owner."""
        own = self.data.parent / "pgpass"
        own.write_text((self.data / "pgpass").read_text())
        own.chmod(0o600)
        return own
