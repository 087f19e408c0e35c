// SPDX-License-Identifier: Apache-2.0
'use strict';
// The package as others see it: both kinds of modules, types, and what its build says when something is missing.

const assert = require('node:assert/strict');
const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const sekuire = require('../index.js');
const {folder} = require('./support.js');

const root = path.join(__dirname, '..');
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');

test('both kinds of modules', async () => {
  const names = ['ActionError', 'Policy', 'SekuireError', 'Session', 'libraryVersion'];
  assert.deepEqual(Object.keys(require('sekuire')).sort(), names);
  const module = await import('sekuire');
  assert.deepEqual(Object.keys(module).sort(), names);
  assert.equal(module.Policy, sekuire.Policy);
  assert.match(sekuire.libraryVersion, /^\d+\.\d+\.\d+$/);
  assert.equal(JSON.parse(read('package.json')).version, sekuire.libraryVersion);
});

test('types name every export and every member', () => {
  const types = read('index.d.ts');
  for (const name of Object.keys(sekuire)) assert.match(types, new RegExp(`^export (class|const) ${name}\\b`, 'm'));
  for (const name of ['Policy', 'Session', 'SekuireError']) {
    const body = new RegExp(`^export class ${name} [^]*?^}`, 'm').exec(types)[0];
    for (const member of [...Object.getOwnPropertyNames(sekuire[name].prototype), ...Object.getOwnPropertyNames(sekuire[name])])
      if (!['length', 'prototype', 'name'].includes(member)) assert.match(body, new RegExp(`\\b${member}\\b`), `${name}.${member}`);
  }
});

test('tsc takes and refuses what it should', (t) => {
  const work = folder(t, {'good.ts': read('test/types/good.ts'), 'bad.ts': read('test/types/bad.ts')});
  fs.mkdirSync(path.join(work, 'node_modules'));
  fs.symlinkSync(root, path.join(work, 'node_modules', 'sekuire'));
  const compile = (name) => spawnSync('tsc', ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--module', 'node16',
    '--moduleResolution', 'node16', '--pretty', 'false', name], {cwd: work, encoding: 'utf8'});
  const good = compile('good.ts');
  assert.equal(good.status, 0, `${good.error ?? ''}${good.stdout}`);
  const bad = compile('bad.ts');
  const expected = read('test/types/bad.ts').split('\n').flatMap((line, i) => (/ \/\/ refused$/.test(line) ? [i + 1] : []));
  assert.deepEqual([...new Set([...bad.stdout.matchAll(/^bad\.ts\((\d+),/gm)].map(([, line]) => Number(line)))], expected, bad.stdout);
});

test('a build without its parts says what to install', (t) => {
  const empty = folder(t, {});
  const build = (env) => spawnSync(process.execPath, [path.join(root, 'build.js')], {encoding: 'utf8', env: {...process.env, ...env}});
  const cases = [
    [{CC: `${empty}/cc`}, /there is no .*cc: install a C compiler/],
    [{PKG_CONFIG: `${empty}/pkg-config`}, /there is no .*pkg-config: install pkg-config/],
    [{PKG_CONFIG_PATH: '', PKG_CONFIG_LIBDIR: empty}, /pkg-config does not know libsekuire: install libsekuire-dev/],
    [{NODE_INCLUDE_DIR: empty}, /there is no node_api.h in .*: install libnode-dev/],
    [{CC: 'false'}, /could not build the addon/],
  ];
  for (const [env, message] of cases) {
    const {status, stderr} = build(env);
    assert.equal(status, 1);
    assert.match(stderr, message);
  }
  assert.deepEqual(fs.readdirSync(path.join(root, 'build')), ['sekuire.node']);
});

test('an addon that was not built says so', (t) => {
  const copy = folder(t, {'load.js': read('load.js')});
  assert.throws(() => require(path.join(copy, 'load.js')), /the addon was not built: run "node build.js"/);
});
