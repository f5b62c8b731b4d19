/**
 * GENERATED CODE - DO NOT MODIFY
 */
import { HeadersMap, XRPCError } from '@atproto/xrpc'
import { type ValidationResult, BlobRef } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'
import { validate as _validate } from '../../../../lexicons'
import {
  type $Typed,
  is$typed as _is$typed,
  type OmitKey,
} from '../../../../util'
import type * as BlueCatbirdMlsCreateConvo from './createConvo.js'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.submitCommit'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** The commit as an MLSMessage, at most 10 MiB. Group, epoch and content type are read from these bytes. */
  commit: Uint8Array
  /** Epoch at which the commit was made. Must be the one in the commit itself. */
  epoch: number
  /** Made by the client, at most 36 bytes; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once. Without it, a retry of a commit that was accepted gets EpochMismatch; look for your own commit with getCommits then. */
  idempotencyKey?: string
  /** The users whom the commit adds: at most 50. */
  addDids?: string[]
  /** The users whom the commit removes: at most 50. They can read up to and including this commit. */
  removeDids?: string[]
  /** MLS Welcome for the new devices, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Stored with the change, and fetched by each new device with getWelcome. */
  welcomeMessage?: string
  /** The key packages that went into the Welcome, one per new device, at most 10000. They are consumed together with the change and handed to nobody else. They must be exactly those that the Welcome names. */
  keyPackageHashes?: BlueCatbirdMlsCreateConvo.KeyPackageHashEntry[]
  /** MLS GroupInfo of the epoch after the commit, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Must be of this group and epoch, signed by the caller, and carry the ratchet tree, by which it is verified, and `external_pub`. Members who lost their state can rejoin by it. */
  groupInfo?: string
}

export interface OutputSchema {
  /** seq of the commit in the log. Final. */
  seq: number
  /** Epoch after the commit: `epoch` plus one. Merge the pending commit now, and not before. */
  newEpoch: number
}

export interface CallOptions {
  signal?: AbortSignal
  headers?: HeadersMap
  qp?: QueryParams
  encoding?: 'application/json'
}

export interface Response {
  success: boolean
  headers: HeadersMap
  data: OutputSchema
}

export class ConvoNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class NotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class NotAdminError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class EpochMismatchError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidCommitError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidWelcomeError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class KeyPackageNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class AlreadyMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class TooManyMembersError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class IdempotencyKeyReusedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class BlueskyServiceUnavailableError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'NotAdmin') return new NotAdminError(e)
    if (e.error === 'EpochMismatch') return new EpochMismatchError(e)
    if (e.error === 'InvalidCommit') return new InvalidCommitError(e)
    if (e.error === 'InvalidWelcome') return new InvalidWelcomeError(e)
    if (e.error === 'KeyPackageNotFound') return new KeyPackageNotFoundError(e)
    if (e.error === 'AlreadyMember') return new AlreadyMemberError(e)
    if (e.error === 'TooManyMembers') return new TooManyMembersError(e)
    if (e.error === 'IdempotencyKeyReused')
      return new IdempotencyKeyReusedError(e)
    if (e.error === 'BlueskyServiceUnavailable')
      return new BlueskyServiceUnavailableError(e)
  }

  return e
}
