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
const id = 'blue.catbird.mls.publishKeyPackage'

export type QueryParams = {}

export interface InputSchema {
  /** The key package in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 65536 characters. Given to others byte for byte as it came. */
  keyPackage: string
  /** Not needed for retries of the same bytes. When given, at most 128 bytes, it must not stand for another key package: InvalidKeyPackage then. */
  idempotencyKey?: string
  cipherSuite: BlueCatbirdMlsDefs.CipherSuite
  /** When the server stops handing it out, at most 90 days from now. Absent means the end of the lifetime inside the key package, cut to 90 days. */
  expires?: string
}

export interface OutputSchema {}

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

export class InvalidKeyPackageError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidCipherSuiteError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class ExpirationTooFarError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class TooManyKeyPackagesError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'InvalidKeyPackage') return new InvalidKeyPackageError(e)
    if (e.error === 'InvalidCipherSuite') return new InvalidCipherSuiteError(e)
    if (e.error === 'ExpirationTooFar') return new ExpirationTooFarError(e)
    if (e.error === 'TooManyKeyPackages') return new TooManyKeyPackagesError(e)
  }

  return e
}
