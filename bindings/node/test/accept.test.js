// SPDX-License-Identifier: Apache-2.0
'use strict';
// Which policies are taken.

const assert = require('node:assert/strict');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const test = require('node:test');
const {Policy, SekuireError} = require('../index.js');
const {draft, folder, readVectors, refused, vectors} = require('./support.js');

const {context, files} = readVectors('envelopes/manifest.json');
const now = Date.parse(context.now) / 1000;
const given = {workspace: context.workspace, trustedKeys: [context.trusted_key], now, allowUnknownKeys: true};
const example = path.join(vectors, 'envelopes', 'y_seed_example.json');
const other = '6240377d826c36c087404e4187dc21ecdbdc4db84e209fc386ac5d48bd08679e';

test('envelopes are accepted or refused as the command line does', () => {
  let accepted = 0;
  for (const {file, expected, refused_by: check} of files) {
    const name = path.join(vectors, 'envelopes', file);
    const verdict = () => Policy.load(name, given);
    if (expected === 'accept') {
      const policy = verdict();
      assert.equal(policy.stage, 'accepted', file);
      assert.equal(policy.workspaceId, context.workspace, file);
      accepted++;
      continue;
    }
    assert.throws(verdict, (error) => {
      assert.ok(error instanceof SekuireError && error.message.startsWith(`${name}:`), error.stack);
      if (check !== undefined) assert.equal(error.code, check === 'key' ? 'key_changed' : check, file);
      return true;
    });
  }
  assert.ok(accepted > 10 && files.length - accepted > 50, `${accepted} of ${files.length}`);
});

test('who asks says whose policy it must be', () => {
  for (const options of [undefined, {}, {workspace: 'w'}, {trustedKeys: [other]}, {draft: false}, {...given, trustedKeys: []},
    {...given, trustedKeys: undefined}, {...given, trustedKeys: [1]}, {...given, workspace: 1}, {...given, workspace: null}])
    refused(() => Policy.load(example, options), 'usage');
  const invalid = refused(() => Policy.load(example, {...given, trustedKeys: [`${other}${other}`.slice(0, 100)]}), 'key_invalid');
  assert.ok(!invalid.message.includes(other.slice(0, 8)), invalid.message); // it may be a secret one
  refused(() => Policy.load(example, {...given, trustedKeys: other}), 'key_changed');
  refused(() => Policy.load(example, {...given, workspace: 'ws_other'}), 'workspace');
  assert.equal(Policy.load(example, {...given, trustedKeys: [other, context.trusted_key]}).stage, 'accepted');
  assert.equal(Policy.load(pathToFileURL(example), {...given, trustedKeys: context.trusted_key}).stage, 'accepted');
});

test('options are never guessed', () => {
  for (const options of [{...given, flor: {}}, {...given, draft: 'false'}, {...given, draft: 1}, {...given, allowUnknownKeys: 'yes'},
    {...given, now: NaN}, {...given, now: '2026'}, {...given, now: new Date(NaN)}, [], 'draft', null])
    refused(() => Policy.load(example, options), 'usage');
});

test('a bare content is a draft', () => {
  refused(() => Policy.parse('{}', given), 'content');
  const policy = draft({});
  assert.deepEqual([policy.stage, policy.policyId, policy.workspaceId, policy.version, policy.hash, policy.floor],
    ['draft', null, null, null, null, null]);
});

test('a draft needs no signature', () => {
  const {content, ...rest} = JSON.parse(fs.readFileSync(example, 'utf8'));
  const changed = JSON.stringify({...rest, content: {...content, 'x-changed': 1}});
  refused(() => Policy.parse(changed, given), 'hash');
  assert.equal(Policy.parse(changed, {draft: true}).policyId, rest.policy_id);
});

test('dates', () => {
  const bound = {binding: {workspace_id: 'w', sequence: 1, not_before: '2024-01-01T00:00:00Z', expires_at: '2025-01-01T00:00:00Z'}};
  const policy = draft(bound);
  const at = (time) => policy.decide({type: 'tool', toolName: 'x'}, {now: time}).rule;
  assert.equal(at(new Date('2023-12-31T23:59:59.999Z')), 'policy.not_yet_valid');
  assert.equal(at(new Date('2024-01-01T00:00:00Z')), null);
  assert.equal(at(Date.parse('2025-01-01T00:00:00Z') / 1000 - 0.001), null);
  assert.equal(at(Date.parse('2025-01-01T00:00:00Z') / 1000), 'policy.expired');
  assert.equal(policy.decide({type: 'tool', toolName: 'x'}).rule, 'policy.expired');
});

