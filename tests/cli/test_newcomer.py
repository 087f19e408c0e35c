# SPDX-License-Identifier: Apache-2.0
"""What somebody meets who uses it for the first time: where keys go, and what each refusal says about the next step."""

import pytest

from hostile import API_KEY, COMMANDS, LISTS, SIGNER, SIGNING_KEY, W
from support import BUILD

NAMING = ("--backend URL", "SEKUIRE_API_URL", "sekuire config set backend URL")
WITH_KEY = [c for c in COMMANDS if c != "login" and "its" not in c]
KEYLESS = ["pull", "agent show"]  # asked without a key where there is none


def usage(done, *texts):
    assert done.code == 2 and done.json["error"]["code"] == "usage", done
    for text in texts:
        assert text in done.err, done
    return done


# --- the server of an API key that is no login's ---

@pytest.fixture
def caught(world):
    """A world whose default server, and whose login's, is the backend, by a proxy for the former: nobody named it."""
    world.box.variables |= {"HTTPS_PROXY": world.url, "https_proxy": world.url}
    del world.box.variables["SEKUIRE_API_URL"]
    return world


def nowhere(world):
    return [r for r in world.backend.requests if API_KEY in str(r)] == []


@pytest.mark.parametrize("login", [False, True])
@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("name", WITH_KEY)
def test_a_key_goes_to_no_server_that_nobody_named(caught, name, login, empty):
    """Neither to the default nor to the login's; an empty variable names none."""
    command = COMMANDS[name]
    caught.serve(command, command.good)
    other = API_KEY + "f"
    caught.box.write("key", other, 0o600)
    if not login:
        caught.box.auth_file.unlink()
    env = {"SEKUIRE_API_URL": ""} if empty else {}
    for source in ("--api-key-file", "SEKUIRE_API_KEY"):
        if source == "SEKUIRE_API_KEY" and name in KEYLESS:
            done = caught.run(command, env=env | {source: other})
            assert "SEKUIRE_API_KEY is not sent to" in done.err and all(text in done.err for text in NAMING), done
        else:
            args, more = ((source, "key"), {}) if source[0] == "-" else ((), {source: other})
            usage(caught.run(command, "--json", *args, env=env | more), source, *NAMING)
            assert caught.backend.requests == []
        assert nowhere(caught)


def test_a_key_goes_to_the_server_of_option_variable_or_file(caught):
    command = COMMANDS["whoami"]
    caught.serve(command, command.good)
    caught.login("http://127.0.0.1:1")
    env = {"SEKUIRE_API_KEY": API_KEY}

    def arrived(done):
        assert done.code == 0 and caught.backend.requests.pop()["headers"]["X-API-Key"] == API_KEY, done

    arrived(caught.run(command, "--backend", caught.url, env=env))
    arrived(caught.run(command, env=env | {"SEKUIRE_API_URL": caught.url}))
    assert caught.box.run("config", "set", "backend", caught.url).code == 0
    arrived(caught.run(command, env=env))


def test_a_stored_key_needs_no_named_server(caught):
    command = COMMANDS["whoami"]
    caught.serve(command, command.good)
    assert caught.run(command).code == 0 and caught.backend.requests[-1]["headers"]["X-API-Key"] == API_KEY


def test_push_keeps_a_key_from_a_server_that_nobody_named(caught):
    command = COMMANDS["push, its publish"]
    caught.serve(command, command.good)
    usage(caught.run(command, "--json", env={"SEKUIRE_API_KEY": API_KEY}), *NAMING)
    assert caught.backend.requests == []
    done = caught.run(command, "--dry-run", env={"SEKUIRE_API_KEY": API_KEY})
    assert done.code == 0 and "is not sent to" in done.err and nowhere(caught), done


def test_login_alone_has_a_server_of_its_own(caught):
    """The published client's default: it is asked for by CONNECT."""
    caught.box.auth_file.unlink()
    done = caught.box.run("login", "--api-key-file", "-", input=API_KEY)
    assert done.code == 3 and nowhere(caught), done
    assert [(r["method"], r["path"]) for r in caught.backend.requests] in ([], [("CONNECT", "api.sekuire.ai:443")])


def test_login_says_which_server_it_asks_for(caught):
    """Before the prompt is answered: here nobody answers."""
    for args in ([], ["--quiet"]):
        done = caught.box.terminal("login", *args, typed=b"\x04")
        assert done.code == 2 and f"API key for {caught.url} (not shown): " in done.out, done  # the login's server
    caught.box.auth_file.unlink()
    assert "API key for https://api.sekuire.ai (not shown): " in caught.box.terminal("login", typed=b"\x04").out


