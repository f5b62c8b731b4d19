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
const id = 'blue.catbird.mls.getKeyPackageHistory'

export type QueryParams = {
  /** How many at most: 1 to 100. */
  limit?: number
  /** The `cursor` of the page before. */
  cursor?: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** Newest first. */
  history: KeyPackageHistoryEntry[]
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

/** A key package. */
export interface KeyPackageHistoryEntry {
  $type?: 'blue.catbird.mls.getKeyPackageHistory#keyPackageHistoryEntry'
  /** Lower-case hex SHA-256 of the published bytes. */
  packageId: string
  /** When it was published. */
  createdAt: string
  /** When it was used up. Absent as long as it was not; last-resort ones never are. */
  consumedAt?: string
  /** The conversation that it was used for. */
  consumedForConvo?: string
  /** That conversation's name, if it has one and the caller is in it now. */
  consumedForConvoName?: string
  /** The device that used it, as the identity in its credential, at most 2148 bytes. Absent where the server doesn't know it: of a member who has several devices in that conversation, or none by name. */
  consumedByDevice?: string
  /** UUID of the device that it belongs to. Absent for one under the caller's bare DID. */
  deviceId?: string
  /** Its cipher suite. */
  cipherSuite: string
}

const hashKeyPackageHistoryEntry = 'keyPackageHistoryEntry'

export function isKeyPackageHistoryEntry<V>(v: V) {
  return is$typed(v, id, hashKeyPackageHistoryEntry)
}

export function validateKeyPackageHistoryEntry<V>(v: V) {
  return validate<KeyPackageHistoryEntry & V>(v, id, hashKeyPackageHistoryEntry)
}
