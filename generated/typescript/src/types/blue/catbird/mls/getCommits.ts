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
const id = 'blue.catbird.mls.getCommits'

export type QueryParams = {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** First epoch of the range: the one that the client is at. The commit made at that epoch is included. */
  fromEpoch: number
  /** Last epoch of the range, included. Absent means up to the newest commit. */
  toEpoch?: number
}
export type InputSchema = undefined

export interface OutputSchema {
  /** The conversation asked for. */
  convoId: string
  /** By ascending epoch. A long range may be cut: ask again from the epoch after the last one, until none comes. None at once means that the client is up to date. */
  commits: CommitMessage[]
}

export interface CallOptions {
  signal?: AbortSignal
  headers?: HeadersMap
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

export class InvalidEpochRangeError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'InvalidEpochRange') return new InvalidEpochRangeError(e)
  }

  return e
}

/** A commit: the entry of the log that ends an epoch. */
export interface CommitMessage {
  $type?: 'blue.catbird.mls.getCommits#commitMessage'
  /** Epoch at which the commit was made. Applying it brings the group to the next one. */
  epoch: number
  /** Absent: the server stores no sender. Members learn it from the commit itself. At most 2148 bytes. */
  sender?: string
  /** The commit exactly as it was accepted, at most 10 MiB. */
  commitData: Uint8Array
  /** When the commit was stored, cut down to full 2 seconds. */
  createdAt: string
  /** Position in the log, the same as in getMessages. Final. */
  seq?: number
}

const hashCommitMessage = 'commitMessage'

export function isCommitMessage<V>(v: V) {
  return is$typed(v, id, hashCommitMessage)
}

export function validateCommitMessage<V>(v: V) {
  return validate<CommitMessage & V>(v, id, hashCommitMessage)
}