@pytest.mark.parametrize("name", ["workspace create", "workspace list"])
def test_the_examples_of_an_admin_name_the_server(box, name):
    done = box.run(*name.split(), "--help")
    assert "--api-key-file /var" in done.out and "--backend http" in done.out.split("Example:")[1]


# --- a public key ---

PUBLIC_KEY = [("trust", "add", "--workspace", "w", "--public-key"), ("trust", "remove", "--workspace", "w", "--public-key"),
              ("signing-key", "add", "--workspace", "w", "--public-key"), ("policy", "pull", "--workspace", "w", "--trusted-key")]


@pytest.mark.parametrize("command", PUBLIC_KEY)
def test_a_public_key_that_is_missing(world, command):
    done = world.box.run(*command, ".sekuire/public.key")
    assert done.code == 3 and "run: sekuire keygen" in done.err and ".sekuire/public.key" in done.err, done
    done = world.box.run(*command, "abc", "--json")
    assert done.code == 3 and done.json["error"]["code"] == "io" and "abc is neither a file nor 64 hex digits" in done.err, done
    assert "keygen" not in done.err and world.backend.requests == []


@pytest.mark.parametrize("command", PUBLIC_KEY)
def test_a_secret_key_is_no_public_key(world, command):
    """By its name, before it is read; under a passphrase, by its first words."""
    usage(world.box.run(*command, ".sekuire/secret.key", "--json"), "looks like a secret key", "public.key")
    world.box.write("protected", "sekuire-key-v2:00\n", 0o600)
    done = world.box.run(*command, "protected", "--json")
    assert done.code == 1 and done.json["error"]["code"] == "key_invalid" and "looks like a secret key" in done.err, done
    assert world.backend.requests == [] and not world.box.trusted("w")


# --- push ---

BLOCKED = {"tools": {"blocked_tools": ["shell_exec"]}, "binding": {"workspace_id": W, "sequence": 6}}
FORCED = "recorded this push as forced, with its 1 finding"
POLICY, PUBLISH = COMMANDS["push, its policy"].request, COMMANDS["push, its publish"].request


@pytest.fixture
def pusher(world):
    """An agent with a tool that the policy blocks."""
    world.serve(COMMANDS["push, its publish"], (201, {"forced": True, "findings": []}))
    world.box.write("tools.json", '[{"name": "shell_exec", "description": "d", "schema": {}}]')
    world.backend.routes[POLICY] = (200, world.box.envelope(BLOCKED, seed=SIGNER.seed.hex()))
    return world


def test_a_forced_push_is_warned_of_when_it_was_one(pusher):
    push = pusher.box.run
    assert FORCED in push("push", "--force").err
    assert "recorded" not in push("push", "--force", "--dry-run").err
    pusher.backend.routes[PUBLISH] = (403, {"error": "forbidden", "message": "not you"})
    done = push("push", "--force")
    assert done.code == 1 and "recorded" not in done.err and "sekuire auth whoami" in done.err and "--force" not in done.err, done
    del pusher.backend.routes[POLICY]
    done = push("push", "--force")
    assert done.code == 1 and "going on because of --force" in done.err and "--force pushes" not in done.err, done
    pusher.backend.routes[PUBLISH] = (201, {"forced": True, "findings": []})
    done = push("push", "--force")
    assert done.code == 0 and "finding" not in done.err, done


def test_a_workspace_without_a_policy_is_explained_to_push_as_to_pull(pusher):
    del pusher.backend.routes[POLICY]
    for command in ("push", "pull"):
        done = pusher.box.run(*(["policy", "pull"] if command == "pull" else ["push"]), "--workspace", "mistyped")
        assert done.code == 1 and f"workspace mistyped at {pusher.url} has no active policy, or it is not public" in done.err, done
        assert ("--force pushes without one" in done.err) == (command == "push")


@pytest.mark.parametrize("command", ["policy pull", "push"])
@pytest.mark.parametrize("login", [True, False])
def test_a_key_that_is_not_taken_is_to_be_replaced(pusher, command, login):
    pusher.backend.routes[POLICY] = (401, {"error": "unauthorized", "message": "no such key"})
    done = pusher.box.run(*command.split(), env={} if login else {"SEKUIRE_API_KEY": API_KEY})
    assert done.code == 1 and ("sekuire login" if login else "that of SEKUIRE_API_KEY") in done.err, done


