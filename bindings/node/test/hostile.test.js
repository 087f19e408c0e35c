// SPDX-License-Identifier: Apache-2.0
'use strict';
// Arguments of every kind, garbage, threads: nothing may crash, leak or be taken for an allow.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const v8 = require('node:v8');
const vm = require('node:vm');
const {Worker} = require('node:worker_threads');
const {Policy, SekuireError} = require('../index.js');
const native = require('../load.js');
const {draft} = require('./support.js');

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

class Planted extends Error {}

// Mulberry32: the same run every time.
function randomiser(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const strings = ['', 'tool', 'network', 'filesystem', 'model', 'api', 'rate_limit', 'x', 'request', 'minute', '/a', 'a.de', 'ü.de', '\0', '\ud800',
  '\ufffd', 'x'.repeat(5000), '*', '__proto__', 'toolName', '\u{1f600}'.repeat(1500)];
const others = [undefined, null, true, false, 0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 2 ** 64, 1e308, 0n, -1n, 2n ** 64n, 2n ** 4000n,
  Symbol('s'), () => 0, class {}, new Date(NaN), new Date(0), /x/, new Map(), [], [1], new Uint8Array(3), new ArrayBuffer(8), new DataView(new ArrayBuffer(8)),
  new String('tool'), new Proxy({}, {ownKeys: () => { throw new Planted(); }}), new Proxy({type: 'tool', toolName: 'x'}, {}), revoked.proxy,
  {toString: () => { throw new Planted(); }}, {get type() { throw new Planted(); }}, {[Symbol.toPrimitive]: () => 1}, Object.create(null)];
const names = ['type', 'toolName', 'tool_name', 'domain', 'protocol', 'path', 'operation', 'model', 'provider', 'service', 'endpoint', 'limitType',
  'count', 'window', 'id', 'x-a', '__proto__', 'constructor', 'now', 'root', 'workspace', 'trustedKeys', 'draft', 'allowUnknownKeys', 'floor',
  'policyId', 'sequence'];

function fuzzer(seed) {
  const random = randomiser(seed);
  const value = (depth) => {
    switch (random(depth > 2 ? 2 : 4)) {
      case 0: return strings[random(strings.length)];
      case 1: return others[random(others.length)];
      default: {
        const object = random(8) === 0 ? [] : {};
        for (let i = random(5); i > 0; i--)
          Object.defineProperty(object, names[random(names.length)], {value: value(depth + 1), enumerable: true, configurable: true, writable: true});
        return object;
      }
    }
  };
  return {random, value: () => value(0)};
}

// What a call may throw: our errors, what was planted, and what a revoked proxy says.
function attempt(call) {
  try {
    return call();
  } catch (error) {
    if (error instanceof SekuireError || error instanceof Planted || /revoked/.test(error.message)) return undefined;
    throw error;
  }
}

test('arguments of every kind', () => {
  const blocked = draft({
    tools: {blocked_tools: ['*']}, agent: {models: {blocked_models: ['*']}},
    rate_limits: {per_agent: {requests_per_minute: 0, requests_per_hour: 0, tokens_per_minute: 0, tokens_per_hour: 0}},
  });
  const session = blocked.session();
  const {random, value} = fuzzer(1);
  let decided = 0;
  for (let i = 0; i < 40000; i++) {
    const decider = random(2) === 0 ? blocked : session;
    const args = Array.from({length: random(3)}, value);
    const decision = attempt(() => decider.decide(...args));
    if (decision !== undefined && decision.decision !== 'deny') assert.equal(args[0].type, 'rate_limit');
    if (decision !== undefined) decided++;
    attempt(() => decider.allowed(...args));
  }
  assert.ok(decided > 0);
  for (let i = 0; i < 5000; i++) {
    const args = Array.from({length: 1 + random(2)}, value);
    attempt(() => Policy.parse(...args));
    attempt(() => Policy.load(...args));
    attempt(() => blocked.check(...args));
  }
});

test('the addon by itself', () => {
  const opened = native.load({bytes: Buffer.from('{}'), draft: true, allowUnknownKeys: false, now: 0});
  const functions = [opened.ask, native.session(opened.ask), ...Object.values(native)];
  const {random, value} = fuzzer(2);
  for (let i = 0; i < 40000; i++) {
    const args = Array.from({length: random(8)}, () => (random(8) === 0 ? functions[random(functions.length)] : random(8) === 0 ? random(8) : value()));
    try {
      functions[random(functions.length)](...args);
    } catch (error) {
      assert.ok(error instanceof Error);
    }
  }
});

test('ten thousand policies are freed', async () => {
  const content = JSON.stringify({tools: {blocked_tools: Array.from({length: 50}, (_, i) => `tool_${i}`)}});
  const settle = async () => {
    for (let i = 0; i < 3; i++) {
      collect();
      await new Promise(setImmediate);
    }
  };
  const open = () => {
    const policy = Policy.parse(content, {draft: true});
    assert.equal(policy.decide({type: 'tool', toolName: 'tool_7'}).decision, 'deny');
    return [policy, policy.session()];
  };
  open();
  await settle();
  const before = process.memoryUsage();
  let survivor;
  for (let i = 0; i < 10000; i++) {
    [, survivor] = open();
    if (i % 500 === 499) await settle();
  }
  await settle();
  const after = process.memoryUsage();
  assert.ok(after.external - before.external < 1 << 20, `external: ${before.external} -> ${after.external}`);
  assert.ok(after.rss - before.rss < 100 << 20, `rss: ${before.rss} -> ${after.rss}`);
  assert.equal(survivor.decide({type: 'tool', toolName: 'tool_7'}).message, 'Tool tool_7 is blocked'); // its policy went out of sight
});

const work = `
  const {parentPort, workerData} = require('node:worker_threads');
  const {Policy} = require(workerData.module);
  const policy = Policy.parse(workerData.content, {draft: true});
  const session = policy.session();
  let denied = 0;
  for (let i = 0; i < workerData.calls; i++) {
    if (policy.decide({type: 'tool', toolName: 'tool_' + (i % 100)}).decision === 'deny') denied++;
    session.decide({type: 'rate_limit', limitType: 'request', count: 1});
    if (i === 10) parentPort.postMessage('busy');
  }
  parentPort.postMessage(denied);
`;

test('worker threads', async () => {
  const content = JSON.stringify({tools: {blocked_tools: Array.from({length: 50}, (_, i) => `tool_${i}`)}});
  const start = (calls) => new Worker(work, {eval: true, workerData: {module: path.join(__dirname, '..', 'index.js'), content, calls}});
  const answers = await Promise.all([1, 2, 3, 4].map(() => new Promise((resolve, reject) => {
    const worker = start(20000);
    worker.on('message', (message) => { if (message !== 'busy') resolve(message); });
    worker.on('error', reject);
  })));
  assert.deepEqual(answers, [10000, 10000, 10000, 10000]);
  for (let i = 0; i < 5; i++) { // and one that is ended in the middle
    const worker = start(1e9);
    await new Promise((resolve) => worker.once('message', resolve));
    assert.equal(await worker.terminate(), 1);
  }
  assert.equal(draft({}).decide({type: 'tool', toolName: 'x'}).decision, 'allow');
});
