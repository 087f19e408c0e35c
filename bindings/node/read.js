// SPDX-License-Identifier: Apache-2.0
'use strict';
// What may be wrong with an action before the library sees it: docs/spec/wire.md, section 8. index.js reads the members on its hot path and
// comes here to say why an action is none, in the words of the library's own reader.

const NETWORK = 1, FILESYSTEM = 2, TOOL = 3, MODEL = 4, API = 5, RATE_LIMIT = 6; // enum sekuire_action_type

// One bit for each field.
const DOMAIN = 1, PROTOCOL = 2, PATH = 4, OPERATION = 8, TOOL_NAME = 16, TOOL_NAME_2 = 32, MODEL_NAME = 64, MODEL_NAME_2 = 128,
  PROVIDER = 256, SERVICE = 512, SERVICE_2 = 1024, ENDPOINT = 2048, LIMIT_TYPE = 4096, COUNT = 8192, WINDOW = 16384;

const TYPES = new Map([
  ['network', NETWORK], ['network_access', NETWORK], ['filesystem', FILESYSTEM], ['file_access', FILESYSTEM],
  ['tool', TOOL], ['tool_execution', TOOL], ['model', MODEL], ['model_call', MODEL], ['api', API], ['api_access', API],
  ['rate_limit', RATE_LIMIT], ['rate_limit_check', RATE_LIMIT],
]);

const FIELDS = new Map([
  ['domain', DOMAIN], ['protocol', PROTOCOL], ['path', PATH], ['operation', OPERATION], ['toolName', TOOL_NAME],
  ['tool_name', TOOL_NAME_2], ['model', MODEL_NAME], ['model_name', MODEL_NAME_2], ['provider', PROVIDER], ['service', SERVICE],
  ['service_name', SERVICE_2], ['endpoint', ENDPOINT], ['limitType', LIMIT_TYPE], ['count', COUNT], ['window', WINDOW],
]);

// Of each type, by its number: what must be there (in one of its spellings) and what may be.
const SHAPES = [
  null,
  {required: [[DOMAIN, 'domain']], optional: PROTOCOL},
  {required: [[PATH, 'path']], optional: OPERATION},
  {required: [[TOOL_NAME | TOOL_NAME_2, 'toolName']], optional: 0},
  {required: [[MODEL_NAME | MODEL_NAME_2, 'model']], optional: PROVIDER},
  {required: [[SERVICE | SERVICE_2, 'service']], optional: ENDPOINT},
  {required: [[LIMIT_TYPE, 'limitType'], [COUNT, 'count']], optional: WINDOW},
];

function nameOfKind(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === undefined) return 'undefined (leave the field out)';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

// [code, message] of what is wrong with an action; keys and type as they were read, values not at all. Always finds something: what it does
// not know is refused as well.
function whatIsWrong(action, keys, type) {
  if (typeof action !== 'object' || action === null || Array.isArray(action))
    return ['type', `an action must be an object, not ${nameOfKind(action)}`];
  if (!keys.includes('type')) return ['missing_field', 'the action has no "type"'];
  if (typeof type !== 'string') return ['type', `"type" must be a string, not ${nameOfKind(type)}`];
  const kind = TYPES.get(type);
  if (kind === undefined) return ['content', `there is no type of action ${quote(type)}`];
  const shape = SHAPES[kind];
  let seen = 0;
  for (const key of keys) {
    if (key === 'type' || key === 'id' || key.startsWith('x-')) continue;
    const bit = FIELDS.get(key) ?? 0;
    const group = shape.required.find(([bits]) => (bits & bit) !== 0)?.[0] ?? (shape.optional & bit);
    if (group === 0) return ['unknown_key', `${quote(key)} is no field of this type of action`];
    if ((seen & group) !== 0) return ['duplicate_key', `${quote(key)} is the other spelling of a field that is here already`];
    seen |= group;
  }
  for (const [bits, name] of shape.required)
    if ((seen & bits) === 0) return ['missing_field', `the action has no "${name}"`];
  return ['content', 'the action is none'];
}

// A foreign string in a message: one line, short, control characters escaped.
function quote(text) {
  const short = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return JSON.stringify(short).replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Surrogate}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

module.exports = {
  NETWORK, FILESYSTEM, TOOL, MODEL, API, RATE_LIMIT, DOMAIN, PROTOCOL, PATH, OPERATION, TOOL_NAME, TOOL_NAME_2, MODEL_NAME, MODEL_NAME_2,
  PROVIDER, SERVICE, SERVICE_2, ENDPOINT, LIMIT_TYPE, COUNT, WINDOW, whatIsWrong, nameOfKind, quote,
};