test('an older policy than one accepted before is refused', () => {
  const {floor} = Policy.load(example, given);
  assert.deepEqual({...floor}, {policyId: 'policy_xyz', policyVersion: '1', hash: floor.hash, sequence: null, bound: false, acceptedAt: now});
  assert.match(floor.hash, /^[0-9a-f]{64}$/);
  const stored = JSON.parse(JSON.stringify(floor));
  assert.deepEqual(Policy.load(example, {...given, floor: stored}).floor, floor);
  for (const nothing of [null, undefined]) assert.equal(Policy.load(example, {...given, floor: nothing}).stage, 'accepted');
  for (const newer of [{policyVersion: '2'}, {policyId: 'other'}, {hash: '0'.repeat(64)}, {sequence: '7'}, {sequence: '18446744073709551615'}])
    refused(() => Policy.load(example, {...given, floor: {...stored, ...newer}}), 'rollback');
  refused(() => Policy.load(example, {...given, floor: {...stored, bound: true}}), 'workspace');
  for (const broken of [{}, [], 1, 'x', {...stored, sequence: 7}, {...stored, sequence: '18446744073709551616'}, {...stored, sequence: '-1'},
    {...stored, sequence: undefined}, {...stored, bound: 0}, {...stored, acceptedAt: '1'}, {...stored, acceptedAt: 1.5}, {...stored, hash: null},
    {...stored, policyId: 'x'.repeat(129)}, {...stored, policyId: 'a\0b'}, {...stored, policyVersion: undefined}, {...stored, more: 1}])
    refused(() => Policy.load(example, {...given, floor: broken}), 'usage');
});

test('errors say where', (t) => {
  const root = folder(t, {'broken.json': '{\n  "tools": nul\n}\n', 'unknown.json': '{"tool": {}}'});
  const broken = refused(() => Policy.load(`${root}/broken.json`, {draft: true}), 'syntax');
  assert.deepEqual([broken.line, broken.column, broken.offset], [2, 12, 13]);
  assert.ok(broken.message.startsWith(`${root}/broken.json:2:12: `), broken.message);
  const unknown = refused(() => Policy.load(`${root}/unknown.json`, {draft: true}), 'unknown_key');
  assert.equal(unknown.line, 1);
  assert.equal(Policy.load(`${root}/unknown.json`, {draft: true, allowUnknownKeys: true}).stage, 'draft');
  assert.equal(unknown.name, 'SekuireError');
  const none = refused(() => Policy.load(example, {}), 'usage');
  assert.deepEqual([none.line, none.column, none.offset], [null, null, null]);
});

test('files that are none', (t) => {
  const root = folder(t, {'long.json': ' '.repeat((4 << 20) + 1)});
  refused(() => Policy.load(`${root}/absent.json`, {draft: true}), 'io');
  refused(() => Policy.load(root, {draft: true}), 'io');
  refused(() => Policy.load('/dev/null', {draft: true}), 'io');
  execFileSync('mkfifo', [`${root}/pipe`]);
  refused(() => Policy.load(`${root}/pipe`, {draft: true}), 'io');
  refused(() => Policy.load(`${root}/long.json`, {draft: true}), 'too_large');
  for (const name of [undefined, null, 1, '', 'a\0b', {}]) refused(() => Policy.load(name, {draft: true}), 'usage');
});

test('bytes of every kind', () => {
  const text = JSON.stringify({tools: {blocked_tools: ['münze']}});
  const encoded = new TextEncoder().encode(text);
  const shared = new Uint8Array(new SharedArrayBuffer(encoded.length));
  shared.set(encoded);
  for (const bytes of [text, encoded, Buffer.from(text), shared, new Uint8Array([0, ...encoded, 0]).subarray(1, -1)])
    assert.equal(Policy.parse(bytes, {draft: true}).decide({type: 'tool', toolName: 'münze'}).pattern, 'münze');
  for (const bytes of [undefined, null, 1, {}, [], new Uint16Array(2), new ArrayBuffer(2)])
    refused(() => Policy.parse(bytes, {draft: true}), 'usage');
  refused(() => Policy.parse('{"x-a":"\ud800"}', {draft: true}), 'utf8');
  refused(() => Policy.parse(Buffer.from([0x7b, 0xff]), {draft: true}), 'utf8');
  refused(() => Policy.parse(new Uint8Array(0), {draft: true}), 'syntax');
  refused(() => Policy.parse(new Uint8Array((4 << 20) + 1), {draft: true}), 'too_large');
});
