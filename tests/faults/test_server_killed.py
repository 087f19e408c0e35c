# SPDX-License-Identifier: Apache-2.0
"""sekuired is killed at random moments while clients upload, activate and publish: what it acknowledged is there, and nothing is half."""
import http.client
import itertools
import json
import shutil
import signal
import sqlite3
import threading
import time

import pytest
from http_support import SIGNER, Server, Workspace, envelope, publish_body
from support import Box
from support_faults import AT_SYSCALL, SOAK, chosen, seed
from test_audit import verify

ROUNDS = 200 if SOAK else 20
WORKSPACES = ("left", "right")
CONTENT = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}


class Load:
    """What clients of one workspace asked for and what they were told. Each client waits for its answer before it asks on."""

    def __init__(self, name):
        self.name, self.base = name, f"/api/v1/workspaces/{name}"
        self.sequence = itertools.count(1)
        self.agent = itertools.count(1)
        self.uploaded = {}  # version -> acknowledged
        self.activated = {}
        self.published = {}
        self.stock, self.agents = [], []

    def fill(self, uploads, publishes):
        """Signs ahead, so that the load is the server's and not the signer's."""
        while len(self.stock) < uploads:
            number = next(self.sequence)
            body = json.dumps(envelope(CONTENT, workspace=self.name, version=str(number), sequence=number)).encode()
            self.stock.insert(0, (number, body))
        while len(self.agents) < publishes:
            body = publish_body(model="gpt-4", name=f"agent{next(self.agent)}", prompt=f"{self.name} {next(self.agent)}")
            self.agents.insert(0, (body["sekuire_id"], json.dumps(body).encode()))

    def send(self, connection, method, path, body, key):
        connection.request(method, path, body, {"X-API-Key": key, "Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def upload(self, connection, keys):
        """Uploads one version and activates it: in one request or in two."""
        if not self.stock:
            return False
        number, body = self.stock.pop()
        at_once = number % 3 == 0
        self.uploaded[number] = False
        if at_once:
            self.activated[number] = False
        status, text = self.send(connection, "POST", f"{self.base}/policies{'?activate=true' if at_once else ''}", body, keys["policy-admin"])
        assert status == 201, text
        self.uploaded[number] = True
        if at_once:
            self.activated[number] = True
            return True
        self.activated[number] = False
        status, text = self.send(connection, "POST", f"{self.base}/policies/p/versions/{number}/activate", None, keys["policy-admin"])
        assert status == 200, text
        self.activated[number] = True
        return True

    def publish(self, connection, keys):
        if not self.agents:
            return False
        agent, body = self.agents.pop()
        self.published[agent] = False
        status, text = self.send(connection, "POST", "/api/v1/publish", body, keys["publisher"])
        assert status == 201, text
        self.published[agent] = True
        return True


def client(server, work, keys, faults):
    """Asks until the server is gone."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        while work(connection, keys):
            pass
    except (OSError, http.client.HTTPException):
        pass
    except AssertionError as e:
        faults.append(e)
    finally:
        connection.close()


def rows(server, sql, *values):
    """From the file itself, by another reader."""
    with sqlite3.connect(f"file:{server.data}/sekuired.db?mode=ro", uri=True) as db:
        return db.execute(sql, values).fetchall()


def check_database(server):
    assert rows(server, "PRAGMA integrity_check") == [("ok",)]
    assert rows(server, "PRAGMA foreign_key_check") == []
    assert rows(server, "SELECT count(*) FROM policy LEFT JOIN policy_envelope USING (row) WHERE bytes IS NULL") == [(0,)]


def check_workspace(server, load, box):
    """Every acknowledged write is there; every row has its audit row and every audit row its row; what is served is the newest."""
    policies = {int(v): status for v, status in rows(server, "SELECT version, status FROM policy WHERE workspace_id = ?", load.name)}
    lost = [n for n, told in load.uploaded.items() if told and n not in policies]
    assert not lost and policies.keys() <= load.uploaded.keys(), lost
    audit = rows(server, "SELECT action, target FROM audit WHERE workspace_id = ? ORDER BY seq", load.name)
    targets = {action: [t for a, t in audit if a == action] for action in ("policy.upload", "policy.activate", "agent.publish")}
    assert sorted(targets["policy.upload"]) == sorted(f"p:{n}" for n in policies)
    active = [int(v) for v, in rows(server, "SELECT version FROM activation JOIN policy ON policy.row = policy_row "
                                            "WHERE activation.workspace_id = ? ORDER BY activation.row", load.name)]
    assert targets["policy.activate"] == [f"p:{n}" for n in active]
    assert not [n for n, told in load.activated.items() if told and n not in active]
    assert active == sorted(active)
    for number, status in policies.items():
        assert status == ("active" if active and number == active[-1] else "superseded" if number in active else "uploaded"), number
    agents = [a for a, in rows(server, "SELECT sekuire_id FROM agent WHERE workspace_id = ?", load.name)]
    assert not [a for a, told in load.published.items() if told and a not in agents]
    assert sorted(targets["agent.publish"]) == sorted(agents) and set(agents) <= load.published.keys()
    pins = [v for v, in rows(server, "SELECT value FROM pin WHERE workspace_id = ? AND kind = 'id'", load.name)]
    assert sorted(pins) == sorted(agents)
    if active:
        served = server.get(f"{load.base}/policy/active", server.admin).json
        newest = max(n for n, told in load.activated.items() if told) if any(load.activated.values()) else 0
        assert int(served["version"]) == active[-1] >= newest
        assert served["signing_public_key"] == SIGNER.public
    done = box.run("audit", "verify", "--workspace", load.name, "--json")
    assert done.code == 0 and done.json["intact"] is True and done.json["entries"] == len(audit), done


def test_what_was_acknowledged_survives_every_kill(tmp_path):
    random_ = seed()
    server = Server(tmp_path)
    loads = [Load(name) for name in WORKSPACES]
    keys = {}
    for load in loads:
        workspace = server.workspace(load.name)
        load.activated[0] = load.uploaded[0] = False
        assert workspace.upload(envelope(CONTENT, workspace=load.name, version="0", sequence=0), activate=True).status == 201
        load.activated[0] = load.uploaded[0] = True
        keys[load.name] = {role: workspace.key(role) for role in ("policy-admin", "publisher")}
    box = Box(tmp_path)
    box.variables |= {"SEKUIRE_API_KEY": server.admin}
    for number in range(ROUNDS):
        for load in loads:
            load.fill(40, 40)
        faults, threads = [], []
        for load in loads:
            # One who activates a workspace: two would overtake each other, which is refused by the order of versions.
            for work in (load.upload, load.publish, load.publish):
                threads.append(threading.Thread(target=client, args=(server, work, keys[load.name], faults)))
        told = sum(len(l.uploaded) + len(l.published) for l in loads)
        for thread in threads:
            thread.start()
        wait_for = told + random_.randint(0, 100)
        end = time.monotonic() + random_.uniform(0.05, 2)
        while time.monotonic() < end and sum(len(l.uploaded) + len(l.published) for l in loads) < wait_for:
            time.sleep(random_.uniform(0, 0.002))
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
        for thread in threads:
            thread.join()
        assert faults == []
        server.start()
        box.variables["SEKUIRE_API_URL"] = server.url
        check_database(server)
        for load in loads:
            check_workspace(server, load, box)
    for load in loads:
        verify(Workspace_of(server, load.name).audit())
    writes = sum(told for l in loads for d in (l.uploaded, l.activated, l.published) for told in d.values())
    cut = sum(not told for l in loads for d in (l.uploaded, l.activated, l.published) for told in d.values())
    assert cut > 0 and writes > ROUNDS
    assert server.stop() == 0
    print(f"kills of the server: {ROUNDS}, acknowledged writes {writes}, all there; {cut} cut off, none half")


class Workspace_of(Workspace):
    """A workspace that is there already."""

    def __init__(self, server, name):
        self.server, self.id, self.base, self.keys = server, name, f"/api/v1/workspaces/{name}", {}


class Killed(Server):
    """A server that is killed as it enters a system call that changes something, if it comes to that before it is ready."""

    def __init__(self, path, point, log):
        self.point, self.calls = point, log
        super().__init__(path)

    def command(self):
        return [AT_SYSCALL, "--only", "changing", "--log", self.calls, "--kill", str(self.point), *super().command()]


def test_a_first_start_that_is_killed_anywhere_is_finished_by_the_next(tmp_path):
    """Every point where a first start changes something; a sample of them in the short run."""
    whole = Killed(tmp_path, 1 << 30, tmp_path / "calls")
    count = len((tmp_path / "calls").read_text().splitlines())
    whole.stop()
    points = chosen(count, seed(), 0, 24)
    for point in points:
        path = tmp_path / str(point)
        path.mkdir()
        with pytest.raises(AssertionError):
            Killed(path, point, path / "calls").stop()
        server = Server(path)
        try:
            assert server.get("/api/v1/workspaces", server.admin).status == 200, point
            rows = server.get("/api/v1/audit", server.admin).json["items"]
            verify(rows)
            assert [r["action"] for r in rows] == ["installation.create", "api_key.create"], point
            check_database(server)
            assert (path / "data" / "admin.key").stat().st_mode & 0o777 == 0o600
        finally:
            assert server.stop() == 0
        shutil.rmtree(path)
    print(f"kill points, first start of sekuired: {len(points)} of {count}")
