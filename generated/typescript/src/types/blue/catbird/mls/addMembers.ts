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

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.addMembers'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** Made by the client, at most 128 bytes; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once. */
  idempotencyKey?: string
  /** The users to add: 1 to 50. All are added or none. */
  didList: string[]
  /** MLS commit that adds them, made at the current epoch, in base64, either alphabet, padded or not; at most 10 MiB. Group and epoch are read from these bytes. */
  commit?: string
  /** MLS Welcome for the new devices, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Stored with the change, and fetched by each new device with getWelcome. */
  welcomeMessage?: string
  /** The key packages that went into the Welcome, one per new device, at most 10000. They are consumed together with the change and handed to nobody else. They must be exactly those that the Welcome names. */
  keyPackageHashes?: KeyPackageHashEntry[]
}

export interface OutputSchema {
  /** Always true; what fails is an error. */
  success: boolean
  /** Epoch after the request: one higher with a commit, unchanged without. */
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

export class BlockedByMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidCommitError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class EpochMismatchError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidWelcomeError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class IdempotencyKeyReusedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class NotAdminError extends XRPCError {
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
    if (e.error === 'KeyPackageNotFound') return new KeyPackageNotFoundError(e)
    if (e.error === 'AlreadyMember') return new AlreadyMemberError(e)
    if (e.error === 'TooManyMembers') return new TooManyMembersError(e)
    if (e.error === 'BlockedByMember') return new BlockedByMemberError(e)
    if (e.error === 'InvalidCommit') return new InvalidCommitError(e)
    if (e.error === 'EpochMismatch') return new EpochMismatchError(e)
    if (e.error === 'InvalidWelcome') return new InvalidWelcomeError(e)
    if (e.error === 'IdempotencyKeyReused')
      return new IdempotencyKeyReusedError(e)
    if (e.error === 'NotAdmin') return new NotAdminError(e)
    if (e.error === 'BlueskyServiceUnavailable')
      return new BlueskyServiceUnavailableError(e)
  }

  return e
}

/** A key package that went into the Welcome, and whose it is. */
export interface KeyPackageHashEntry {
  $type?: 'blue.catbird.mls.addMembers#keyPackageHashEntry'
  /** The user whose key package it is, without a device. A user with several devices appears once per device. */
  did: string
  /** Lower-case hex SHA-256 of the key package's bytes as published: 64 characters. The `keyPackageHash` from getKeyPackages. */
  hash: string
}

const hashKeyPackageHashEntry = 'keyPackageHashEntry'

export function isKeyPackageHashEntry<V>(v: V) {
  return is$typed(v, id, hashKeyPackageHashEntry)
}

export function validateKeyPackageHashEntry<V>(v: V) {
  return validate<KeyPackageHashEntry & V>(v, id, hashKeyPackageHashEntry)
}
