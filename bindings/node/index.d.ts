// SPDX-License-Identifier: Apache-2.0
// Signed workspace policies for AI agents, decided in this process by libsekuire.

/** What went wrong, in the words of the command line's --json output. */
export type ErrorCode =
  | 'usage' | 'syntax' | 'too_large' | 'too_deep' | 'duplicate_key' | 'utf8' | 'type' | 'missing_field' | 'id' | 'number' | 'unknown_key'
  | 'content' | 'hash' | 'signature' | 'unsigned' | 'key_invalid' | 'key_not_pinned' | 'key_changed' | 'workspace' | 'status' | 'rollback'
  | 'not_yet_valid' | 'expired' | 'io' | 'memory';

/** Every error of this package. Lines and columns count from 1, columns and offset in bytes; null where there is no place. */
export class SekuireError extends Error {
  constructor(message: string, code: ErrorCode, line?: number | null, column?: number | null, offset?: number | null, options?: {cause?: unknown});
  readonly code: ErrorCode;
  readonly line: number | null;
  readonly column: number | null;
  readonly offset: number | null;
}

/** What was to be decided is no action. It is never answered by a decision. */
export class ActionError extends SekuireError {}

interface AnyAction {
  readonly id?: unknown;
  readonly [comment: `x-${string}`]: unknown;
}

/** A host that is to be reached. Non-ASCII hosts are converted (UTS 46). Without a protocol it is not TLS. */
export interface NetworkAction extends AnyAction {
  readonly type: 'network' | 'network_access';
  readonly domain: string;
  readonly protocol?: string;
}

/** A path that is to be touched. A relative one is below the option root, or the current directory. Symbolic links are the caller's to resolve. */
export interface FilesystemAction extends AnyAction {
  readonly type: 'filesystem' | 'file_access';
  readonly path: string;
  readonly operation?: string;
}

export type ToolAction = AnyAction & {readonly type: 'tool' | 'tool_execution'} & ({readonly toolName: string} | {readonly tool_name: string});

export type ModelAction = AnyAction & {readonly type: 'model' | 'model_call'; readonly provider?: string} &
  ({readonly model: string} | {readonly model_name: string});

/** A service that is to be used. Name the endpoint: an action without one passes the lists of endpoints. */
export type ApiAction = AnyAction & {readonly type: 'api' | 'api_access'; readonly endpoint?: string} &
  ({readonly service: string} | {readonly service_name: string});

/** Requests or tokens: used so far (policy.decide), or about to be used (session.decide, which counts them). */
export interface RateLimitAction extends AnyAction {
  readonly type: 'rate_limit' | 'rate_limit_check';
  readonly limitType: 'request' | 'token';
  /** An integer from 0 to 2^64 - 1; a BigInt from 2^53 on. */
  readonly count: number | bigint;
  /** Without it a minute (policy.decide), or both (session.decide). */
  readonly window?: 'minute' | 'hour';
}

/** A field that is there with the value undefined is an error: leave it out. */
export type Action = NetworkAction | FilesystemAction | ToolAction | ModelAction | ApiAction | RateLimitAction;

/** Frozen. rule, pattern and pointer are null and message is "" where the action is allowed and no rule decided. */
export interface Decision {
  readonly decision: 'allow' | 'ask' | 'warn' | 'deny';
  /** "tool.blocked" */
  readonly rule: string | null;
  /** "Tool shell_exec is blocked" */
  readonly message: string;
  /** The entry that decided, as it stands in the policy. */
  readonly pattern: string | null;
  /** The JSON pointer of what decided, in the policy's content. */
  readonly pointer: string | null;
  /** A deny that SEKUIRE_POLICY_DEV_OVERRIDE=true turned into a warn. */
  readonly overridden: boolean;
}

export interface DecideOptions {
  /** A Date, or Unix time in seconds; the current time without it. */
  readonly now?: Date | number;
  /** The absolute path that relative paths are below; process.cwd() without it. */
  readonly root?: string;
}

export interface CheckOptions {
  readonly now?: Date | number;
}

/** What is known of a workspace from earlier acceptances. Plain JSON: store it after each load, hand it back at the next. */
export interface Floor {
  readonly policyId: string;
  readonly policyVersion: string;
  readonly hash: string;
  /** Decimal digits of a number below 2^64; null where no sequence was accepted. */
  readonly sequence: string | null;
  readonly bound: boolean;
  /** Unix time in seconds. */
  readonly acceptedAt: number;
}

export interface AcceptOptions {
  /** The workspace that the policy must be of. */
  readonly workspace: string;
  /** Public keys that are trusted for it, 64 hex digits each. */
  readonly trustedKeys: string | readonly string[];
  readonly draft?: false;
  /** Let keys of the policy pass that this version does not know. */
  readonly allowUnknownKeys?: boolean;
  readonly now?: Date | number;
  /** Refuses an older policy than the one that left it (error rollback). null or undefined: nothing was accepted yet. */
  readonly floor?: Floor | null;
}

export interface DraftOptions {
  /** Take any well-formed policy, signed or not, or a content alone: nothing is checked of signature, workspace, key, status and age. */
  readonly draft: true;
  readonly workspace?: string;
  readonly trustedKeys?: string | readonly string[];
  readonly allowUnknownKeys?: boolean;
  readonly now?: Date | number;
  readonly floor?: Floor | null;
}

export type LoadOptions = AcceptOptions | DraftOptions;

/** What an agent's manifest or tools file has that the policy does not allow. Frozen. */
export interface Finding {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly pointer: string | null;
  readonly policyPointer: string | null;
  readonly value: string | null;
  readonly hint: string | null;
}

interface Decider {
  /** Decides one action. Throws ActionError where it is none. */
  decide(action: Action, options?: DecideOptions): Decision;
  /** Is the decision an allow? An ask is no, and so is what override mode only warns of. */
  allowed(action: Action, options?: DecideOptions): boolean;
}

/** A policy, compiled. Immutable; its memory goes with the object. */
export class Policy implements Decider {
  private constructor();
  /** Reads a regular file of at most 4 MiB. Throws SekuireError unless the policy is accepted, or draft is true. */
  static load(file: string | URL, options: LoadOptions): Policy;
  /** The same for bytes, which are copied first. */
  static parse(bytes: Uint8Array | string, options: LoadOptions): Policy;
  decide(action: Action, options?: DecideOptions): Decision;
  allowed(action: Action, options?: DecideOptions): boolean;
  /** A counter of one agent's requests and tokens, in sliding windows of a minute and an hour. With the session of an earlier policy it goes on
   * with that one's counts, and both count together. */
  session(previous?: Session): Session;
  /** Judges the agent of a manifest: it complies if no finding has severity error. Findings name files as the manifest's folder sees them. */
  check(manifestPath: string | URL, options?: CheckOptions): readonly Finding[];
  readonly stage: 'draft' | 'verified' | 'accepted';
  /** These four are null for a bare content. */
  readonly policyId: string | null;
  readonly workspaceId: string | null;
  readonly version: string | null;
  readonly hash: string | null;
  /** What to store after this acceptance; null for a draft. */
  readonly floor: Floor | null;
}

/** As a policy, but rate-limit actions that are allowed are counted, and denied where the limits are used up. */
export class Session implements Decider {
  private constructor();
  decide(action: Action, options?: DecideOptions): Decision;
  allowed(action: Action, options?: DecideOptions): boolean;
}

/** The version of libsekuire that this runs on. */
export const libraryVersion: string;
