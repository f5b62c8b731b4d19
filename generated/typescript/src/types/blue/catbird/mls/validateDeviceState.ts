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
const id = 'blue.catbird.mls.validateDeviceState'

export type QueryParams = {
  /** UUID of a device of the caller. Absent for the caller as a whole. */
  deviceId?: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** Whether there are no issues. */
  isValid: boolean
  /** What is wrong, as text for people: at most 16. */
  issues: string[]
  /** What the client should do about it, as text for people: at most 16. */
  recommendations: string[]
  /** Conversations that the caller is in. */
  expectedConvos?: number
  /** Those of them that the device is in. Where the server knows a member without a device, such as the creator, that counts as this one, unless the device waits to be added. Absent without a device. */
  actualConvos?: number
  keyPackageInventory?: KeyPackageInventory
  /** The conversations where the device has asked to be added anew and nobody has done it yet; without a device, where any of the caller's has. */
  pendingRejoinRequests?: string[]
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

/** Key packages in store. */
export interface KeyPackageInventory {
  $type?: 'blue.catbird.mls.validateDeviceState#keyPackageInventory'
  /** Those of all the caller's devices that can still be handed out. */
  available: number
  /** How many a device should have at least. */
  target: number
  /** Whether the device has fewer than `target`; without a device, whether the caller has. */
  needsReplenishment: boolean
  /** Those of the device. Absent without one. */
  perDeviceCount?: number
}

const hashKeyPackageInventory = 'keyPackageInventory'

export function isKeyPackageInventory<V>(v: V) {
  return is$typed(v, id, hashKeyPackageInventory)
}

export function validateKeyPackageInventory<V>(v: V) {
  return validate<KeyPackageInventory & V>(v, id, hashKeyPackageInventory)
}
