// SPDX-License-Identifier: Apache-2.0
'use strict';
// What a call costs: node bench.js [CALLS]. The median of five rounds, in ns, with the price of the loop in it.

const {Policy} = require('./index.js');

const calls = Number(process.argv[2] ?? 1000000);
const names = Array.from({length: 10000}, (_, i) => `tool_${i}`);
const policy = Policy.parse(JSON.stringify({
  tools: {allowed_tools: ['x', ...names], blocked_tools: ['shell_exec']},
  permissions: {
    network: {enabled: true, allowed_domains: ['*.example.com']},
    filesystem: {enabled: true, allowed_paths: ['/tmp/*'], allowed_extensions: ['.txt']},
  },
}), {draft: true});
const session = policy.session();

const cases = {
  'tool, allowed': () => policy.decide({type: 'tool', toolName: 'x'}),
  'tool, allowed()': () => policy.allowed({type: 'tool', toolName: 'x'}),
  'tool, allowed, in a session': () => session.decide({type: 'tool', toolName: 'x'}),
  'tool, blocked': () => policy.decide({type: 'tool', toolName: 'shell_exec'}),
  'tool, not allowed, allowed()': () => policy.allowed({type: 'tool', toolName: 'y'}),
  'host, allowed': () => policy.decide({type: 'network', domain: 'api.example.com', protocol: 'https'}),
  'host, not allowed': () => policy.decide({type: 'network', domain: 'evil.example.org', protocol: 'https'}),
  'rate limit, in a session': () => session.decide({type: 'rate_limit', limitType: 'request', count: 1}),
  'path, allowed': () => policy.decide({type: 'filesystem', path: '/tmp/a/b.txt', operation: 'read'}),
};

let sink;
for (const [name, call] of Object.entries(cases)) {
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) sink = call();
    rounds.push(Number(process.hrtime.bigint() - start) / calls);
  }
  rounds.sort((a, b) => a - b);
  console.log(`${name.padEnd(30)} ${rounds[2].toFixed(0).padStart(6)} ns`);
}
module.exports = sink;
