// SPDX-License-Identifier: Apache-2.0
'use strict';
// Policies for agents, decided in this process by libsekuire. The contracts are in index.d.ts, the reasons in README.md.

const fs = require('node:fs');
const path = require('node:path');
const {fileURLToPath} = require('node:url');
const native = require('./load.js');
const {
  NETWORK, FILESYSTEM, TOOL, MODEL, API, RATE_LIMIT, DOMAIN, PROTOCOL, PATH, OPERATION, TOOL_NAME, TOOL_NAME_2, MODEL_NAME, MODEL_NAME_2,
  PROVIDER, SERVICE, SERVICE_2, ENDPOINT, LIMIT_TYPE, COUNT, WINDOW, whatIsWrong, nameOfKind, quote,
} = require('./read.js');

const TEXT_MAX = 4096; // bytes in one string of an action, so characters too
const POLICY_MAX = 4 << 20; // these four as in the command line
const MANIFEST_MAX = 1 << 20;
const PROMPT_MAX = 4 << 20;
const TOOLS_MAX = 4 << 20;
const TOOLS_FILES_MAX = 256;
const KEYS_MAX = 64;
const DENY = 0, ALLOW = 3; // enum sekuire_verdict
const WORDS = ['deny', 'ask', 'warn', 'allow'];
const OVERRIDE = 'SEKUIRE_POLICY_DEV_OVERRIDE';

const hasOwn = Function.prototype.call.bind(Object.prototype.hasOwnProperty);

class SekuireError extends Error {
  constructor(message, code, line = null, column = null, offset = null, options = undefined) {
    super(message, options);
    this.code = code;
    this.line = line;
    this.column = column;
    this.offset = offset;
  }
  static {
    Object.defineProperty(this.prototype, 'name', {value: 'SekuireError', writable: true, configurable: true});
  }
}

class ActionError extends SekuireError {
  static {
    Object.defineProperty(this.prototype, 'name', {value: 'ActionError', writable: true, configurable: true});
  }
}

native.setErrors(SekuireError, ActionError);

function usage(message) {
  return new SekuireError(message, 'usage');
}

// The place and the file in front of what the library said of a file.
function blame(error, file) {
  if (!(error instanceof SekuireError) || error.code === 'memory') return error;
  const place = error.line === null ? '' : `:${error.line}:${error.column}`;
  return new SekuireError(`${file}${place}: ${error.message}`, error.code, error.line, error.column, error.offset);
}

// Options are read with care: one that is misspelt might switch a check off.
function checkOptions(options, known) {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw usage(`options must be an object, not ${nameOfKind(options)}`);
  for (const key of Object.keys(options))
    if (!known.includes(key)) throw usage(`there is no option ${quote(key)}: ${known.join(', ')}`);
  return options;
}

function readNow(now) {
  const seconds = now instanceof Date ? now.getTime() / 1000 : now;
  if (typeof seconds !== 'number' || !(Math.abs(seconds) <= Number.MAX_SAFE_INTEGER))
    throw usage('now must be a Date, or Unix time in seconds');
  return Math.floor(seconds);
}

function currentTime() {
  return Math.floor(Date.now() / 1000);
}

function readBoolean(value, name) {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw usage(`${name} must be true or false, not ${nameOfKind(value)}`);
  return value;
}

function readString(value, name) {
  if (typeof value !== 'string') throw usage(`${name} must be a string, not ${nameOfKind(value)}`);
  return value;
}

function readKeys(keys) {
  const list = typeof keys === 'string' ? [keys] : keys;
  if (!Array.isArray(list) || list.length === 0 || list.length > KEYS_MAX)
    throw usage(`trustedKeys must be public keys, 1 to ${KEYS_MAX}, as 64 hex digits each`);
  return Array.from(list, (key) => readString(key, 'a trusted key'));
}

const FLOOR_MEMBERS = ['policyId', 'policyVersion', 'hash', 'sequence', 'bound', 'acceptedAt'];

