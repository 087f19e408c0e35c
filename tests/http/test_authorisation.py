# SPDX-License-Identifier: Apache-2.0
"""Every route, by every role, in the own workspace, another and one that is not there: as authorisation.txt says."""
import itertools
import pathlib
import re

import pytest
from http_support import UNKNOWN_ID, envelope, now, publish_body, stamp
from pure import Key

HERE = pathlib.Path(__file__).resolve().parent
MODELS = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}
COLUMNS = ("none", "reader", "publisher", "policy-admin", "admin", "gone")
PLACES = ("own", "other", "unknown")
LETTERS = {"{workspace}": "W", "{agent}": "A", "{policy}": "P", "{version}": "V", "{key}": "K"}
PAGING = {"limit", "after"}
NEVER_MADE = "sk_live_" + "5a" * 32
VARIES = {"date", "x-request-id"}


def read_routes():
    """The routes as the server is compiled with them: (method, path as the table writes it) -> (path, flags of the query)."""
    text = (HERE.parents[1] / "server/routes/routes.def").read_text()
    found = re.findall(r'^ROUTE\("(\w+)", "([^"]+)", \w+, \w+, "([^"]*)",', text, re.M)
    assert len(found) == text.count("\nROUTE("), "a line of routes.def is not understood"
    routes = {}
    for method, path, query in found:
        short = re.sub(r"\{\w+\}", lambda m: LETTERS[m.group()], path.removeprefix("/api/v1"))
        assert (method, short) not in routes, f"two routes are {method} {short}"
        routes[method, short] = path, set(query.split()) - PAGING
    return routes


class Row:
    def __init__(self, line):
        request, *groups = (part.strip() for part in line.split("|"))
        self.name, self.method, self.path, self.query, self.words = re.fullmatch(
            r"((\w+) +(/[\w/.-]*)(\?\w+=true)?(?: \[([\w -]+)\])?)", request).groups(default="")
        self.name = re.sub(" +", " ", self.name)
        assert len(groups) == len(PLACES), line
        self.expected = {}
        for place, group in zip(PLACES, groups):
            if group != "-":
                statuses = [int(status) for status in group.split()]
                assert len(statuses) == len(COLUMNS), line
                self.expected[place] = dict(zip(COLUMNS, statuses))

    @property
    def route(self):
        return self.method, self.path

    @property
    def changes(self):
        return self.method != "GET" and self.path not in ("/api-keys/verify", "/workspaces/W/decide")


ROUTES = read_routes()
ROWS = [Row(line) for line in (HERE / "authorisation.txt").read_text().splitlines() if line and not line.startswith("#")]
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


