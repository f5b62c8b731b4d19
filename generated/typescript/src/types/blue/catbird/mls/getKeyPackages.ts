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
const id = 'blue.catbird.mls.getKeyPackages'

export type QueryParams = {
  /** The users: 1 to 100 DIDs, without a device. */
  dids: string[]
  /** Only key packages of this cipher suite. Ask for that of the group. Absent means any. */
  cipherSuite?:
    | 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'
    | 'MLS_128_DHKEMP256_AES128GCM_SHA256_P256'
    | 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519'
    | 'MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448'
    | 'MLS_256_DHKEMP521_AES256GCM_SHA512_P521'
    | 'MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448'
    | (string & {})
}
export type InputSchema = undefined

export interface OutputSchema {
  /** One per device that has any. Verify each as MLS requires before adding it. */
  keyPackages: BlueCatbirdMlsDefs.KeyPackageRef[]
  /** Those of `dids` without a single key package to give: they cannot be added now. Absent when there are none. */
  missing?: string[]
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

export class TooManyDidsError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidDidError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'TooManyDids') return new TooManyDidsError(e)
    if (e.error === 'InvalidDid') return new InvalidDidError(e)
  }

  return e
}
