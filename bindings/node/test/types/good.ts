// SPDX-License-Identifier: Apache-2.0
import {ActionError, Policy, SekuireError, Session, libraryVersion} from 'sekuire';
import type {Action, Decision, ErrorCode, Finding, Floor, LoadOptions} from 'sekuire';

const options: LoadOptions = {workspace: 'w', trustedKeys: ['00'], floor: null, now: new Date()};
const policy: Policy = Policy.load('policy.json', options);
const drafted: Policy = Policy.parse(new Uint8Array(3), {draft: true, allowUnknownKeys: true});
const floor: Floor | null = policy.floor;
Policy.load(new URL('file:///policy.json'), {workspace: 'w', trustedKeys: '00', floor, draft: false});

const actions: Action[] = [
  {type: 'tool', toolName: 'x', id: 1, 'x-why': 'because'},
  {type: 'tool_execution', tool_name: 'x'},
  {type: 'network', domain: 'a.de', protocol: 'https'},
  {type: 'filesystem', path: '/x'},
  {type: 'model', model: 'gpt-4', provider: 'openai'},
  {type: 'api', service: 's', endpoint: 'e'},
  {type: 'rate_limit', limitType: 'token', count: 1n, window: 'hour'},
];
const session: Session = drafted.session();
for (const action of actions) {
  const decision: Decision = policy.decide(action, {now: 1.5, root: '/'});
  const allowed: boolean = session.allowed(action);
  const word: 'allow' | 'ask' | 'warn' | 'deny' = decision.decision;
  const rule: string | null = decision.rule;
  void [allowed, word, rule];
}
const findings: readonly Finding[] = policy.check('sekuire.yml', {now: 1});
try {
  session.decide({type: 'tool', toolName: 'x'});
} catch (error) {
  if (error instanceof ActionError) {
    const code: ErrorCode = error.code;
    const base: SekuireError = error;
    void [code, base.line];
  }
}
const version: string = libraryVersion;
void [findings, version];
