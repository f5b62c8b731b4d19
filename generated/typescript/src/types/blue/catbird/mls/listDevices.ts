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
const id = 'blue.catbird.mls.listDevices'

export type QueryParams = {}
export type InputSchema = undefined

export interface OutputSchema {
  /** All of the caller's registered devices. */
  devices: DeviceInfo[]
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

/** A registered device. */
export interface DeviceInfo {
  $type?: 'blue.catbird.mls.listDevices#deviceInfo'
  /** UUID of the device. */
  deviceId: string
  /** Its name, as cleaned at registration. */
  deviceName: string
  /** The same as `deviceId`. */
  deviceUUID?: string
  /** Its identity in MLS credentials: the user's DID, `#` and `deviceId`. At most 2148 bytes. */
  credentialDid: string
  /** When the device last registered, published or synchronised key packages. May be behind by an hour. */
  lastSeenAt: string
  /** When it was registered first. */
  registeredAt: string
  /** Its key packages that can still be handed out. */
  keyPackageCount: number
}

const hashDeviceInfo = 'deviceInfo'

export function isDeviceInfo<V>(v: V) {
  return is$typed(v, id, hashDeviceInfo)
}

export function validateDeviceInfo<V>(v: V) {
  return validate<DeviceInfo & V>(v, id, hashDeviceInfo)
}
