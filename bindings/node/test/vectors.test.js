// SPDX-License-Identifier: Apache-2.0
'use strict';
// Every decision of tests/vectors, as the library's own tests have them.

const assert = require('node:assert/strict');
const test = require('node:test');
const {ActionError, SekuireError} = require('../index.js');
const {draft, keepIntegers, readVectors} = require('./support.js');

const NOW = 1700000000;
// What only JSON text can have wrong, and a JavaScript value cannot.
const TEXT_ONLY = new Set(['syntax', 'utf8', 'too_deep', 'too_large']);

// An action from its text, undefined where that is no JSON. Integers that a number would not keep become BigInts.
function actionOf(item) {
  const text = item.action_text === undefined ? JSON.stringify(item.action) : keepIntegers(item.action_text);
  try {
    return JSON.parse(text, (_, value) => (typeof value === 'string' && value.startsWith('@integer ') ? BigInt(value.slice(9)) : value));
  } catch {
    return undefined;
  }
}

// Does the text say something that is lost when it becomes a value? The same key twice, or an integer written as no integer.
function losesSomething(item) {
  return item.action_text !== undefined && (/"count"\s*:\s*(-0|[0-9]+\.0*|[0-9.]+[eE][+-]?[0-9]+)\s*[,}]/.test(item.action_text) ||
    (item.expected.error === 'duplicate_key' && !/_name/.test(item.action_text)));
}

// Is it a relative path that the case names no root for, and nothing else is wrong with?
function isRelative({action, root, expected}) {
  return expected.error === 'content' && root === undefined && /^(?![~/])[^\\\0-\x1f\x7f]+$/.test(action?.path ?? '');
}

function outcome(item, policies) {
  const content = typeof item.policy === 'string' ? policies[item.policy] : item.policy;
  const action = actionOf(item);
  if (action === undefined) return {error: 'no JSON'};
  if (item.override) process.env.SEKUIRE_POLICY_DEV_OVERRIDE = 'true';
  try {
    const policy = draft(content, {allowUnknownKeys: item.allow_unknown_keys ?? false});
    const options = {now: item.now ?? NOW, root: item.root ?? '/'};
    const decision = policy.decide(action, options);
    assert.equal(policy.allowed(action, options), decision.decision === 'allow');
    if (!/^rate/.test(action.type)) assert.deepEqual(policy.session().decide(action, options), decision); // those count both windows there
    return decision;
  } catch (error) {
    if (!(error instanceof SekuireError)) throw error;
    return {error: error.code, ofAction: error instanceof ActionError};
  } finally {
    delete process.env.SEKUIRE_POLICY_DEV_OVERRIDE;
  }
}

test('every case of decide.json', () => {
  const {policies, cases} = readVectors('decide.json');
  let lost = 0;
  for (const item of cases) {
    const got = outcome(item, policies);
    const {expected} = item;
    if (item.conformance) assert.ok(got.error !== undefined, item.name); // fields of that protocol alone
    else if (losesSomething(item)) lost++;
    else if (isRelative(item)) assert.equal(got.error, undefined, item.name); // there is always a root here
    else if (expected.error === undefined)
      assert.deepEqual({...got}, {rule: null, message: '', pattern: null, pointer: null, overridden: got.decision === 'warn', ...expected}, item.name);
    else if (TEXT_ONLY.has(expected.error)) assert.ok(got.error === 'no JSON' || got.error === 'content', `${item.name}: ${got.error}`);
    else assert.equal(got.error, expected.error, item.name);
  }
  assert.ok(cases.length - lost > 300 && lost < 10, `${cases.length} cases, ${lost} of them no JavaScript`);
});

test('every case of policy-enforcement.json', () => {
  const {policy, vectors} = readVectors('policy-enforcement.json');
  const engine = draft(policy.content);
  for (const {name, action, expected} of vectors) {
    const decision = engine.decide(action);
    assert.equal(decision.decision, expected.decision, name);
    if (expected.decision === 'deny') assert.equal(decision.rule, expected.rule ?? decision.rule, name);
  }
  assert.ok(vectors.length > 0);
});