class Site:
    """Two workspaces alike, keys of every kind for the first, and things to ask for, made anew for each request."""

    def __init__(self, server):
        self.server, self.numbers, self.cells = server, itertools.count(1), 0
        self.homes = {"own": server.workspace("mine"), "other": server.workspace("theirs")}
        self.ids = {"own": "mine", "other": "theirs", "unknown": "nobodys"}
        for home in self.homes.values():
            home.serve(MODELS, version="0", sequence=next(self.numbers))
        own = self.homes["own"]
        self.keys = {role: [own.key(role)] for role in COLUMNS[1:5]} | {"none": [None], "gone": [NEVER_MADE]}
        for role in COLUMNS[1:4]:
            revoked = self.key_of(own, role)
            assert server.request("DELETE", f"{own.base}/api-keys/{revoked['id']}", key=server.admin).status == 204
            expired = self.key_of(own, role, expires_at=stamp(now() + 3600))
            assert server.get("/api/v1/me", expired["api_key"]).status == 200
            self.keys["gone"] += [revoked["api_key"], expired["api_key"]]
        server.restart(at="+2h")
        self.last = {}
        self.news()

    def key_of(self, home, role, **members):
        made = self.server.post(f"{home.base}/api-keys", {"role": role} | members, self.server.admin)
        assert made.status == 201, made
        return made.json

    def agent_of(self, home):
        n = next(self.numbers)
        body = publish_body(name=f"agent{n}", prompt=f"prompt {n}", workspace_id=home.id)
        assert home.publish(body, "admin").status == 201
        return body["sekuire_id"]

    def policy_of(self, home):
        n = next(self.numbers)
        assert home.upload(home.envelope(MODELS, version=str(n), sequence=n), role="admin").status == 201
        return "p", str(n)

    def news(self):
        """The audit rows of all chains that came since the last look."""
        rows = []
        for chain in [home.base for home in self.homes.values()] + ["/api/v1"]:
            while True:
                page = self.server.get(f"{chain}/audit?limit=200&after={self.last.get(chain, 0)}", self.server.admin).json
                if not page["items"]:
                    break
                rows += [f"{row['action']} {row['target']}" for row in page["items"]]
                self.last[chain] = page["items"][-1]["seq"]
        return rows

    def state(self):
        """All that lists tell of both workspaces, but when keys were used."""
        parts = ("/api-keys", "/signing-keys", "/policies", "/history", "/agents")
        lists = ["/api/v1/workspaces"] + [home.base + part for home in self.homes.values() for part in parts]
        items = {}
        for path in lists:
            after = ""
            while after is not None:
                page = self.server.get(f"{path}?limit=200{after}", self.server.admin).json
                rows = [{n: v for n, v in row.items() if n != "last_used_at"} for row in page["items"]]
                items.setdefault(path, []).extend(rows)
                after = page["next"] and f"&after={page['next']}"
        return items

    def publicity(self, row):
        """Makes both workspaces public or private, as the row wants them."""
        for home in self.homes.values():
            home.change(public_read=row.words == "public")

    def body(self, row, place):
        """A body that would be taken from whoever may."""
        n, workspace = next(self.numbers), self.ids[place]
        members = {"allow_force": "policy-admin", "accept_undeclared": True, "public_read": True, "name": f"name {n}"}
        if row.route == ("PATCH", "/workspaces/W"):
            if place in self.homes:
                self.homes[place].change(allow_force="never", accept_undeclared=False, public_read=False)
            return {name: members[name] for name in row.words.split()}
        makers = {
            ("POST", "/workspaces"): lambda: {"id": f"new{n}"},
            ("POST", "/workspaces/W/api-keys"): lambda: {"role": row.words},
            ("POST", "/workspaces/W/signing-keys"): lambda: {"public_key": Key(1000 + n).public},
            ("POST", "/workspaces/W/policies"): lambda: envelope(MODELS, workspace=workspace, version=str(n), sequence=n),
            ("POST", "/workspaces/W/policies/P/versions/V/activate"): lambda: None,
            ("POST", "/workspaces/W/decide"): lambda: {"type": "tool", "toolName": "calc"},
            ("POST", "/publish"): lambda: publish_body(name=f"agent{n}", prompt=f"prompt {n}") |
            ({} if row.words == "unnamed" else {"workspace_id": workspace}),
            ("POST", "/api-keys/verify"): lambda: {"api_key": self.server.admin},
        }
        return makers[row.route]() if row.method not in ("GET", "DELETE") else None

    def request(self, row, place):
        """Path and body of a request, and what it is about, made for it: refused, it could have done something."""
        at = place if place in self.homes else "own"
        home = self.homes[{"own": "other", "other": "own"}[at] if row.words == "foreign" else at]
        words = {"workspace": self.ids[place]}
        if "/A" in row.path:
            words["agent"] = UNKNOWN_ID if place == "unknown" and "W" not in row.path else self.agent_of(home)
        if "/P/" in row.path:
            words["policy"], words["version"] = self.policy_of(home)
        if "/api-keys/K" in row.path:
            words["key"] = self.key_of(home, row.words if row.words in COLUMNS else "reader")["id"]
        if "/signing-keys/K" in row.path:
            made = home.add_signer(Key(1000 + next(self.numbers)))
            assert made.status == 201, made
            words["key"] = made.json["key_id"]
        return ROUTES[row.route][0].format(**words) + row.query, self.body(row, place)

    def send(self, row, target, key, bearer=False, method=None):
        headers = {"Authorization": f"Bearer {key}"} if bearer and key else {}
        return self.server.request(method or row.method, target[0], target[1], None if bearer else key, headers)


def shape(answer, body=True):
    """An answer to the byte, but for the two fields that no two answers share."""
    fields = [(name.lower(), value) for name, value in answer.headers.items() if name.lower() not in VARIES]
    return answer.status, fields, answer.body if body else None


@pytest.fixture(scope="module")
def site(server, request):
    made = Site(server)
    yield made
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\nauthorisation: {made.cells} cells of {len(ROWS)} rows for {len(ROUTES)} routes")


def refusals(row, place):
    """The columns in which a row's request changes nothing: it reads, or is refused."""
    return [column for column, status in row.expected[place].items() if status >= 300 or not row.changes]


