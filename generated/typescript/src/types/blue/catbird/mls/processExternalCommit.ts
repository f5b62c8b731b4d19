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
const id = 'blue.catbird.mls.processExternalCommit'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** The commit as a PublicMessage inside an MLSMessage, in base64, either alphabet, padded or not; at most 10 MiB. It holds one ExternalInit, at most one Remove, of a leaf of the caller's own, and pre-shared keys if need be. */
  externalCommit: string
  /** Made by the client, at most 128 bytes; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once. Without it, a retry of a commit that was accepted gets InvalidCommit; look for your own commit with getCommits then. */
  idempotencyKey?: string
  /** MLS GroupInfo of the epoch after the commit, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Must be as updateGroupInfo asks for. */
  groupInfo?: string
}

export interface OutputSchema {
  /** Epoch after the commit. Keep the new group state now, and not before. */
  epoch: number
  /** When the commit was taken, cut to two seconds. */
  rejoinedAt: string
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

export class UnauthorizedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidCommitError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidGroupInfoError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'Unauthorized') return new UnauthorizedError(e)
    if (e.error === 'InvalidCommit') return new InvalidCommitError(e)
    if (e.error === 'InvalidGroupInfo') return new InvalidGroupInfoError(e)
  }

  return e
}
