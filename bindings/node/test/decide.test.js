// SPDX-License-Identifier: Apache-2.0
'use strict';
// Decisions, sessions, override mode.

const assert = require('node:assert/strict');
const test = require('node:test');
const {ActionError, Policy, SekuireError, Session} = require('../index.js');
const {draft, refused} = require('./support.js');

const tools = draft({tools: {allowed_tools: ['calculator', 'web*'], blocked_tools: ['web_admin', 'rm*']}});
const tool = (toolName) => ({type: 'tool', toolName});

test('a decision is frozen and whole', () => {
  const decision = tools.decide(tool('rm_all'));
  assert.deepEqual({...decision}, {
    decision: 'deny', rule: 'tool.blocked', message: 'Tool rm_all is blocked', pattern: 'rm*', pointer: '/tools/blocked_tools/1', overridden: false,
  });
  assert.ok(Object.isFrozen(decision) && Object.isFrozen(tools.decide(tool('calculator'))));
  assert.deepEqual({...tools.decide(tool('calculator'))},
    {decision: 'allow', rule: null, message: '', pattern: null, pointer: null, overridden: false});
});

test('each action gets its own message', () => {
  for (let round = 0; round < 3; round++)
    for (const name of ['rm_a', 'rm_b', 'rm_a', 'other', 'another', 'web_admin', 'rm_a'])
      assert.ok(tools.decide(tool(name)).message.startsWith(`Tool ${name} is `), name);
  const files = draft({permissions: {filesystem: {enabled: true, blocked_paths: ['*']}}});
  const message = (root) => files.decide({type: 'filesystem', path: 'a'}, {root}).message;
  assert.deepEqual([message('/x'), message('/y'), message('/x')], ['Path /x/a is blocked', 'Path /y/a is blocked', 'Path /x/a is blocked']);
  assert.equal(files.decide({type: 'filesystem', path: 'a'}).message, `Path ${process.cwd()}/a is blocked`);
  assert.equal(files.decide({type: 'filesystem', path: '/p'}).message, 'Path /p is blocked');
  const api = draft({permissions: {api: {enabled: true, allowed_services: [{service_name: 's', endpoints: ['a']}]}}});
  const endpoint = (name) => api.decide({type: 'api', service: 's', endpoint: name}).message;
  assert.deepEqual([endpoint('x'), endpoint('y')],
    ['Endpoint x of service s is not in the allowlist', 'Endpoint y of service s is not in the allowlist']);
  const models = draft({agent: {models: {blocked_models: ['m'], blocked_providers: ['openai', 'm']}}});
  assert.equal(models.decide({type: 'model', model: 'm'}).rule, 'model.blocked');
  assert.equal(models.decide({type: 'model', model: 'gpt-4'}).message, 'Provider openai is blocked');
  assert.equal(models.decide({type: 'model', model: 'x', provider: 'M'}).message, 'Provider M is blocked');
});

test('more outcomes than are remembered', () => {
  const names = Array.from({length: 2000}, (_, i) => `tool_${i}`);
  const policy = draft({tools: {blocked_tools: names}});
  for (let round = 0; round < 2; round++)
    names.forEach((name, i) => {
      const {pattern, pointer, message} = policy.decide(tool(name));
      assert.deepEqual([pattern, pointer, message], [name, `/tools/blocked_tools/${i}`, `Tool ${name} is blocked`]);
    });
});

test('allowed is an allow alone', () => {
  assert.equal(tools.allowed(tool('calculator')), true);
  assert.equal(tools.allowed(tool('rm_all')), false);
  const approval = draft({agent: {capabilities: {require_tool_approval: true}}});
  assert.equal(approval.decide(tool('x')).decision, 'ask');
  assert.equal(approval.allowed(tool('x')), false);
  assert.throws(() => tools.allowed({type: 'tool'}), ActionError);
});