// A floor of policy.floor, perhaps from a JSON file since then. Whatever is no floor is refused: it must not pass for "nothing accepted yet".
function readFloor(floor) {
  if (floor === undefined || floor === null) return undefined;
  if (typeof floor !== 'object' || Array.isArray(floor)) throw usage(`floor must be an object, not ${nameOfKind(floor)}`);
  for (const key of Object.keys(floor)) if (!FLOOR_MEMBERS.includes(key)) throw usage(`floor has no member ${quote(key)}`);
  const {policyId, policyVersion, hash, sequence, bound, acceptedAt} = floor;
  const digits = typeof sequence === 'string' && /^[0-9]{1,20}$/.test(sequence) ? BigInt(sequence) : null;
  if (sequence !== null && (digits === null || digits > 0xffffffffffffffffn))
    throw usage('floor.sequence must be null or decimal digits of a number below 2^64');
  if (typeof bound !== 'boolean') throw usage('floor.bound must be true or false');
  if (!Number.isSafeInteger(acceptedAt)) throw usage('floor.acceptedAt must be Unix time in seconds');
  return {
    policyId: readString(policyId, 'floor.policyId'), policyVersion: readString(policyVersion, 'floor.policyVersion'),
    hash: readString(hash, 'floor.hash'), hasSequence: digits !== null, sequence: digits ?? 0n, bound, acceptedAt,
  };
}

// A copy of the bytes, which nobody else can change while they are verified.
function readBytes(bytes) {
  if (typeof bytes === 'string') {
    if (/\p{Surrogate}/u.test(bytes)) throw new SekuireError('the text holds half a surrogate pair', 'utf8');
    if (bytes.length > POLICY_MAX) throw new SekuireError(`the policy has more than ${POLICY_MAX} bytes`, 'too_large');
    return Buffer.from(bytes, 'utf8');
  }
  if (!(bytes instanceof Uint8Array)) throw usage(`a policy must be a Buffer, a Uint8Array or a string, not ${nameOfKind(bytes)}`);
  if (bytes.byteLength > POLICY_MAX) throw new SekuireError(`the policy has more than ${POLICY_MAX} bytes`, 'too_large');
  return Buffer.from(bytes);
}

function readPath(file, what) {
  if (file instanceof URL) return fileURLToPath(file);
  if (typeof file !== 'string' || file === '' || file.includes('\0')) throw usage(`${what} must be the path of a file`);
  return file;
}