def test_a_push_that_writes_the_id_says_so(world):
    command = COMMANDS["push, its publish"]
    world.serve(command, command.good)
    manifest = (world.box.work / "sekuire.yml").read_text()
    world.box.write("sekuire.yml", manifest.replace("project:\n", f"project:\n  sekuire_id: {'0' * 64}\n", 1))
    done = world.run(command)
    assert done.code == 0 and "A push that goes through writes the new id." in done.err and "Push the agent again" not in done.err, done
    assert "0" * 64 not in (world.box.work / "sekuire.yml").read_text()


@pytest.mark.parametrize("reason", [b"a\x1b[2J", "a\u202eb", b"\xff", "x" * 1025], ids=["escape", "override", "bytes", "long"])
def test_a_reason_is_checked_before_anything_is_sent(pusher, reason):
    usage(pusher.box.run("push", "--force", "--json", "--reason", reason if isinstance(reason, str) else reason.decode("utf-8", "surrogateescape")),
          "--reason")
    assert pusher.backend.requests == []
    assert pusher.box.run("push", "--force", "--reason", "two\nlines\tof it").code == 0


# --- keys on the server ---

def test_what_a_revoked_signing_key_leaves_to_be_done(world):
    command = COMMANDS["signing-key revoke"]
    world.serve(command, command.good)
    done = world.run(command)
    assert done.code == 0 and "sekuire trust remove --workspace ws_abc123 --public-key HEX" in done.err, done
    assert "workspace ws_abc123 has no active policy now" in done.err
    world.backend.routes["GET", LISTS["signing-key list"][0] + "?limit=200"] = (200, {"items": [SIGNING_KEY], "next": None})
    world.backend.routes[POLICY] = COMMANDS["pull"].good
    done = world.run(command)
    assert done.code == 0 and f"sekuire trust remove --workspace ws_abc123 --public-key {SIGNER.public}\n" in done.err, done
    assert "no active policy" not in done.err
    world.backend.routes[POLICY] = (500, {"error": "server", "message": "x"})
    assert "sekuire policy list --workspace ws_abc123" in world.run(command).err


# --- the next step ---

@pytest.mark.parametrize("home", [None, "", "relative"])
@pytest.mark.parametrize("command", ["status", "trust list", "config get workspace"])
def test_without_a_home_directory_home_is_to_be_set(box, command, home):
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        del box.variables[name]
    done = box.run(*command.split(), "--json", env={} if home is None else {"HOME": home})
    assert done.code == 3 and done.json["error"]["code"] == "config", done
    assert "set HOME to the absolute path" in done.err and "sekuire logout" not in done.err


def test_a_damaged_trust_store_is_to_be_mended(box):
    box.trust_file.parent.mkdir(parents=True)
    box.trust_file.write_text('{"workspaces": {}}')
    box.trust_file.chmod(0o600)
    done = box.run("trust", "list", "--json")
    assert done.code == 3 and done.json["error"]["code"] == "config" and "move it away and trust the keys anew (sekuire trust add)" in done.err, done


@pytest.mark.parametrize("command", ["upload", "validate"])
def test_a_policy_in_yaml_is_to_be_signed_first(world, command):
    for name in ("policy.yaml", "policy.yml"):
        world.box.write(name, "permissions:\n  network:\n    enabled: true\n")
        done = world.box.run("policy", command, "--file", name)
        assert done.code == 1 and f"sekuire policy sign --content {name}" in done.err, done
    world.box.write("p.json", "permissions: x\n")
    assert "sekuire policy sign" not in world.box.run("policy", command, "--file", "p.json").err
    assert world.backend.requests == []


def test_a_signing_key_that_is_missing_is_to_be_registered(world):
    message = f"binding.signing_keys names {'ab' * 32}, which is not registered here or is revoked"
    advice = f"sekuire signing-key add --workspace {W} --public-key {'ab' * 32}\n"
    for name in ("upload", "activate"):
        world.serve(COMMANDS[name], (422, {"error": "content", "message": message}))
        done = world.run(COMMANDS[name])
        assert done.code == 1 and advice in done.err, done
        world.serve(COMMANDS[name], (422, {"error": "content", "message": message.replace("ab", "a\x1b")}))
        assert "signing-key add" not in world.run(COMMANDS[name]).err


def test_an_agent_under_another_key_is_to_be_pushed_with_that_one(world):
    command = COMMANDS["push, its publish"]
    world.serve(command, (409, {"error": "conflict", "message": "this id was first published under another key"}))
    done = world.run(command)
    assert done.code == 1 and "push with that one in .sekuire/secret.key" in done.err, done