test('hosts of every script', () => {
  const policy = draft({permissions: {network: {enabled: true, allowed_domains: ['*.münchen.de', '10.0.0.1']}}});
  for (const domain of ['münchen.de', 'MÜNCHEN.de.', 'xn--mnchen-3ya.de', 'www.mu\u0308nchen.de', '10.0.0.1', '::ffff:10.0.0.1'])
    assert.equal(policy.decide({type: 'network', domain}).decision, 'allow', domain);
  assert.equal(policy.decide({type: 'network', domain: 'köln.de'}).message, 'Domain xn--kln-sna.de is not in the allowlist');
  for (const domain of ['mün chen.de', 'münchen..de', '127.1', `${'ü'.repeat(70)}.de`, 'ü'.repeat(4000), '', 'http://a.de', '\u{1f600}\u0001'])
    assert.throws(() => policy.decide({type: 'network', domain}), (error) => error instanceof ActionError && error.code === 'content', domain);
});

test('strings are text of at most 4096 bytes', () => {
  const policy = draft({tools: {blocked_tools: ['*']}});
  const denied = (name) => assert.equal(policy.decide(tool(name)).decision, 'deny');
  const malformed = (name) => assert.equal(refused(() => policy.decide(tool(name)), 'content').name, 'ActionError');
  denied('x'.repeat(4096));
  denied('ü'.repeat(2048));
  denied('\u{1f600}'.repeat(1024));
  denied('\ufffd');
  denied(`\ufffd${'x'.repeat(4000)}\u{1f600}\ufffd`);
  for (const name of ['', 'x'.repeat(4097), 'ü'.repeat(2049), `x${'\u{1f600}'.repeat(1024)}`, `${'x'.repeat(4095)}ü`, '\u20ac'.repeat(1366),
    'x'.repeat(1 << 20), 'a\0', '\n', '\x7f', '\ud800', 'a\udc00b', '\ufffd\ud83d', '\ude00\ud83d', `${'\ufffd'.repeat(1300)}\udfff`])
    malformed(name);
});

test('what is no action throws and says why', () => {
  const cases = [
    [undefined, 'type'], [null, 'type'], ['tool', 'type'], [[], 'type'], [() => 0, 'type'], [{}, 'missing_field'], [new Map(), 'missing_field'],
    [{type: 1}, 'type'], [{type: undefined}, 'type'], [{type: new String('tool'), toolName: 'x'}, 'type'], [{type: 'tools', toolName: 'x'}, 'content'],
    [{type: 'Tool', toolName: 'x'}, 'content'], [{type: 'toString'}, 'content'], [{type: '__proto__'}, 'content'],
    [{type: 'tool'}, 'missing_field'], [{type: 'tool', toolName: undefined}, 'type'], [{type: 'tool', toolName: null}, 'type'],
    [{type: 'tool', toolName: new String('x')}, 'type'], [{type: 'tool', toolName: ['x']}, 'type'],
    [{type: 'tool', toolName: 'x', tool_name: 'x'}, 'duplicate_key'], [{type: 'tool', toolName: 'x', tool: 'x'}, 'unknown_key'],
    [{type: 'tool', toolName: 'x', model: 'x'}, 'unknown_key'], [{toolName: 'x', later: 1, type: 'tool'}, 'unknown_key'],
    [{type: 'tool', toolName: 'x', root: '/'}, 'unknown_key'], [JSON.parse('{"type":"tool","toolName":"x","__proto__":{}}'), 'unknown_key'],
    [{type: 'network', domain: 'a', protocol: undefined}, 'type'], [{type: 'network', domain: 'a', protocol: ''}, 'content'],
    [{type: 'api', service: 's', endpoint: undefined}, 'type'], [{type: 'api', service: 's', endpoint: 'x'.repeat(5000)}, 'content'],
    [{type: 'api', service: 's', endpoint: '\ud800'}, 'content'], [{type: 'filesystem', path: '~/x'}, 'content'], [{type: 'filesystem', path: ''}, 'content'],
    [{type: 'filesystem', path: 'a\\b'}, 'content'], [{type: 'rate_limit', limitType: 'request'}, 'missing_field'],
    [{type: 'rate_limit', limitType: 'byte', count: 1}, 'content'], [{type: 'rate_limit', limitType: 'token', count: 1, window: 'day'}, 'content'],
    [Object.create({type: 'tool', toolName: 'x'}), 'missing_field'], [Object.assign(Object.create({toolName: 'x'}), {type: 'tool'}), 'missing_field'],
  ];
  for (const [action, code] of cases)
    for (const decider of [tools, tools.session()]) {
      assert.ok(refused(() => decider.decide(action), code) instanceof ActionError);
      assert.ok(refused(() => decider.allowed(action), code) instanceof ActionError);
    }
  const error = refused(() => tools.decide({type: 'tool', ['a\u202e\u001b\n'.repeat(99)]: 1}), 'unknown_key');
  assert.match(error.message, /^[ -~]{1,600}$/);
});

