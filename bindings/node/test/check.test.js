// SPDX-License-Identifier: Apache-2.0
'use strict';
// Agents against a policy.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const test = require('node:test');
const {draft, folder, refused} = require('./support.js');

const policy = draft({agent: {models: {allowed_models: ['gpt-4']}}, tools: {blocked_tools: ['shell*']}});

const manifest = ({model = 'gpt-4', prompt = './prompt.md', tools = './tools.json', more = ''} = {}) =>
  `project:\n  name: a\n  version: 1.0.0\nidentity:\n  model: ${model}\n  system_prompt_path: ${prompt}\n  tools_path: ${tools}\n${more}`;

const files = (change, more) => ({
  'sekuire.yml': manifest(change), 'prompt.md': 'Be kind.\n', 'tools.json': '[{"name": "calculator"},\n {"name": "shell_exec"}]\n', ...more,
});

const shortly = (findings) => findings.map(({rule, severity, file, line, value}) => [rule, severity, file, line, value]);

test('findings say what, where and why', (t) => {
  const root = folder(t, files({model: 'gpt-9'}));
  const findings = policy.check(path.join(root, 'sekuire.yml'));
  assert.deepEqual(shortly(findings), [
    ['model.not_allowed', 'error', 'sekuire.yml', 5, 'gpt-9'],
    ['tool.blocked', 'error', './tools.json', 2, 'shell_exec'],
  ]);
  assert.equal(findings[1].message, 'Tool shell_exec is blocked');
  assert.equal(findings[1].policyPointer, '/tools/blocked_tools/0');
  assert.equal(findings[1].pointer, '/1/name');
  assert.ok(Object.isFrozen(findings) && findings.every(Object.isFrozen) && typeof findings[0].hint === 'string');
  assert.deepEqual(policy.check(pathToFileURL(path.join(root, 'sekuire.yml')), {now: 0}), findings);
  assert.deepEqual(draft({}).check(path.join(root, 'sekuire.yml')), []);
});

test('files outside the folder are findings', (t) => {
  const outside = folder(t, {'prompt.md': 'Be kind.\n', 'tools.json': '[]'});
  const root = folder(t, files({}, {}));
  const judge = (change) => {
    fs.writeFileSync(path.join(root, 'sekuire.yml'), manifest(change));
    return shortly(policy.check(path.join(root, 'sekuire.yml'))).filter(([rule]) => rule === 'manifest.path');
  };
  assert.deepEqual(judge({}), []);
  assert.deepEqual(judge({prompt: `${outside}/prompt.md`}), [['manifest.path', 'error', 'sekuire.yml', 6, `${outside}/prompt.md`]]);
  fs.symlinkSync(`${outside}/prompt.md`, path.join(root, 'linked.md'));
  fs.symlinkSync(`${outside}/tools.json`, path.join(root, 'linked.json'));
  assert.deepEqual(judge({prompt: 'linked.md'}), [['manifest.path', 'error', 'sekuire.yml', null, 'linked.md']]);
  assert.deepEqual(judge({tools: 'linked.json'}), [['manifest.path', 'error', 'sekuire.yml', null, 'linked.json']]);
});

test('further tools files', (t) => {
  const root = folder(t, files({more: 'agents:\n  one:\n    tools: more.json\n  two:\n    tools: absent.json\n  three:\n    tools: sub\n'},
    {'more.json': '[{"name": "shell_more"}]', 'sub/x': ''}));
  const findings = shortly(policy.check(path.join(root, 'sekuire.yml')));
  assert.ok(findings.some(([rule, , file, , value]) => rule === 'tool.blocked' && file === 'more.json' && value === 'shell_more'), String(findings));
  assert.deepEqual(findings.filter(([rule]) => rule === 'manifest.path').map(([, , , , value]) => value), ['absent.json', 'sub']);
});

test('agents that cannot be read', (t) => {
  const root = folder(t, files({}, {'broken.yml': 'a: [', 'absent.yml': manifest({prompt: 'absent.md'}), 'folder.yml': manifest({tools: '.'})}));
  refused(() => policy.check(path.join(root, 'none.yml')), 'io');
  refused(() => policy.check(root), 'io');
  const broken = refused(() => policy.check(path.join(root, 'broken.yml')), 'syntax');
  assert.ok(broken.line > 0 && broken.message.includes('broken.yml'), broken.message);
  refused(() => policy.check(path.join(root, 'absent.yml')), 'io');
  refused(() => policy.check(path.join(root, 'folder.yml')), 'io');
  for (const name of [undefined, '', 1, {}]) refused(() => policy.check(name), 'usage');
  refused(() => policy.check(path.join(root, 'sekuire.yml'), {no: 1}), 'usage');
});
