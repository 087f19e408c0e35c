// SPDX-License-Identifier: Apache-2.0
import {Policy} from 'sekuire';

const policy = Policy.load('p', {draft: true});
Policy.load('p'); // refused
Policy.load('p', {workspace: 'w'}); // refused
Policy.load('p', {draft: true, flor: null}); // refused
new Policy(); // refused
policy.decide({type: 'tool'}); // refused
policy.decide({type: 'tools', toolName: 'x'}); // refused
policy.decide({type: 'rate_limit', limitType: 'token', count: '1'}); // refused
policy.decide({type: 'network', domain: 'x', port: 1}); // refused
policy.decide({type: 'tool', toolName: 'x'}).decision = 'allow'; // refused
policy.session().check('x'); // refused
