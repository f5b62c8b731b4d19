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
import type * as BlueCatbirdMlsDefs from './defs.js'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.publishKeyPackages'

export type QueryParams = {}

export interface InputSchema {
  /** The key packages: 1 to 100. */
  keyPackages: KeyPackageItem[]
}

export interface OutputSchema {
  /** How many items are stored now, those that were there before included. */
  succeeded: number
  /** How many items were refused. */
  failed: number
  /** One entry per refused item, by rising index. Absent when none was refused. */
  errors?: BatchError[]
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

export class BatchTooLargeError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidBatchError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'BatchTooLarge') return new BatchTooLargeError(e)
    if (e.error === 'InvalidBatch') return new InvalidBatchError(e)
  }

  return e
}

/** One key package of a batch. */
export interface KeyPackageItem {
  $type?: 'blue.catbird.mls.publishKeyPackages#keyPackageItem'
  /** The key package in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 65536 characters. Given to others byte for byte as it came. */
  keyPackage: string
  cipherSuite: BlueCatbirdMlsDefs.CipherSuite
  /** When the server stops handing it out, at most 90 days from now. The lifetime inside the key package counts as well. */
  expires: string
  /** Not needed for retries of the same bytes. When given, at most 128 bytes, it must not stand for other content. */
  idempotencyKey?: string
}

const hashKeyPackageItem = 'keyPackageItem'

export function isKeyPackageItem<V>(v: V) {
  return is$typed(v, id, hashKeyPackageItem)
}

export function validateKeyPackageItem<V>(v: V) {
  return validate<KeyPackageItem & V>(v, id, hashKeyPackageItem)
}

/** Why an item of a batch was refused. */
export interface BatchError {
  $type?: 'blue.catbird.mls.publishKeyPackages#batchError'
  /** Position of the item in `keyPackages`, from 0. */
  index: number
  /** The name of the error that publishKeyPackage would give, a colon and a space, and an explanation; at most 1024 bytes. What to do next is the same as there. */
  error: string
}

const hashBatchError = 'batchError'

export function isBatchError<V>(v: V) {
  return is$typed(v, id, hashBatchError)
}

export function validateBatchError<V>(v: V) {
  return validate<BatchError & V>(v, id, hashBatchError)
}
