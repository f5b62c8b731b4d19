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
const id = 'blue.catbird.mls.completePendingDeviceAddition'

export type QueryParams = {}

export interface InputSchema {
  /** The addition that was claimed. */
  pendingAdditionId: string
  /** Epoch that the addition led to: `newEpoch` of addMembers or submitCommit. */
  newEpoch: number
}

export interface OutputSchema {
  /** True when the device was added to the conversation and the conversation has reached `newEpoch`. */
  success: boolean
  /** What is missing, when not. At most 1024 bytes. */
  error?: string
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

export class NotClaimedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotClaimed') return new NotClaimedError(e)
  }

  return e
}
