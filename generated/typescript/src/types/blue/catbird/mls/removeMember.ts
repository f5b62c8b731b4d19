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
const id = 'blue.catbird.mls.removeMember'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** The user to remove. To go yourself, call leaveConvo. */
  targetDid: string
  /** A ULID made by the client, at most 26 characters; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once. */
  idempotencyKey: string
  /** Why, at most 500 bytes of UTF-8. Clear text: kept in the audit log and told to the members. */
  reason?: string
  /** MLS commit that removes all devices of the user, made at the current epoch, in base64, either alphabet, padded or not; at most 10 MiB. Group and epoch are read from these bytes. */
  commit?: string
}

export interface OutputSchema {
  /** Always true; what fails is an error. */
  ok: boolean
  /** Epoch after the request: one higher with a commit, unchanged without. It may have risen again since. */
  epochHint?: number
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

export class NotAdminError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class NotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class CannotRemoveSelfError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class ConvoNotFoundError extends XRPCError {
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

export class IdempotencyKeyReusedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotAdmin') return new NotAdminError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'CannotRemoveSelf') return new CannotRemoveSelfError(e)
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'InvalidCommit') return new InvalidCommitError(e)
    if (e.error === 'EpochMismatch') return new EpochMismatchError(e)
    if (e.error === 'IdempotencyKeyReused')
      return new IdempotencyKeyReusedError(e)
  }

  return e
}
