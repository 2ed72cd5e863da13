"""The stub tenant of this repository, as a process of its own."""
import json
import os
import subprocess
import time
import urllib.request

EVENTS = "/api/v1/hooks/events"
SOURCE, BEFORE, AFTER = "/api/v1/hooks/cursor", "/api/v1/hooks/tool/pre", "/api/v1/hooks/tool/post"


class Tenant:
    """A tenant that answers by a script and keeps what it is asked and told."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen([program, "--until-stdin-ends", "--ca", os.path.join(folder, "ca.pem")],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        places = json.loads(self.process.stdout.readline())
        self.host, self.control = places["http"], places["control"]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()
        self.process.stdout.close()

    def _call(self, method, path, body=None):
        request = urllib.request.Request(self.control + path, method=method, data=body and json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def answer(self, answers=(), **more):
        """Answers by these from now on, else as a working tenant that knows no MCP server; forgets all before."""
        self._call("PUT", "/_script", dict({"standard": True, "answers": list(answers)}, **more))
        self._call("DELETE", "/_requests")

    def received(self, *paths):
        return [request for request in self._call("GET", "/_requests") if request["path"] in paths]

    def bodies(self, *paths):
        return [request["body"] for request in self.received(*paths)]

    def wait(self, found, seconds=20):
        """What `found` says, as soon as it is something."""
        end = time.time() + seconds
        while not found() and time.time() < end:
            time.sleep(0.1)
        return found()


def always(path, body, **more):
    return dict({"path": path, "body": body}, **more)
