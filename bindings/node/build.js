// SPDX-License-Identifier: Apache-2.0
'use strict';
// Compiles the addon with the system's compiler, against the installed libsekuire (pkg-config) and the headers of Node that are here. Nothing
// is downloaded. CC, PKG_CONFIG, CFLAGS, LDFLAGS and NODE_INCLUDE_DIR have their usual meaning.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const words = (text) => (text ?? '').split(/\s+/).filter((word) => word !== '');

function fail(message) {
  process.stderr.write(`sekuire: ${message}\n`);
  process.exit(1);
}

// Runs a program; its output, or the end with what is to be installed.
function run(command, args, missing) {
  const result = spawnSync(command[0], [...command.slice(1), ...args], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
  if (result.error?.code === 'ENOENT') fail(`there is no ${command[0]}: ${missing}`);
  return result;
}

function library(pkgConfig, flag) {
  const result = run(pkgConfig, [flag, 'sekuire'], 'install pkg-config (Debian: apt-get install pkg-config)');
  if (result.status === 0) return words(result.stdout);
  fail('pkg-config does not know libsekuire: install libsekuire-dev, or build the project and run "cmake --install" ' +
    `(with a prefix of your own, name its lib/pkgconfig folder in PKG_CONFIG_PATH)\n${result.stderr.trim()}`);
}

// The folder of node_api.h: an ABI that does not change, so any version's will do.
function nodeHeaders() {
  const beside = path.join(path.dirname(path.dirname(fs.realpathSync(process.execPath))), 'include', 'node');
  const places = process.env.NODE_INCLUDE_DIR ? [process.env.NODE_INCLUDE_DIR] : ['/usr/include/node', beside];
  const found = places.find((place) => fs.existsSync(path.join(place, 'node_api.h')));
  if (found === undefined)
    fail(`there is no node_api.h in ${places.join(' or ')}: install libnode-dev (Debian), or name its folder in NODE_INCLUDE_DIR`);
  return found;
}

// Folders that the loader does not look into by itself.
function rpaths(folders) {
  return folders.filter((folder) => !/^(\/usr)?\/lib(64|\/[a-z0-9_]+-linux-[a-z0-9]+)?$/.test(folder)).map((folder) => `-Wl,-rpath,${folder}`);
}

const here = __dirname;
const pkgConfig = words(process.env.PKG_CONFIG ?? 'pkg-config');
const compiler = words(process.env.CC ?? 'cc');
const headers = nodeHeaders();
const cflags = library(pkgConfig, '--cflags');
const libs = library(pkgConfig, '--libs');
const libdirs = library(pkgConfig, '--variable=libdir').map((folder) => path.resolve(folder));
const sources = fs.readdirSync(path.join(here, 'src')).filter((name) => name.endsWith('.c')).sort().map((name) => path.join(here, 'src', name));
const out = path.join(here, 'build', 'sekuire.node');
const fresh = `${out}.${process.pid}`;

fs.mkdirSync(path.dirname(out), {recursive: true});
const result = run(compiler, [
  '-std=c17', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-DNAPI_VERSION=8',
  '-Wall', '-Wextra', '-Wshadow', '-Wconversion', '-Wformat=2', '-Wvla', '-Wstrict-prototypes', '-isystem', headers, ...cflags,
  ...words(process.env.CFLAGS), ...sources, '-o', fresh, '-Wl,-z,relro,-z,now', ...words(process.env.LDFLAGS), ...libs, ...rpaths(libdirs),
], 'install a C compiler (Debian: apt-get install gcc libc6-dev)');
process.stderr.write(result.stderr);
if (result.status !== 0) {
  fs.rmSync(fresh, {force: true});
  fail(`${compiler[0]} could not build the addon`);
}
fs.renameSync(fresh, out); // not in place: a running process may have the old one mapped