def test_every_route_and_every_flag_of_its_query_has_a_row_and_every_row_has_a_route():
    assert len(ROUTES) > 20
    rows = {row.route for row in ROWS}
    assert sorted(rows - set(ROUTES)) == [] and sorted(set(ROUTES) - rows) == []
    flags = {(route, flag) for route, (_, flags) in ROUTES.items() for flag in flags}
    assert {(row.route, row.query[1:].removesuffix("=true")) for row in ROWS if row.query} == flags
    assert len({row.name for row in ROWS}) == len(ROWS)
    # A path with a workspace in it is asked of all three, so that no row can leave two of them away.
    assert [row.name for row in ROWS if "W" in row.path and len(row.expected) != 3] == []


@every_row
def test_every_cell_is_what_the_table_says_and_a_refusal_changes_nothing(site, row):
    wrong = []
    site.publicity(row)
    for place, expected in row.expected.items():
        target = site.request(row, place)
        before = site.state() if row.changes else None
        site.news()
        for column in refusals(row, place):
            for key in site.keys[column]:
                answer = site.send(row, target, key)
                if answer.status != expected[column] or (row.changes and (rows := site.news())):
                    wrong.append((place, column, expected[column], answer, row.changes and rows))
            site.cells += 1
        if not row.changes:
            assert site.news() == []
        elif not wrong:
            assert site.state() == before
        for column in set(expected) - set(refusals(row, place)):
            target = site.request(row, place)
            site.news()
            answer = site.send(row, target, *site.keys[column])
            site.cells += 1
            # That it changes something shows that the refused ones, made alike, were refused for whom they came from.
            if answer.status != expected[column] or not site.news():
                wrong.append((place, column, expected[column], answer, "nothing changed"))
    assert wrong == [], "\n".join(map(str, wrong))


@every_row
def test_a_foreign_workspace_and_an_unknown_one_answer_byte_for_byte_alike(site, row):
    site.publicity(row)
    targets = {place: site.request(row, place) for place in row.expected}
    seen = {}
    for place, target in targets.items():
        for column, status in row.expected[place].items():
            if status >= 400:
                seen[place, column] = {str(shape(site.send(row, target, key))) for key in site.keys[column]}
                assert len(seen[place, column]) == 1, "keys that are gone are told apart"
    for column in COLUMNS:
        if ("other", column) in seen and row.expected["other"][column] == row.expected["unknown"][column]:
            assert seen["other", column] == seen["unknown", column], column
        # Without a key that counts, even the own workspace is like any.
        if column in ("none", "gone") and ("own", column) in seen and "unknown" in row.expected:
            assert seen["own", column] == seen["unknown", column], column
    if "other" in row.expected and row.words != "public":
        assert {("other", column) for column in COLUMNS if column != "admin"} <= set(seen), "the table shows foreign workspaces"


def test_whatever_is_foreign_or_unknown_has_one_body(site):
    bodies = {}
    for row in ROWS:
        site.publicity(row)
        for place in row.expected:
            columns = [column for column, status in row.expected[place].items() if status == 404]
            target = site.request(row, place) if columns else None
            for column in columns:
                bodies.setdefault(site.send(row, target, *site.keys[column]).body, []).append((row.name, place, column))
    assert list(bodies) == [b'{"error":"not_found","message":"not found"}'], bodies


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "GET"], ids=lambda row: row.name)
def test_head_is_get_without_the_body(site, row):
    site.publicity(row)
    for place in row.expected:
        target = site.request(row, place)
        for column in COLUMNS:
            for key in site.keys[column]:
                got, head = site.send(row, target, key), site.send(row, target, key, method="HEAD")
                assert shape(head, body=False) == shape(got, body=False), (place, column)
                assert head.status == row.expected[place][column] and head.body == b"", (place, column)


@every_row
def test_a_key_counts_the_same_in_either_field(site, row):
    site.publicity(row)
    for place in row.expected:
        target = site.request(row, place)
        for column in COLUMNS[1:]:
            quiet = column in refusals(row, place)
            for key in site.keys[column]:
                if quiet:
                    assert shape(site.send(row, target, key, bearer=True)) == shape(site.send(row, target, key)), (place, column)
                else:
                    answer = site.send(row, site.request(row, place), key, bearer=True)
                    assert answer.status == row.expected[place][column], (place, column, answer)


@every_row
def test_two_different_keys_are_refused_whoever_they_belong_to(site, row):
    site.publicity(row)
    keys = [site.server.admin, *site.keys["policy-admin"], site.homes["other"].key("policy-admin"), NEVER_MADE]
    pairs = list(itertools.permutations(keys, 2))
    for place in row.expected:
        target = site.request(row, place)
        site.news()
        for first, second in pairs:
            answer = site.server.request(row.method, *target, key=first, headers={"Authorization": f"Bearer {second}"})
            assert answer.error == (401, "unauthorized"), (place, pairs.index((first, second)), answer)
        assert site.news() == []
