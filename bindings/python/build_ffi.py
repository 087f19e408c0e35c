# SPDX-License-Identifier: Apache-2.0
"""Describes sekuire._ffi to cffi: bridge.c, compiled against the library that pkg-config finds."""
import pathlib
import shlex
import subprocess
import sysconfig

import cffi

HOW = """
libsekuire was not found: {reason}.
Install it with its headers and its pkg-config file, then try again:
  the packages libsekuire0 and libsekuire-dev (scripts/package in the sources makes them), and pkg-config; or
  cmake --preset release && cmake --build --preset release && sudo cmake --install build/release && sudo ldconfig
For an installation elsewhere: PKG_CONFIG_PATH=PREFIX/lib/pkgconfig"""


def pkg_config(*options: str) -> list[str]:
    try:
        done = subprocess.run(["pkg-config", *options, "sekuire"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SystemExit(HOW.format(reason="there is no pkg-config")) from None
    if done.returncode != 0:
        raise SystemExit(HOW.format(reason="pkg-config knows no package 'sekuire'"))
    return shlex.split(done.stdout)


def foreign(folder: str) -> bool:
    """Does the loader not look there by itself?"""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    known = [f"{base}/{name}" for base in ("", "/usr", "/usr/local") for name in ("lib", "lib64", f"lib/{multiarch}")]
    return pathlib.Path(folder).resolve() not in [pathlib.Path(name).resolve() for name in known]


cflags = pkg_config("--cflags")
libs = pkg_config("--libs")
libdirs = [str(pathlib.Path(name).resolve()) for name in pkg_config("--variable=libdir")]

ffi = cffi.FFI()
ffi.cdef(
    """
struct sekuire_text { const char *data; size_t size; };
struct sekuire_error { int status; uint32_t line; uint32_t column; uint64_t offset; char message[...]; };
const char *sekuire_status_word(int status);
const char *sekuire_version(void);

struct sekuire_public_key { ...; };
int sekuire_public_key_parse(struct sekuire_text hex, struct sekuire_public_key *ret, struct sekuire_error *err);

struct sekuire_policy;
struct sekuire_floor { int has_policy; int has_sequence; int bound; uint64_t sequence; char policy_id[...]; char policy_version[...];
                       char hash[...]; int64_t accepted_at; };
struct sekuire_acceptance { const char *workspace_id; const struct sekuire_public_key *keys; size_t key_count; int64_t now;
                            const struct sekuire_floor *floor; };
struct sekuire_text sekuire_policy_get_id(const struct sekuire_policy *policy);
struct sekuire_text sekuire_policy_get_workspace_id(const struct sekuire_policy *policy);
struct sekuire_text sekuire_policy_get_version(const struct sekuire_policy *policy);
struct sekuire_text sekuire_policy_get_status(const struct sekuire_policy *policy);
struct sekuire_text sekuire_policy_get_hash(const struct sekuire_policy *policy);
void sekuire_policy_free(struct sekuire_policy *policy);

struct sekuire_engine;
#define SEKUIRE_ENGINE_DRAFT ...
#define SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS ...
void sekuire_engine_free(struct sekuire_engine *engine);

struct sekuire_session;
int sekuire_session_new(struct sekuire_session **ret, struct sekuire_error *err);
void sekuire_session_free(struct sekuire_session *session);

#define SEKUIRE_HOST_SIZE ...
int sekuire_host_to_ascii(struct sekuire_text host, char *out, struct sekuire_error *err);
struct sekuire_action { int type; struct sekuire_text target; struct sekuire_text detail; uint64_t count; ...; };
struct sekuire_parsed_action;
int sekuire_action_parse(struct sekuire_text json, int conformance, struct sekuire_parsed_action **ret, struct sekuire_error *err);
const struct sekuire_action *sekuire_parsed_action_get(const struct sekuire_parsed_action *action, size_t index);
void sekuire_parsed_action_free(struct sekuire_parsed_action *action);
struct sekuire_decision { const char *rule; struct sekuire_text pattern; const char *pointer; int overridden; ...; };

struct sekuire_agent;
struct sekuire_agent_tools { const char *path; struct sekuire_text text; };
struct sekuire_agent_files { const char *manifest_name; struct sekuire_text manifest; struct sekuire_text prompt; const char *tools_name;
                             struct sekuire_text tools; const char *folder; const struct sekuire_agent_tools *more_tools;
                             size_t more_tools_count; ...; };
void sekuire_agent_free(struct sekuire_agent *agent);
struct sekuire_report;
struct sekuire_finding { const char *rule; int is_error; const char *message; const char *file; uint32_t line; uint32_t column;
                         const char *pointer; const char *policy_pointer; const char *value; const char *hint; };
size_t sekuire_report_count(const struct sekuire_report *report);
int sekuire_report_get(const struct sekuire_report *report, size_t index, struct sekuire_finding *ret);
void sekuire_report_free(struct sekuire_report *report);

int bridge_quick_tool(const struct sekuire_engine *engine, const char *name, size_t size);
int bridge_decide(const struct sekuire_engine *engine, struct sekuire_session *session, int type, const char *target,
                  int64_t target_size, const char *detail, int64_t detail_size, const char *root, int64_t root_size, uint64_t count,
                  int64_t now, struct sekuire_decision *ret, struct sekuire_error *err);
void bridge_message(const struct sekuire_decision *decision, int type, const char *target, int64_t target_size, const char *detail,
                    int64_t detail_size, const char *root, int64_t root_size, uint64_t count, char *out, size_t size);
int bridge_overridden(void);
int64_t bridge_clock(void);
int bridge_decide_many(const struct sekuire_engine *engine, size_t count, const int *types, const int64_t *target_sizes,
                       const int64_t *detail_sizes, const int64_t *root_sizes, const uint64_t *counts, const char *targets,
                       const char *details, const char *roots, int64_t now, signed char *verdicts, struct sekuire_decision *decisions,
                       size_t *at, struct sekuire_error *err);
int bridge_policy_parse(const char *bytes, size_t size, struct sekuire_policy **ret, struct sekuire_error *err);
int bridge_policy_accept(struct sekuire_policy *policy, const struct sekuire_acceptance *acceptance, struct sekuire_floor *ret_floor,
                         struct sekuire_error *err);
int bridge_engine_new(const struct sekuire_policy *policy, unsigned flags, struct sekuire_engine **ret, struct sekuire_error *err);
int bridge_agent_paths(const char *manifest_name, struct sekuire_text manifest, char *prompt_path, char *tools_path, size_t size,
                       struct sekuire_error *err);
int bridge_agent_more_tools(const char *manifest_name, struct sekuire_text manifest, size_t index, char *path, size_t size,
                            struct sekuire_error *err);
int bridge_agent_new(const struct sekuire_agent_files *files, struct sekuire_agent **ret, struct sekuire_error *err);
int bridge_check(const struct sekuire_engine *engine, const struct sekuire_agent *agent, int64_t now, struct sekuire_report **ret,
                 struct sekuire_error *err);
"""
)
ffi.set_source(
    "sekuire._ffi",
    (pathlib.Path(__file__).resolve().parent / "bridge.c").read_text(),
    include_dirs=[flag[2:] for flag in cflags if flag.startswith("-I")],
    library_dirs=[flag[2:] for flag in libs if flag.startswith("-L")],
    libraries=[flag[2:] for flag in libs if flag.startswith("-l")],
    runtime_library_dirs=[folder for folder in libdirs if foreign(folder)],
    extra_compile_args=["-O2"],
)