test('comments and ids are no fields', () => {
  const marked = {type: 'tool', toolName: 'x', id: Symbol('any'), 'x-why': undefined, [Symbol('s')]: 1};
  assert.equal(tools.decide(marked).rule, 'tool.not_allowed');
  assert.equal(tools.decide(Object.assign(Object.create(null), tool('calculator'))).decision, 'allow');
  assert.equal(tools.decide(Object.assign(Object.create({inherited: 1}), tool('calculator'))).decision, 'allow');
});

test('a member is read once', () => {
  let reads = 0;
  const sly = {type: 'tool', get toolName() { return reads++ === 0 ? 'rm_all' : 'calculator'; }};
  const decision = tools.decide(sly);
  assert.deepEqual([decision.decision, decision.message, reads], ['deny', 'Tool rm_all is blocked', 1]);
  const nested = {type: 'tool', get toolName() { tools.decide(tool('calculator')); return 'rm_b'; }};
  assert.equal(tools.decide(nested).message, 'Tool rm_b is blocked');
});

test('counts are exact', () => {
  const policy = draft({rate_limits: {per_agent: {requests_per_minute: 5, tokens_per_hour: Number.MAX_SAFE_INTEGER}}});
  const ask = (count, limitType = 'request', window = 'minute') => policy.decide({type: 'rate_limit', limitType, count, window}).decision;
  assert.deepEqual([ask(0), ask(5), ask(5n), ask(6), ask(6n), ask(2n ** 64n - 1n)], ['allow', 'allow', 'allow', 'deny', 'deny', 'deny']);
  assert.equal(ask(2 ** 53 - 1, 'token', 'hour'), 'allow');
  assert.equal(ask(2n ** 53n, 'token', 'hour'), 'deny');
  for (const count of [-1, 1.5, NaN, Infinity, 2 ** 53, 2 ** 64, -1n, 2n ** 64n]) refused(() => ask(count), 'number');
  for (const count of ['1', null, undefined, true, {}, [1], {valueOf: () => 1}]) refused(() => ask(count), 'type');
});

test('options of decide', () => {
  const path = {type: 'filesystem', path: 'a'};
  for (const options of [null, 1, 'x', [], {nwo: 1}, {now: 'x'}, {now: NaN}, {now: 1n}, {now: null}, {now: new Date(NaN)}, {now: 2 ** 60}])
    assert.equal(refused(() => tools.decide(tool('x'), options), 'usage') instanceof ActionError, false);
  for (const root of ['', 'relative', 1, null, '/x'.repeat(4096)]) refused(() => tools.decide(path, {root}), 'usage');
  assert.equal(tools.decide(tool('calculator'), {}).decision, 'allow');
});

