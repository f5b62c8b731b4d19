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
const id = 'blue.catbird.mls.registerDevice'

export type QueryParams = {}

export interface InputSchema {
  /** What the device is called in lists of members: 1 to 128 bytes. Control characters are dropped, and white space around it. */
  deviceName: string
  /** UUID made by the client, in its hyphenated form, in either case. Give it: a client that lets the server choose learns its `mlsDid` only from the answer, too late for the key packages of this request. */
  deviceUUID?: string
  /** The device's Ed25519 public key: 32 bytes. The key packages of suites with Ed25519 must be signed with it, and at least one must be of such a suite. No two devices of anybody can have the same one. */
  signaturePublicKey: Uint8Array
  /** The device's first key packages: 1 to 200, or as many as this server keeps for a device if that is less. */
  keyPackages: KeyPackageItem[]
}

export interface OutputSchema {
  /** UUID of the device, in lower case: the `deviceUUID` given, else one made by the server. Without a `deviceUUID`, registering a key that is registered already keeps that device's id. */
  deviceId: string
  /** The device's identity for MLS credentials: the caller's DID, `#` and `deviceId`. Key packages from now on must carry it. At most 2148 bytes. */
  mlsDid: string
  /** The conversations that the device waits to be added to. It is in none of them before a member has added it; a Welcome comes with that. */
  autoJoinedConvos: string[]
  /** Welcomes made with the key packages of this request that were not confirmed yet, newest first: at most 50, getWelcome has the rest. Only a registration that is repeated can have any; absent otherwise. */
  welcomeMessages?: WelcomeMessageRef[]
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

export class InvalidDeviceNameError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidKeyPackageError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidSignatureKeyError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class DuplicatePublicKeyError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class TooManyDevicesError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'InvalidDeviceName') return new InvalidDeviceNameError(e)
    if (e.error === 'InvalidKeyPackage') return new InvalidKeyPackageError(e)
    if (e.error === 'InvalidSignatureKey')
      return new InvalidSignatureKeyError(e)
    if (e.error === 'DuplicatePublicKey') return new DuplicatePublicKeyError(e)
    if (e.error === 'TooManyDevices') return new TooManyDevicesError(e)
  }

  return e
}

/** One key package of the new device. */
export interface KeyPackageItem {
  $type?: 'blue.catbird.mls.registerDevice#keyPackageItem'
  /** The key package in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 65536 characters. Its credential is the caller's DID, `#` and `deviceUUID`; without a `deviceUUID`, the caller's DID alone. A device under the bare DID can be added to conversations that its user is not in, and to others only after it has published key packages under its `mlsDid`. */
  keyPackage: string
  cipherSuite: BlueCatbirdMlsDefs.CipherSuite
  /** When the server stops handing it out, at most 90 days from now, which it is if absent. The lifetime inside the key package counts as well. */
  expires?: string
}

const hashKeyPackageItem = 'keyPackageItem'

export function isKeyPackageItem<V>(v: V) {
  return is$typed(v, id, hashKeyPackageItem)
}

export function validateKeyPackageItem<V>(v: V) {
  return validate<KeyPackageItem & V>(v, id, hashKeyPackageItem)
}

/** A Welcome that waits for the device. */
export interface WelcomeMessageRef {
  $type?: 'blue.catbird.mls.registerDevice#welcomeMessageRef'
  /** The conversation that it leads into. */
  convoId: string
  /** The Welcome, byte for byte as it was sent, in base64url without padding; at most 10 MiB. Confirm it with confirmWelcome after joining, as one from getWelcome. */
  welcome: string
}

const hashWelcomeMessageRef = 'welcomeMessageRef'

export function isWelcomeMessageRef<V>(v: V) {
  return is$typed(v, id, hashWelcomeMessageRef)
}

export function validateWelcomeMessageRef<V>(v: V) {
  return validate<WelcomeMessageRef & V>(v, id, hashWelcomeMessageRef)
}
