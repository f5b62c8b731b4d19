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
const id = 'blue.catbird.mls.syncKeyPackages'

export type QueryParams = {}

export interface InputSchema {
  /** Lower-case hex SHA-256 of each key package that the device can still use, last-resort ones included: at most 200. When there are 200 and the store has more than that, the list may be cut short, and nothing is deleted. */
  localHashes: string[]
  /** UUID of the device, as its credential names it. */
  deviceId: string
}

export interface OutputSchema {
  /** Hashes of the device's key packages in store now, those deleted not among them. A local one that isn't here was used up, has expired or was never published. */
  serverHashes: string[]
  /** How many were in store that the device has not. */
  orphanedCount: number
  /** How many of them were deleted. */
  deletedCount: number
  /** Which were in store that the device has not. Absent when there were none. */
  orphanedHashes?: string[]
  /** How many can still be handed out. */
  remainingAvailable?: number
  /** The device, its UUID in lower case. */
  deviceId: string
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

export function toKnownErr(e: any) {
  return e
}
