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
const id = 'blue.catbird.mls.getKeyPackageStatus'

export type QueryParams = {
  /** How many used ones at most: 1 to 100. */
  limit?: number
  /** The `cursor` of the page before. */
  cursor?: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** All that are known: available, used up and expired. */
  totalUploaded: number
  /** Those that can still be used, reserved ones included. */
  available: number
  /** Those that were used up. */
  consumed: number
  /** Those of the available ones that somebody has fetched and may be about to use. */
  reserved?: number
  /** Those used up, last used first. */
  consumedPackages?: ConsumedPackageView[]
  /** Gives the next page. Absent on the last one. */
  cursor?: string
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

export function toKnownErr(e: any) {
  return e
}

/** A key package that was used up. */
export interface ConsumedPackageView {
  $type?: 'blue.catbird.mls.getKeyPackageStatus#consumedPackageView'
  /** Lower-case hex SHA-256 of the published bytes. */
  keyPackageHash: string
  /** The conversation that it was used for. */
  usedInGroup?: string
  /** When it was used. */
  consumedAt: string
  cipherSuite?: BlueCatbirdMlsDefs.CipherSuite
}

const hashConsumedPackageView = 'consumedPackageView'

export function isConsumedPackageView<V>(v: V) {
  return is$typed(v, id, hashConsumedPackageView)
}

export function validateConsumedPackageView<V>(v: V) {
  return validate<ConsumedPackageView & V>(v, id, hashConsumedPackageView)
}