def test_an_agent_that_is_not_found_without_a_key(world):
    world.box.auth_file.unlink()
    assert "sekuire login" in world.box.run("agent", "show", "a" * 8).err
    assert "sekuire login" in world.box.run("agent", "show", "a" * 64).err
    world.backend.routes["GET", "/api/v1/agents/" + "a" * 64] = (409, {"error": "conflict", "message": "several workspaces hold this id"})
    done = world.box.run("agent", "show", "a" * 64)
    assert done.code == 1 and "--workspace ID" in done.err and "sekuire login" in done.err, done
    del world.box.variables["SEKUIRE_WORKSPACE_ID"]
    world.login(world.url)
    world.box.auth_file.write_text(world.box.auth_file.read_text().replace(f'"{W}"', "null"))
    done = world.box.run("agent", "show", "a" * 64)
    assert done.code == 1 and "--workspace ID" in done.err and "sekuire login" not in done.err, done
    assert "--workspace ID" in world.box.run("agent", "show", "a" * 8).err


# --- options and files ---

@pytest.mark.parametrize("command", ["policy pull", "push", "policy validate --strict", f"trust add --public-key {SIGNER.public}"])
def test_what_an_id_is(world, command):
    for args, env in ((["--workspace", "a/../b"], {}), ([], {"SEKUIRE_WORKSPACE_ID": "a/../b"})):
        usage(world.box.run(*command.split(), *args, "--json", env=env), "is no workspace id", "an id is 1 to 128 of A-Z")
    assert world.backend.requests == []


def test_help_says_what_holds_without_an_option(box):
    text = box.run("policy", "pull", "--help").out
    assert "the workspace; else that of SEKUIRE_WORKSPACE_ID" in text and "the server; else that of SEKUIRE_API_URL" in text


def test_nobody_is_asked_for_the_passphrase_of_a_key_of_an_unknown_kind(world):
    for text in ("sekuire-key-v2:argon2id:1:8192:00", "sekuire-key-v1:argon2id:x"):
        world.box.write("k", text, 0o600)
        done = world.box.terminal("policy", "sign", "--workspace", W, "--policy-id", "p", "--version", "1", "--content", "new.json", "--key", "k",
                                  "--drop-binding")
        assert done.code == 1 and "(not shown)" not in done.out and "k: " in done.out, done


def test_the_manual_names_each_file_once():
    files = (BUILD / "man/pages/man1/sekuire.1").read_text().split("\n.SH FILES")[1].split("\n.SH ")[0].replace("\\&", "")
    assert files.count("secret.key") == 1 and files.count("public.key") == 1


@pytest.mark.parametrize("command", ["policy pull", "push", "policy validate --strict --file new.json"])
def test_an_option_that_does_not_count_for_the_projects_workspace_says_so(world, command):
    """Whoever wrote the folder chose the workspace, so that no key is taken for it but stored ones."""
    world.box.write(".sekuire/config.yaml", f"workspace: {W}\n")
    del world.box.variables["SEKUIRE_WORKSPACE_ID"]
    world.box.auth_file.write_text(world.box.auth_file.read_text().replace(f'"{W}"', "null"))
    assert world.box.run("trust", "forget", "--workspace", W).code == 0
    world.serve(COMMANDS["pull"], COMMANDS["pull"].good)
    why = f"did not count, for nothing but this folder's .sekuire/config.yaml names workspace {W}: give --workspace {W}"
    for option in (["--trusted-key", SIGNER.public], *([["--accept-new-key"]] if command == "policy pull" else [])):
        done = world.box.run(*command.split(), *option, "--json")
        assert done.code == 1 and done.json["error"]["code"] == "key_not_pinned" if "validate" not in command else done.code == 1, done
        assert f"{option[0]} (or" in done.err and why in done.err, done
        assert f"\n  sekuire trust add --workspace {W} --public-key {SIGNER.public}\n" in done.err
    assert why not in world.box.run(*command.split()).err
    assert why not in world.box.run(*command.split(), "--workspace", W).err


@pytest.mark.parametrize("out", ["-", ""])
def test_out_is_a_file(world, out):
    for command in (["policy", "pull"], ["policy", "sign", "--policy-id", "p", "--version", "1", "--content", "new.json", "--key", ".sekuire/secret.key"]):
        usage(world.box.run(*command, f"--out={out}", "--json"), "names no file")
    assert world.backend.requests == [] and not (world.box.work / "-").exists()