test('a session counts what it allows', () => {
  const policy = draft({rate_limits: {per_agent: {requests_per_minute: 3, tokens_per_hour: 100}}});
  const session = policy.session();
  assert.ok(session instanceof Session);
  const use = (limitType, count, now) => session.decide({type: 'rate_limit', limitType, count}, {now}).decision;
  assert.deepEqual([1, 1, 1, 1].map((count) => use('request', count, 1000)), ['allow', 'allow', 'allow', 'deny']);
  assert.equal(use('request', 1, 900), 'deny'); // a clock that steps back frees nothing
  assert.equal(use('request', 1, 1060), 'deny');
  assert.equal(use('request', 1, 1061), 'allow');
  assert.deepEqual([use('token', 60n, 1061), use('token', 41, 1061), use('token', 40, 1061)], ['allow', 'deny', 'allow']);
  assert.equal(session.allowed({type: 'rate_limit', limitType: 'token', count: 1}, {now: 1062}), false);
  assert.equal(session.allowed({type: 'rate_limit', limitType: 'request', count: 2}, {now: 1062}), true);
  assert.equal(session.allowed({type: 'rate_limit', limitType: 'request', count: 1}, {now: 1062}), false);
  assert.equal(session.decide({type: 'rate_limit', limitType: 'request', count: 1}, {now: 1062}).message, 'Rate limit for request exceeded');
  assert.equal(policy.session().allowed({type: 'rate_limit', limitType: 'request', count: 3}, {now: 1062}), true); // another agent
});

test('counts go on under a new policy', () => {
  const request = (count) => ({type: 'rate_limit', limitType: 'request', count});
  const limits = (count) => draft({rate_limits: {per_agent: {requests_per_minute: count}}});
  const old = limits(3).session();
  assert.equal(old.allowed(request(2), {now: 10}), true);
  const session = limits(4).session(old);
  assert.deepEqual([session.allowed(request(3), {now: 10}), session.allowed(request(2), {now: 10})], [false, true]);
  assert.equal(old.allowed(request(1), {now: 10}), false);
  for (const previous of [null, 1, 'x', {}, tools, Object.create(Session.prototype)]) refused(() => tools.session(previous), 'usage');
});

test('override mode', async () => {
  const warnings = [];
  const listen = (warning) => warnings.push(warning);
  process.on('warning', listen);
  const dated = draft({binding: {workspace_id: 'w', sequence: 1, expires_at: '2020-01-01T00:00:00Z'}});
  const approval = draft({agent: {capabilities: {require_tool_approval: true}}});
  const before = tools.decide(tool('rm_all'));
  try {
    for (const value of ['1', 'TRUE', 'yes', '']) {
      process.env.SEKUIRE_POLICY_DEV_OVERRIDE = value;
      assert.equal(tools.decide(tool('rm_all')).decision, 'deny', value);
    }
    process.env.SEKUIRE_POLICY_DEV_OVERRIDE = 'true';
    for (const decider of [tools, tools.session()]) {
      const decision = decider.decide(tool('rm_all'));
      assert.deepEqual({...decision}, {...before, decision: 'warn', overridden: true});
      assert.ok(Object.isFrozen(decision));
      assert.equal(decider.allowed(tool('rm_all')), false);
    }
    assert.equal(tools.decide(tool('calculator')).overridden, false);
    assert.equal(dated.decide(tool('x')).decision, 'deny');
    assert.equal(dated.allowed(tool('x')), false);
    assert.equal(approval.decide(tool('x')).decision, 'ask');
    assert.equal(approval.allowed(tool('x')), false);
    assert.throws(() => tools.decide({type: 'tool'}), ActionError);
  } finally {
    delete process.env.SEKUIRE_POLICY_DEV_OVERRIDE;
  }
  assert.deepEqual({...tools.decide(tool('rm_all'))}, {...before});
  await new Promise(setImmediate);
  process.off('warning', listen);
  assert.deepEqual(warnings.map((warning) => [warning.name, warning.code]), [['SekuireWarning', 'SEKUIRE_POLICY_DEV_OVERRIDE']]);
});

test('objects come from where they come from', () => {
  refused(() => new Policy(), 'usage');
  refused(() => new Session(), 'usage');
  for (const thing of [undefined, {}, tools.session(), Object.create(Policy.prototype)])
    assert.throws(() => Policy.prototype.decide.call(thing, tool('x')), TypeError);
  assert.ok(new SekuireError('m', 'io') instanceof Error);
});