// A regular file, at most limit bytes of it; pipes, devices and directories are refused and never waited for.
function readFile(file, limit) {
  let fd;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
    if (!fs.fstatSync(fd).isFile()) throw new SekuireError(`${file}: is no regular file`, 'io');
    const parts = [];
    for (let size = 0; size <= limit;) {
      const part = Buffer.allocUnsafe(65536);
      const count = fs.readSync(fd, part, 0, part.length, null);
      if (count === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, count));
      size += count;
    }
    throw new SekuireError(`${file}: has more than ${limit} bytes`, 'too_large');
  } catch (error) {
    if (error instanceof SekuireError) throw error;
    throw new SekuireError(`${file}: ${error.message}`, 'io', null, null, null, {cause: error});
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

let warned = false;

// Override mode, asked only where something was denied: an allow costs nothing.
function isOverridden() {
  if (process.env[OVERRIDE] !== 'true') return false;
  if (!warned) {
    warned = true;
    process.emitWarning(`${OVERRIDE} is set: what the policy denies is only warned of`, {type: 'SekuireWarning', code: OVERRIDE});
  }
  return true;
}

// What decides: ask of the addon, and what is known of its outcomes.
class Decider {
  constructor(ask, outcomes) {
    this.ask = ask;
    this.outcomes = outcomes;
  }
}

// The strings of one outcome of a policy, and the last decision that had it.
class Outcome {
  constructor({rule, pattern, pointer, overridable}) {
    this.rule = rule;
    this.pattern = pattern;
    this.pointer = pointer;
    this.overridable = overridable;
    this.kind = 0;
    this.target = '';
    this.detail = undefined;
    this.root = undefined;
    this.decision = undefined;
  }
}

const ALLOWED = Object.freeze({decision: 'allow', rule: null, message: '', pattern: null, pointer: null, overridden: false});

function refuse(action, keys, type) {
  const [code, message] = whatIsWrong(action, keys, type);
  throw new ActionError(message, code);
}

function ownKeys(action) {
  return typeof action === 'object' && action !== null ? Object.keys(action) : [];
}

function checkText(value, name) {
  if (typeof value !== 'string') throw new ActionError(`"${name}" must be a string, not ${nameOfKind(value)}`, 'type');
  if (value.length > TEXT_MAX) throw new ActionError(`"${name}": it is longer than ${TEXT_MAX} bytes`, 'content');
}

function checkCount(count) {
  if (typeof count === 'number' ? Number.isSafeInteger(count) && count >= 0 : typeof count === 'bigint' && count >= 0n && count <= 0xffffffffffffffffn)
    return;
  if (typeof count !== 'number' && typeof count !== 'bigint')
    throw new ActionError(`"count" must be a number, not ${nameOfKind(count)}`, 'type');
  throw new ActionError('"count" must be an integer from 0 to 18446744073709551615, and a BigInt from 9007199254740992 on', 'number');
}

function checkRoot(root) {
  if (typeof root !== 'string' || root.length > TEXT_MAX || !root.startsWith('/')) throw usage('root must be an absolute path');
}

// The current directory, if there is one; without it a relative path is an error.
function currentFolder() {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

const DECIDE_OPTIONS = ['now', 'root'];
const NO_OPTIONS = Object.freeze({now: undefined, root: undefined});

// Asks for one action. Every member is read once; which are there is a set of bits, and what does not fit one type exactly is refused. Answers
// with the decision, or (if only that is asked for) with whether it is an allow, which override mode does not touch.
function decide(decider, action, options, brief) {
  if (typeof action !== 'object' || action === null) refuse(action, [], undefined);
  let type, target, detail, count;
  let bits = 0;
  for (const key in action) {
    if (!hasOwn(action, key)) continue;
    switch (key) {
      case 'type': type = action.type; break;
      case 'id': break;
      case 'toolName': bits |= TOOL_NAME; target = action.toolName; break;
      case 'domain': bits |= DOMAIN; target = action.domain; break;
      case 'protocol': bits |= PROTOCOL; detail = action.protocol; break;
      case 'path': bits |= PATH; target = action.path; break;
      case 'operation': bits |= OPERATION; detail = action.operation; break;
      case 'model': bits |= MODEL_NAME; target = action.model; break;
      case 'provider': bits |= PROVIDER; detail = action.provider; break;
      case 'service': bits |= SERVICE; target = action.service; break;
      case 'endpoint': bits |= ENDPOINT; detail = action.endpoint; break;
      case 'limitType': bits |= LIMIT_TYPE; target = action.limitType; break;
      case 'count': bits |= COUNT; count = action.count; break;
      case 'window': bits |= WINDOW; detail = action.window; break;
      case 'tool_name': bits |= TOOL_NAME_2; target = action.tool_name; break;
      case 'model_name': bits |= MODEL_NAME_2; target = action.model_name; break;
      case 'service_name': bits |= SERVICE_2; target = action.service_name; break;
      default: if (!key.startsWith('x-')) refuse(action, ownKeys(action), type ?? action.type);
    }
  }
  let kind;
  switch (type) {
    case 'tool': case 'tool_execution': kind = bits === TOOL_NAME || bits === TOOL_NAME_2 ? TOOL : 0; break;
    case 'network': case 'network_access': kind = (bits & ~PROTOCOL) === DOMAIN ? NETWORK : 0; break;
    case 'filesystem': case 'file_access': kind = (bits & ~OPERATION) === PATH ? FILESYSTEM : 0; break;
    case 'model': case 'model_call':
      kind = (bits & ~PROVIDER) === MODEL_NAME || (bits & ~PROVIDER) === MODEL_NAME_2 ? MODEL : 0;
      break;
    case 'api': case 'api_access': kind = (bits & ~ENDPOINT) === SERVICE || (bits & ~ENDPOINT) === SERVICE_2 ? API : 0; break;
    case 'rate_limit': case 'rate_limit_check': kind = (bits & ~WINDOW) === (LIMIT_TYPE | COUNT) ? RATE_LIMIT : 0; break;
    default: kind = 0;
  }
  if (kind === 0) refuse(action, ownKeys(action), type);
  if (typeof target !== 'string' || target.length > TEXT_MAX) checkText(target, nameOfTarget(bits));
  if ((bits & (PROTOCOL | OPERATION | PROVIDER | ENDPOINT | WINDOW)) !== 0 && (typeof detail !== 'string' || detail.length > TEXT_MAX))
    checkText(detail, nameOfDetail(bits));
  const given = options === undefined ? NO_OPTIONS : checkOptions(options, DECIDE_OPTIONS);
  const now = given.now === undefined ? currentTime() : readNow(given.now);
  let more;
  if (kind === RATE_LIMIT) {
    checkCount(count);
    more = count;
  } else if (kind === FILESYSTEM) {
    more = given.root;
    if (more !== undefined) checkRoot(more);
    else if (!target.startsWith('/')) more = currentFolder();
  }
  const answer = decider.ask(kind, target, detail, more, now);
  if (answer === undefined) return brief ? true : ALLOWED;
  return conclude(decider, answer, kind, target, detail, more, brief);
}

function nameOfTarget(bits) {
  return (bits & TOOL_NAME) !== 0 ? 'toolName' : (bits & TOOL_NAME_2) !== 0 ? 'tool_name' : (bits & DOMAIN) !== 0 ? 'domain' :
    (bits & PATH) !== 0 ? 'path' : (bits & MODEL_NAME) !== 0 ? 'model' : (bits & MODEL_NAME_2) !== 0 ? 'model_name' :
      (bits & SERVICE) !== 0 ? 'service' : (bits & SERVICE_2) !== 0 ? 'service_name' : 'limitType';
}

function nameOfDetail(bits) {
  return (bits & PROTOCOL) !== 0 ? 'protocol' : (bits & OPERATION) !== 0 ? 'operation' : (bits & PROVIDER) !== 0 ? 'provider' :
    (bits & ENDPOINT) !== 0 ? 'endpoint' : 'window';
}

// The strings of an outcome, fetched once for each of a policy's; those without a number are the last one of all.
function outcomeOf(decider, number) {
  if (number === 0) return new Outcome(native.describe(decider.ask, 0));
  return decider.outcomes[number] ??= new Outcome(native.describe(decider.ask, number));
}

// What a rule decided. A decision never changes, so the same action gets the same one again.
function conclude(decider, answer, kind, target, detail, more, brief) {
  const verdict = answer & 3, number = answer >> 2;
  if (brief) return verdict === ALLOW;
  const outcome = outcomeOf(decider, number);
  const overridden = verdict === DENY && outcome.overridable && isOverridden();
  const root = kind === FILESYSTEM ? more : undefined;
  let decision = outcome.decision;
  if (decision === undefined || outcome.target !== target || outcome.kind !== kind || outcome.detail !== detail || outcome.root !== root) {
    const message = native.say(kind, target, detail, more, decider.ask, number);
    const {rule, pattern, pointer} = outcome;
    decision = Object.freeze({decision: WORDS[verdict], rule, message, pattern, pointer, overridden: false});
    outcome.kind = kind;
    outcome.target = target;
    outcome.detail = detail;
    outcome.root = root;
    outcome.decision = decision;
  }
  return overridden ? Object.freeze({...decision, decision: 'warn', overridden: true}) : decision;
}

// Is a file, links followed, a regular one inside the folder?
function isInside(folder, file) {
  try {
    const real = fs.realpathSync(file);
    return fs.statSync(real).isFile() && real.startsWith(folder === '/' ? '/' : `${folder}/`);
  } catch {
    return false;
  }
}

// Does a path leave the folder as it is written? The library says so itself then.
function leavesAsWritten(named) {
  const plain = path.posix.normalize(named);
  return named === '' || plain.startsWith('/') || plain === '.' || plain === './' || plain === '..' || plain.startsWith('../');
}

function outsideFinding(manifestName, what, member, named) {
  return {
    rule: 'manifest.path', severity: 'error', message: `The ${what} ${quote(named)} is no regular file inside the manifest's folder`,
    file: manifestName, line: null, column: null, pointer: `/identity/${member}`, policyPointer: null, value: named,
    hint: "Put the file into the manifest's folder and name it by a relative path.",
  };
}

// What a further tools file holds, or null where that is a finding and no failure: nothing there, or no regular file inside the folder.
function readMoreTools(folder, named) {
  const file = path.resolve(folder, named);
  return isInside(folder, file) ? readFile(file, TOOLS_MAX) : null;
}

// The files of an agent, and findings that the library cannot see: links that lead out of the folder.
function readAgent(manifestPath) {
  const name = path.basename(manifestPath);
  const manifest = readFile(manifestPath, MANIFEST_MAX);
  const folder = fs.realpathSync(path.dirname(manifestPath));
  const [prompt, tools, ...more] = native.agentFiles(name, manifest);
  const others = [...new Set(more)].filter((named) => named !== tools);
  if (others.length > TOOLS_FILES_MAX)
    throw new SekuireError(`${manifestPath}: an agent names at most ${TOOLS_FILES_MAX} further tools files`, 'too_large');
  const promptFile = path.resolve(folder, prompt), toolsFile = path.resolve(folder, tools);
  const files = [name, manifest, readFile(promptFile, PROMPT_MAX), tools, readFile(toolsFile, TOOLS_MAX), folder];
  const findings = [];
  if (!leavesAsWritten(prompt) && !isInside(folder, promptFile))
    findings.push(outsideFinding(name, 'system prompt', 'system_prompt_path', prompt));
  if (!leavesAsWritten(tools) && !isInside(folder, toolsFile)) findings.push(outsideFinding(name, 'tools file', 'tools_path', tools));
  for (const named of others) {
    const text = readMoreTools(folder, named);
    if (text !== null) files.push(named, text);
  }
  return {files, findings};
}

function check(decider, manifestPath, options) {
  const file = readPath(manifestPath, 'the manifest');
  const {now} = checkOptions(options, ['now']);
  const at = now === undefined ? currentTime() : readNow(now);
  const agent = readAgent(file);
  for (const finding of native.check(decider.ask, agent.files, at)) {
    if (finding.line === 0) finding.line = null;
    if (finding.column === 0) finding.column = null;
    agent.findings.push(finding);
  }
  return Object.freeze(agent.findings.map(Object.freeze));
}

const LOAD_OPTIONS = ['workspace', 'trustedKeys', 'draft', 'allowUnknownKeys', 'now', 'floor'];

function open(bytes, options) {
  const given = checkOptions(options, LOAD_OPTIONS);
  const draft = readBoolean(given.draft, 'draft');
  const request = {
    bytes, draft, allowUnknownKeys: readBoolean(given.allowUnknownKeys, 'allowUnknownKeys'),
    now: given.now === undefined ? currentTime() : readNow(given.now),
  };
  if (!draft) {
    if (given.workspace === undefined || given.trustedKeys === undefined)
      throw usage('workspace and trustedKeys say whose policy is accepted (draft: true takes any, and checks nothing of that)');
    request.workspace = readString(given.workspace, 'workspace');
    request.keys = readKeys(given.trustedKeys);
    request.floor = readFloor(given.floor);
  }
  return native.load(request);
}

const INTERNAL = Symbol('internal');

function freezeFloor(floor) {
  if (floor === null) return null;
  return Object.freeze({...floor, sequence: floor.sequence === null ? null : String(floor.sequence)});
}

class Policy {
  #decider;
  #about;

  constructor(token, opened) {
    if (token !== INTERNAL) throw usage('policies come from Policy.load and Policy.parse');
    this.#decider = new Decider(opened.ask, []);
    const {stage, policyId, workspaceId, version, hash} = opened;
    this.#about = {stage, policyId, workspaceId, version, hash, floor: freezeFloor(opened.floor)};
  }

  static load(file, options) {
    const name = readPath(file, 'a policy');
    const bytes = readFile(name, POLICY_MAX);
    try {
      return new Policy(INTERNAL, open(bytes, options));
    } catch (error) {
      throw error.code === 'usage' ? error : blame(error, name);
    }
  }

  static parse(bytes, options) {
    return new Policy(INTERNAL, open(readBytes(bytes), options));
  }

  decide(action, options) {
    return decide(this.#decider, action, options, false);
  }

  allowed(action, options) {
    return decide(this.#decider, action, options, true);
  }

  session(previous) {
    const counted = previous === undefined ? undefined : askOfSession(previous);
    return new Session(INTERNAL, native.session(this.#decider.ask, counted), this.#decider.outcomes);
  }

  check(manifestPath, options) {
    return check(this.#decider, manifestPath, options);
  }

  get stage() { return this.#about.stage; }
  get policyId() { return this.#about.policyId; }
  get workspaceId() { return this.#about.workspaceId; }
  get version() { return this.#about.version; }
  get hash() { return this.#about.hash; }
  get floor() { return this.#about.floor; }
}

// What each session asks with, for one that goes on counting where it counts.
const sessionAsks = new WeakMap();

function askOfSession(session) {
  const ask = sessionAsks.get(session);
  if (ask === undefined) throw usage('only a session can be gone on with');
  return ask;
}

class Session {
  #decider;

  constructor(token, ask, outcomes) {
    if (token !== INTERNAL) throw usage('sessions come from policy.session()');
    this.#decider = new Decider(ask, outcomes);
    sessionAsks.set(this, ask);
  }

  decide(action, options) {
    return decide(this.#decider, action, options, false);
  }

  allowed(action, options) {
    return decide(this.#decider, action, options, true);
  }
}

const libraryVersion = native.version();

module.exports = {Policy, Session, SekuireError, ActionError, libraryVersion};
