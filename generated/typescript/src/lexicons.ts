/**
 * GENERATED CODE - DO NOT MODIFY
 */
import {
  type LexiconDoc,
  Lexicons,
  ValidationError,
  type ValidationResult,
} from '@atproto/lexicon'
import { type $Typed, is$typed, maybe$typed } from './util.js'

export const schemaDict = {
  BlueCatbirdMlsAddMembers: {
    lexicon: 1,
    id: 'blue.catbird.mls.addMembers',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Adds users to a conversation. With `commit`, the commit, the new members, the Welcome and the consumed key packages take effect together and the epoch rises by one, or nothing does; of several commits at one epoch the first wins. Without it, only the server's list changes and the epoch stays: the commit then follows through submitCommit. For members where the policy lets them (`allowMemberAdd` and `requireAdminApproval` of updatePolicy), who may always bring in further devices of users who are members; admins always may.",
        input: {
          description: 'Whom to add, and how.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'didList'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              idempotencyKey: {
                type: 'string',
                description:
                  'Made by the client, at most 128 bytes; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once.',
                maxLength: 128,
              },
              didList: {
                type: 'array',
                description:
                  'The users to add: 1 to 50. All are added or none.',
                minLength: 1,
                maxLength: 50,
                items: {
                  type: 'string',
                  format: 'did',
                },
              },
              commit: {
                type: 'string',
                description:
                  'MLS commit that adds them, made at the current epoch, in base64, either alphabet, padded or not; at most 10 MiB. Group and epoch are read from these bytes.',
                maxLength: 13981016,
              },
              welcomeMessage: {
                type: 'string',
                description:
                  'MLS Welcome for the new devices, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Stored with the change, and fetched by each new device with getWelcome.',
                maxLength: 13981016,
              },
              keyPackageHashes: {
                type: 'array',
                description:
                  'The key packages that went into the Welcome, one per new device, at most 10000. They are consumed together with the change and handed to nobody else. They must be exactly those that the Welcome names.',
                maxLength: 10000,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.addMembers#keyPackageHashEntry',
                },
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['success', 'newEpoch'],
            properties: {
              success: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
              newEpoch: {
                type: 'integer',
                description:
                  'Epoch after the request: one higher with a commit, unchanged without.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Drop the conversation from the list, or ask to be added.',
          },
          {
            name: 'KeyPackageNotFound',
            description:
              'A key package named is unknown, expired, consumed, or not of the user named. Nothing was changed. Fetch others with getKeyPackages and make a new Welcome.',
          },
          {
            name: 'AlreadyMember',
            description:
              'Somebody in `didList` belongs to the conversation already. Nobody was added. Fetch the members with getConvos and leave them out.',
          },
          {
            name: 'TooManyMembers',
            description:
              'The conversation would have more members than it may. The message names the limit. Nobody was added.',
          },
          {
            name: 'BlockedByMember',
            description:
              "A block stands between somebody in `didList` and a member, or between two in `didList`, whoever of the two made it; the message names both. Nobody was added. Leave one of them out. Whether it is looked for is the operator's choice; checkBlocks tells beforehand.",
          },
          {
            name: 'InvalidCommit',
            description:
              'The bytes are no MLS commit, are of another group, or contradict the rest of the request. Nothing was changed. Fix the request; a retry as it is fails again.',
          },
          {
            name: 'EpochMismatch',
            description:
              'The commit was not made at the current epoch, which the message names: another commit won. Nothing was changed. Drop the pending commit, fetch and apply what is new with getCommits or getMessages, and make the change again.',
          },
          {
            name: 'InvalidWelcome',
            description:
              'The Welcome is no MLS Welcome of this cipher suite, or names other key packages than `keyPackageHashes`. Nothing was changed. Fix the request; a retry as it is fails again.',
          },
          {
            name: 'IdempotencyKeyReused',
            description:
              'The key stands for an earlier request of yours with other content. Nothing was changed. Use a new key for a new request.',
          },
          {
            name: 'NotAdmin',
            description:
              'This conversation lets only admins add members, and the caller is none. Ask an admin.',
          },
          {
            name: 'BlueskyServiceUnavailable',
            description:
              "The server adds nobody while the blocks of somebody concerned can't be read, and they can't right now. Nothing was changed. Try again in a while.",
          },
        ],
      },
      keyPackageHashEntry: {
        type: 'object',
        description:
          'A key package that went into the Welcome, and whose it is.',
        required: ['did', 'hash'],
        properties: {
          did: {
            type: 'string',
            description:
              'The user whose key package it is, without a device. A user with several devices appears once per device.',
            format: 'did',
          },
          hash: {
            type: 'string',
            description:
              "Lower-case hex SHA-256 of the key package's bytes as published: 64 characters. The `keyPackageHash` from getKeyPackages.",
            maxLength: 64,
          },
        },
      },
    },
  },
  BlueCatbirdMlsAddReaction: {
    lexicon: 1,
    id: 'blue.catbird.mls.addReaction',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Leaves a reaction on a message, in clear text: the server and all members see it. A reaction that the server must not read travels inside a message instead. All members who can read the message get a reactionEvent. A user may leave up to 20 different reactions on one message; further ones are refused as InvalidRequest. For members who can read the message.',
        input: {
          description: 'Which message, and the reaction.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'messageId', 'reaction'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              messageId: {
                type: 'string',
                description: 'The `id` of the entry.',
                maxLength: 128,
              },
              reaction: {
                type: 'string',
                description:
                  'The reaction: one grapheme, such as an emoji, at most 16 bytes of UTF-8. Compared byte by byte.',
                maxLength: 16,
                maxGraphemes: 1,
                minLength: 1,
              },
            },
          },
        },
        output: {
          description: 'The reaction stands.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['success'],
            properties: {
              success: {
                type: 'boolean',
                description: 'Always true.',
              },
              reactedAt: {
                type: 'string',
                description:
                  'When the reaction was stored, cut down to full 2 seconds.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotFound',
            description:
              'The conversation or the message does not exist, has expired, or was made when the caller was not a member. Nothing was changed.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Nothing was changed. Drop the conversation from the list, or ask to be added.',
          },
          {
            name: 'AlreadyReacted',
            description:
              'The caller has left this reaction on this message before; it stands. After a retry this means success.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsCheckBlocks: {
    lexicon: 1,
    id: 'blue.catbird.mls.checkBlocks',
    defs: {
      main: {
        type: 'query',
        description:
          "Tells which of some users block which others of them. Ask before you create a conversation or add somebody. Blocks are the `app.bsky.graph.block` records in the users' own repositories; the answer may be some minutes old. Any user may call it.",
        parameters: {
          type: 'params',
          required: ['dids'],
          properties: {
            dids: {
              type: 'array',
              description:
                'The users: 2 to 100 DIDs, without a device. A DID that is named twice counts once.',
              minLength: 2,
              maxLength: 100,
              items: {
                type: 'string',
                format: 'did',
              },
            },
          },
        },
        output: {
          description: 'The blocks among them.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['blocks', 'checkedAt'],
            properties: {
              blocks: {
                type: 'array',
                description:
                  'One item for each user who blocks another one, sorted by `blockerDid`, then `blockedDid`. Two users who block each other are two items. At most 10000.',
                maxLength: 10000,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.checkBlocks#blockRelationship',
                },
              },
              checkedAt: {
                type: 'string',
                description:
                  'When the repository was read that was read longest ago, cut down to full 2 seconds.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'TooManyDids',
            description:
              'More DIDs than this server takes at once, which may be fewer than 100. The message names the limit. Split the request, so that each pair is in one of the parts.',
          },
          {
            name: 'BlueskyServiceUnavailable',
            description:
              "The repository of at least one of the users can't be read now, so that nobody knows whom they block. Ask again later, or leave that user out; the message says who it is.",
          },
        ],
      },
      blockRelationship: {
        type: 'object',
        description:
          'A user who blocks another one. Says nothing about the other direction.',
        required: ['blockerDid', 'blockedDid', 'createdAt'],
        properties: {
          blockerDid: {
            type: 'string',
            description:
              'The user who blocks: the record is in their repository.',
            format: 'did',
          },
          blockedDid: {
            type: 'string',
            description: 'The user who is blocked.',
            format: 'did',
          },
          createdAt: {
            type: 'string',
            description: 'When, as the record says.',
            format: 'datetime',
          },
          blockUri: {
            type: 'string',
            description:
              'The record. When there are several for the same user, the newest.',
            format: 'at-uri',
          },
        },
      },
    },
  },
  BlueCatbirdMlsClaimPendingDeviceAddition: {
    lexicon: 1,
    id: 'blue.catbird.mls.claimPendingDeviceAddition',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Claims the addition of a device for 60 seconds, so that one member works on it at a time, and reserves a key package of that device for the caller. Of several callers at once one gets it. The holder of a claim who calls again gets the same key package and another 60 seconds, up to 5 minutes in all; after that it is the others' turn for a minute at least. Then add the device by addMembers or submitCommit, naming the key package's hash: that settles the addition. For members of the conversation, the device's own user included.",
        input: {
          description: 'Which addition.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['pendingAdditionId'],
            properties: {
              pendingAdditionId: {
                type: 'string',
                description:
                  'The `id` from getPendingDeviceAdditions or from the event.',
                maxLength: 128,
              },
            },
          },
        },
        output: {
          description: 'Whether the caller has the claim now.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['claimed'],
            properties: {
              claimed: {
                type: 'boolean',
                description:
                  "True when it is the caller's turn. False when somebody else has claimed it, when the caller had it for 5 minutes just now, when the device has been added already, or when it has no key package of the conversation's cipher suite to give now.",
              },
              convoId: {
                type: 'string',
                description: 'The conversation to add the device to.',
                maxLength: 128,
              },
              deviceCredentialDid: {
                type: 'string',
                description:
                  "The device's identity, which the key package's credential carries. At most 2148 bytes.",
                maxLength: 2148,
              },
              keyPackage: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.defs#keyPackageRef',
                description:
                  'The key package to add the device by. Present when `claimed`. Verify it as MLS requires.',
              },
              claimedBy: {
                type: 'string',
                description: 'Who has the claim. Absent when nobody has.',
                format: 'did',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotMember',
            description:
              "There is no such addition, or the caller is no member of its conversation. It may have gone with the device, or with the user's membership. Drop it.",
          },
        ],
      },
    },
  },
  BlueCatbirdMlsCompletePendingDeviceAddition: {
    lexicon: 1,
    id: 'blue.catbird.mls.completePendingDeviceAddition',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Says that the claimed addition was carried out, and learns whether the server agrees. addMembers and submitCommit settle an addition by themselves when they use the key package, so this changes nothing and may be left out or repeated.',
        input: {
          description: 'What was carried out.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['pendingAdditionId', 'newEpoch'],
            properties: {
              pendingAdditionId: {
                type: 'string',
                description: 'The addition that was claimed.',
                maxLength: 128,
              },
              newEpoch: {
                type: 'integer',
                description:
                  'Epoch that the addition led to: `newEpoch` of addMembers or submitCommit.',
                minimum: 0,
              },
            },
          },
        },
        output: {
          description: 'Whether the device is a member.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['success'],
            properties: {
              success: {
                type: 'boolean',
                description:
                  'True when the device was added to the conversation and the conversation has reached `newEpoch`.',
              },
              error: {
                type: 'string',
                description: 'What is missing, when not. At most 1024 bytes.',
                maxLength: 1024,
              },
            },
          },
        },
        errors: [
          {
            name: 'NotClaimed',
            description:
              'The caller has no claim on such an addition: it was never theirs, was lost after 60 seconds, or the addition is gone. Claim it again if it is still listed.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsConfirmWelcome: {
    lexicon: 1,
    id: 'blue.catbird.mls.confirmWelcome',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Tells whether the caller could join by the Welcome that getWelcome gave. Success settles it: it is not handed out again, except that a Welcome for several devices of the caller stays until its age ends it, since nobody can tell from which device a confirmation comes. Failure is recorded and leaves it available for another try. A retry gives the same answer. For members.',
        input: {
          description: 'How joining went.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'success'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              success: {
                type: 'boolean',
                description:
                  'True when the client has joined and stored its group state. Confirm only then.',
              },
              errorDetails: {
                type: 'string',
                description:
                  'What went wrong, for the operator, at most 1024 bytes of UTF-8. Clear text: no keys, no names.',
                maxLength: 1024,
              },
            },
          },
        },
        output: {
          description: 'Whether the Welcome is settled.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['confirmed'],
            properties: {
              confirmed: {
                type: 'boolean',
                description:
                  'True when the Welcome is settled, by this call or an earlier one. False when one is still available, or none was ever sent.',
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Drop the conversation from the list.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsCreateConvo: {
    lexicon: 1,
    id: 'blue.catbird.mls.createConvo',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Creates a conversation, with its first members if wanted, in one transaction: either the conversation, its members, the Welcome and the consumption of the key packages are all there, or nothing is. Any user may call it and becomes member and admin. To start with others: fetch their key packages with getKeyPackages, add them with a commit of your own, and send the Welcome here. That commit is not sent to the log.',
        input: {
          description: 'The conversation to create.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['groupId', 'cipherSuite'],
            properties: {
              groupId: {
                type: 'string',
                description:
                  'MLS group id in hex, at most 128 characters. Becomes the `convoId`. Must be new on this server; draw it at random.',
                maxLength: 128,
              },
              idempotencyKey: {
                type: 'string',
                description:
                  'Made by the client, at most 128 bytes; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once. Without it, a retry after a lost answer gets ConvoAlreadyExists.',
                maxLength: 128,
              },
              cipherSuite: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.defs#cipherSuite',
                description:
                  'Cipher suite of the group. Cannot be changed later.',
              },
              initialMembers: {
                type: 'array',
                description:
                  'The users to start with besides the caller, who is a member anyway: at most 999.',
                minLength: 0,
                maxLength: 999,
                items: {
                  type: 'string',
                  format: 'did',
                },
              },
              welcomeMessage: {
                type: 'string',
                description:
                  'MLS Welcome for the new devices, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Stored with the change, and fetched by each new device with getWelcome.',
                maxLength: 13981016,
              },
              keyPackageHashes: {
                type: 'array',
                description:
                  'The key packages that went into the Welcome, one per new device, at most 10000. They are consumed together with the change and handed to nobody else. They must be exactly those that the Welcome names.',
                maxLength: 10000,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.createConvo#keyPackageHashEntry',
                },
              },
              metadata: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.createConvo#metadataInput',
                description:
                  'Name and description in clear text. Leave out what the server must not know.',
              },
              currentEpoch: {
                type: 'integer',
                description:
                  'Epoch at which the conversation starts: 0 for a group of the creator alone (default), 1 after one commit that added members. With a Welcome it is at least 1, and never more than 9007199254740991.',
                minimum: 0,
                default: 0,
              },
            },
          },
        },
        output: {
          description: 'The conversation as created.',
          encoding: 'application/json',
          schema: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#convoView',
          },
        },
        errors: [
          {
            name: 'InvalidCipherSuite',
            description:
              'The server does not support this cipher suite. Choose another.',
          },
          {
            name: 'KeyPackageNotFound',
            description:
              'A key package named is unknown, expired, consumed, or not of the user named. Nothing was changed. Fetch others with getKeyPackages and make a new Welcome.',
          },
          {
            name: 'TooManyMembers',
            description:
              'More members than the server allows. The message names the limit. Nothing was created.',
          },
          {
            name: 'MutualBlockDetected',
            description:
              "One of the users concerned, the caller included, blocks another one; the message names both. Nothing was created. Leave one of them out. Whether it is looked for is the operator's choice; checkBlocks tells beforehand.",
          },
          {
            name: 'ConvoAlreadyExists',
            description:
              'The groupId is taken and this is no retry with the same idempotencyKey. Choose another groupId; if you only lost the answer, look for the conversation in getConvos.',
          },
          {
            name: 'InvalidWelcome',
            description:
              'The Welcome is no MLS Welcome of this cipher suite, names other key packages than `keyPackageHashes`, or comes with `currentEpoch` 0. Nothing was changed. Fix the request; a retry as it is fails again.',
          },
          {
            name: 'IdempotencyKeyReused',
            description:
              'The key stands for an earlier request of yours with other content. Nothing was changed. Use a new key for a new request.',
          },
          {
            name: 'BlueskyServiceUnavailable',
            description:
              "The server adds nobody while the blocks of somebody concerned can't be read, and they can't right now. Nothing was changed. Try again in a while.",
          },
        ],
      },
      metadataInput: {
        type: 'object',
        description:
          'Name and description of a new conversation, in clear text.',
        properties: {
          name: {
            type: 'string',
            description: 'Display name, at most 128 bytes of UTF-8.',
            maxLength: 128,
          },
          description: {
            type: 'string',
            description:
              'What the conversation is about, at most 512 bytes of UTF-8.',
            maxLength: 512,
          },
        },
      },
      keyPackageHashEntry: {
        type: 'object',
        description:
          'A key package that went into the Welcome, and whose it is.',
        required: ['did', 'hash'],
        properties: {
          did: {
            type: 'string',
            description:
              'The user whose key package it is, without a device. A user with several devices appears once per device.',
            format: 'did',
          },
          hash: {
            type: 'string',
            description:
              "Lower-case hex SHA-256 of the key package's bytes as published: 64 characters. The `keyPackageHash` from getKeyPackages.",
            maxLength: 64,
          },
        },
      },
    },
  },
  BlueCatbirdMlsDefs: {
    lexicon: 1,
    id: 'blue.catbird.mls.defs',
    description:
      'Types shared by the methods of `blue.catbird.mls`, a delivery service for MLS (RFC 9420): it orders, stores and forwards messages that it cannot read. Times that the server makes are cut down to full 2 seconds.',
    defs: {
      convoView: {
        type: 'object',
        description:
          'A conversation as one of its members sees it. One conversation is one MLS group with one log, in which application messages, proposals and commits share the sequence 1, 2, 3 and so on.',
        required: [
          'id',
          'groupId',
          'creator',
          'members',
          'epoch',
          'cipherSuite',
          'createdAt',
        ],
        properties: {
          id: {
            type: 'string',
            description:
              "The conversation's id: always equal to `groupId`. This is the `convoId` of every other method.",
            maxLength: 128,
          },
          groupId: {
            type: 'string',
            description: 'MLS group id in hex, as given at creation.',
            maxLength: 128,
          },
          creator: {
            type: 'string',
            description:
              'Who created the conversation. Creators may lose their admin role or leave like anybody else.',
            format: 'did',
          },
          members: {
            type: 'array',
            description:
              'Those who belong to the conversation now, one entry per device for users with registered devices, else one per user.',
            maxLength: 10000,
            items: {
              type: 'ref',
              ref: 'lex:blue.catbird.mls.defs#memberView',
            },
          },
          epoch: {
            type: 'integer',
            description:
              'Current MLS epoch. It rises by one with each accepted commit and never falls.',
            minimum: 0,
          },
          cipherSuite: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#cipherSuite',
            description: 'Cipher suite of the group, fixed at creation.',
          },
          createdAt: {
            type: 'string',
            description:
              'When the conversation was created, cut down to full 2 seconds.',
            format: 'datetime',
          },
          lastMessageAt: {
            type: 'string',
            description:
              'When the newest application message was stored, cut down to full 2 seconds. Commits and proposals do not count. Absent while there is none.',
            format: 'datetime',
          },
          metadata: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#convoMetadata',
            description:
              'Name and description that members gave the conversation in clear text. Absent when there are none.',
          },
          unreadCount: {
            type: 'integer',
            description:
              "How many application messages lie after the caller's read position, expired ones not counted.",
            minimum: 0,
          },
          lastSeq: {
            type: 'integer',
            description:
              'seq of the newest entry of the log, 0 while there is none. A client whose own last seq is lower has entries to fetch with getMessages.',
            minimum: 0,
          },
        },
      },
      convoMetadata: {
        type: 'object',
        description:
          'What a conversation is called. The server can read it: a client that wants a private name keeps it inside the group and leaves this out.',
        properties: {
          name: {
            type: 'string',
            description: 'Display name, at most 128 bytes of UTF-8.',
            maxLength: 128,
          },
          description: {
            type: 'string',
            description:
              'What the conversation is about, at most 512 bytes of UTF-8.',
            maxLength: 512,
          },
        },
      },
      memberView: {
        type: 'object',
        description:
          'A member of a conversation: one device, or the whole user where no device was registered. Roles belong to users, so all devices of a user show the same one.',
        required: ['did', 'userDid', 'joinedAt', 'isAdmin'],
        properties: {
          did: {
            type: 'string',
            description:
              'Identity in the MLS group: the device-qualified DID (user DID, a number sign, device UUID), or the bare user DID of a client that never registered a device. Device-qualified DIDs are not valid DIDs on their own: use `userDid` wherever one is asked for.',
            maxLength: 2148,
          },
          userDid: {
            type: 'string',
            description: 'The user this member belongs to.',
            format: 'did',
          },
          deviceId: {
            type: 'string',
            description:
              'UUID of the registered device. Absent for a member that is a whole user.',
            maxLength: 128,
          },
          deviceName: {
            type: 'string',
            description:
              'Name that the user gave the device, at most 128 bytes of UTF-8.',
            maxLength: 128,
          },
          joinedAt: {
            type: 'string',
            description:
              'When this member joined, or rejoined after leaving, cut down to full 2 seconds.',
            format: 'datetime',
          },
          isAdmin: {
            type: 'boolean',
            description:
              'Whether the user is an admin: may change roles, remove members and work on reports.',
          },
          promotedAt: {
            type: 'string',
            description:
              "When the user became admin by promotion. Absent for others and for the creator's first role.",
            format: 'datetime',
          },
          promotedBy: {
            type: 'string',
            description: 'The admin who promoted the user.',
            format: 'did',
          },
          leafIndex: {
            type: 'integer',
            description:
              'Position in the MLS ratchet tree, where the server knows it. The group state of the client is the authority.',
            minimum: 0,
          },
          credential: {
            type: 'bytes',
            description:
              'MLS credential, where the server knows it. Verify it against the group state before trusting it.',
            maxLength: 65536,
          },
          isModerator: {
            type: 'boolean',
            description:
              'Whether the user is a moderator: may remove members and see reports, not change roles. Absent means no.',
          },
        },
      },
      messageView: {
        type: 'object',
        description:
          "One entry of a conversation's log. No sender is stored or shown: the sender is inside the ciphertext. Order by seq is order by epoch and seq: epoch never falls as seq rises.",
        required: ['id', 'convoId', 'ciphertext', 'epoch', 'seq', 'createdAt'],
        properties: {
          id: {
            type: 'string',
            description:
              'The `msgId` that the sender chose, or an id made by the server for a commit.',
            maxLength: 128,
          },
          convoId: {
            type: 'string',
            description: 'The conversation whose log this is.',
            maxLength: 128,
          },
          ciphertext: {
            type: 'bytes',
            description:
              'MLS message exactly as it was accepted, at most 10 MiB.',
            maxLength: 10485760,
          },
          epoch: {
            type: 'integer',
            description:
              'Epoch at which the message was made. For a commit this is the epoch that it ends: after it the group is one epoch further.',
            minimum: 0,
          },
          seq: {
            type: 'integer',
            description:
              'Position in the log, from 1. Final once given and never used for another entry. Neighbours differ by one; a missing seq means that an entry was deleted or expired, never that one is still to come.',
            minimum: 0,
          },
          createdAt: {
            type: 'string',
            description:
              'When the entry was stored, cut down to full 2 seconds. Order by seq, not by time.',
            format: 'datetime',
          },
          messageType: {
            type: 'string',
            description:
              'What the MLS framing says: an application message, a proposal or a commit. Absent means `app`. Commits have to be applied in seq order, before later entries are decrypted.',
            maxLength: 64,
            knownValues: ['app', 'proposal', 'commit'],
          },
          embedType: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#embedType',
            description:
              'Clear-text hint about what the message embeds, when the sender chose to reveal it.',
          },
          embedUri: {
            type: 'string',
            description:
              'Clear-text address of what the message embeds, at most 2048 bytes, when the sender chose to reveal it. Unverified.',
            format: 'uri',
            maxLength: 2048,
          },
          expiresAt: {
            type: 'string',
            description:
              'When the entry is due for deletion. From then on it is not returned any more. Absent when it is kept without limit.',
            format: 'datetime',
          },
          reactions: {
            type: 'array',
            description:
              'Clear-text reactions to the message, oldest first. Absent when there are none.',
            items: {
              type: 'ref',
              ref: 'lex:blue.catbird.mls.defs#reactionView',
            },
          },
        },
      },
      keyPackageRef: {
        type: 'object',
        description:
          'A published MLS key package, ready to be added to a group. It joins one group only, unless it is a last-resort key package (RFC 9420 section 16.8).',
        required: ['did', 'keyPackage', 'cipherSuite'],
        properties: {
          did: {
            type: 'string',
            description:
              'Whose key package it is: a device-qualified DID for a registered device, else the user DID.',
            maxLength: 2148,
          },
          keyPackage: {
            type: 'string',
            description:
              'The key package as published, byte for byte, in base64url without padding. Bare or inside an MLSMessage, as its owner sent it. At most 65536 characters.',
            maxLength: 65536,
          },
          cipherSuite: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#cipherSuite',
            description: 'Cipher suite of the key package.',
          },
          keyPackageHash: {
            type: 'string',
            description:
              'Lower-case hex SHA-256 of the published bytes. Name it in `keyPackageHashes` when the key package goes into a Welcome.',
            maxLength: 64,
          },
          deviceId: {
            type: 'string',
            description:
              'UUID of the registered device. Absent when the owner never registered it.',
            maxLength: 128,
          },
        },
      },
      reactionView: {
        type: 'object',
        description:
          'A reaction that somebody left on a message in clear text. Reactions that the server must not read travel inside messages.',
        required: ['reaction', 'did', 'createdAt'],
        properties: {
          reaction: {
            type: 'string',
            description:
              'The reaction: one grapheme, at most 64 bytes of UTF-8.',
            maxLength: 64,
            maxGraphemes: 1,
          },
          did: {
            type: 'string',
            description: 'The user who reacted.',
            format: 'did',
          },
          createdAt: {
            type: 'string',
            description: 'When, cut down to full 2 seconds.',
            format: 'datetime',
          },
        },
      },
      blobRef: {
        type: 'object',
        description:
          'A stored blob: bytes that the client encrypted and the server cannot read. Its name is the hash of its content, so equal bytes have equal names.',
        required: ['cid', 'mimeType', 'size', 'createdAt'],
        properties: {
          cid: {
            type: 'string',
            description:
              'CIDv1 (raw codec, SHA-256) of the stored bytes. Compare it with what was downloaded.',
            format: 'cid',
          },
          mimeType: {
            type: 'string',
            description:
              'Media type that the uploader stated, usually that of encrypted data. Unverified.',
            maxLength: 256,
          },
          size: {
            type: 'integer',
            description: 'Length in bytes.',
            minimum: 0,
          },
          createdAt: {
            type: 'string',
            description:
              'When the blob was stored, cut down to full 2 seconds.',
            format: 'datetime',
          },
          convoId: {
            type: 'string',
            description:
              'The conversation whose members may read the blob. Absent when only its owner may.',
            maxLength: 128,
          },
        },
      },
      cipherSuite: {
        type: 'string',
        description:
          'MLS cipher suite by its RFC 9420 name (known: the six suites of RFC 9420 section 17.1). The set is open: a client must cope with names that it does not know, and not use those groups or key packages.',
        maxLength: 64,
        knownValues: [
          'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
          'MLS_128_DHKEMP256_AES128GCM_SHA256_P256',
          'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
          'MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448',
          'MLS_256_DHKEMP521_AES256GCM_SHA512_P521',
          'MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448',
        ],
      },
      embedType: {
        type: 'string',
        description:
          'Kind of thing that a message embeds: a Tenor animation, a web link or an AT Protocol record. An open set; at most 64 bytes.',
        maxLength: 64,
        knownValues: ['tenor', 'link', 'record'],
      },
    },
  },
  BlueCatbirdMlsDeleteDevice: {
    lexicon: 1,
    id: 'blue.catbird.mls.deleteDevice',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Deletes a device of the caller, registered or not: its key packages, the Welcomes that it has not confirmed, and its pending additions go, and it is no member of any conversation any more. The caller stays a member of each, also when it was their only device there. In each of these conversations members get an event; one of them removes the device's leaf by submitCommit, without `removeDids`, unless the conversation's `members` list the device again by then. Until then the device still holds the keys of the group. A second call gets DeviceNotFound.",
        input: {
          description: 'Which device.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['deviceId'],
            properties: {
              deviceId: {
                type: 'string',
                description:
                  'UUID of the device: the `deviceId` that registerDevice gave, or the one in the credential of a device that never registered.',
                maxLength: 128,
              },
            },
          },
        },
        output: {
          description: 'What was deleted.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['deleted', 'keyPackagesDeleted'],
            properties: {
              deleted: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
              keyPackagesDeleted: {
                type: 'integer',
                description:
                  'How many key packages were deleted that were not used up yet.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'DeviceNotFound',
            description:
              'Nobody has registered a device with this id and the caller has none in a conversation or with key packages in store, or it was deleted. Nothing was changed.',
          },
          {
            name: 'Unauthorized',
            description: "The device is somebody else's. Nothing was changed.",
          },
        ],
      },
    },
  },
  BlueCatbirdMlsDemoteAdmin: {
    lexicon: 1,
    id: 'blue.catbird.mls.demoteAdmin',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Makes an admin a plain member of a conversation, with all devices. For admins, who may name themselves. The last admin stays one: of several admins who are demoted at once, one is left. The change stands in the audit log, and all members get a membershipChangeEvent. A retry after success gets NotAdminTarget, or NotAdmin from those who demoted themselves.',
        input: {
          description: 'Whose role changes.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'targetDid'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              targetDid: {
                type: 'string',
                description: 'The admin to demote; may be the caller.',
                format: 'did',
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['ok'],
            properties: {
              ok: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotAdmin',
            description:
              'The caller is no admin of the conversation. Nothing was changed. Ask one.',
          },
          {
            name: 'NotMember',
            description:
              'The caller or the user named is not a member. Nothing was changed. Fetch the members with getConvos.',
          },
          {
            name: 'NotAdminTarget',
            description:
              'The user is a member and no admin, perhaps because an earlier try succeeded. Nothing was changed: there is nothing to take away.',
          },
          {
            name: 'LastAdmin',
            description:
              'The user is the only admin. Nothing was changed. Promote somebody else first.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsDemoteModerator: {
    lexicon: 1,
    id: 'blue.catbird.mls.demoteModerator',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Makes a moderator a plain member of a conversation, with all devices. For admins: moderators can't change roles, their own included. The change stands in the audit log, and all members get a membershipChangeEvent. A retry after success gets NotModerator.",
        input: {
          description: 'Whose role changes.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'targetDid'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              targetDid: {
                type: 'string',
                description: 'The moderator to demote.',
                format: 'did',
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['ok'],
            properties: {
              ok: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotAdmin',
            description:
              'The caller is no admin of the conversation. Nothing was changed. Ask one.',
          },
          {
            name: 'NotMember',
            description:
              'The caller or the user named is not a member. Nothing was changed. Fetch the members with getConvos.',
          },
          {
            name: 'NotModerator',
            description:
              'The user is a member and no moderator, perhaps because an earlier try succeeded. Nothing was changed: there is nothing to take away.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetAdminStats: {
    lexicon: 1,
    id: 'blue.catbird.mls.getAdminStats',
    defs: {
      main: {
        type: 'query',
        description:
          'Counts reports, removals and settled blocks: of one conversation for its admins, of the whole server for its operators. Safe to repeat.',
        parameters: {
          type: 'params',
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo. Absent means the whole server, for operators only.',
              maxLength: 128,
            },
            since: {
              type: 'string',
              description:
                'Count only what was reported, removed or settled at this time or later. Absent means all that is kept.',
              format: 'datetime',
            },
          },
        },
        output: {
          description: 'The counts.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['stats', 'generatedAt'],
            properties: {
              stats: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.getAdminStats#moderationStats',
                description: 'The counts.',
              },
              generatedAt: {
                type: 'string',
                description:
                  'When they were counted, cut down to full 2 seconds.',
                format: 'datetime',
              },
              convoId: {
                type: 'string',
                description:
                  'The conversation they are of. Absent for the whole server.',
                maxLength: 128,
              },
            },
          },
        },
        errors: [
          {
            name: 'NotAuthorized',
            description:
              'The caller is no admin of the conversation, or asks for the whole server and is no operator of it.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
        ],
      },
      moderationStats: {
        type: 'object',
        description:
          'Counts of reports and removals. Reports are counted as long as they are kept.',
        required: [
          'totalReports',
          'pendingReports',
          'resolvedReports',
          'totalRemovals',
          'blockConflictsResolved',
        ],
        properties: {
          totalReports: {
            type: 'integer',
            description: 'Reports of any status.',
            minimum: 0,
          },
          pendingReports: {
            type: 'integer',
            description: 'Reports that wait for a decision.',
            minimum: 0,
          },
          resolvedReports: {
            type: 'integer',
            description: 'Reports that were resolved or dismissed.',
            minimum: 0,
          },
          totalRemovals: {
            type: 'integer',
            description:
              'Removals of a user by somebody else, whether or not a report led to them.',
            minimum: 0,
          },
          blockConflictsResolved: {
            type: 'integer',
            description:
              'Blocks between members that admins had been told of and that keep nobody from anybody any more: the block was taken back, or one of the two has left or was removed.',
            minimum: 0,
          },
          reportsByCategory: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.getAdminStats#reportCategoryCounts',
            description:
              'The reports by what they are about. Absent when there are none.',
          },
          averageResolutionTimeHours: {
            type: 'integer',
            description:
              'Hours from report to decision on average, rounded to the nearest. Absent when nothing was decided.',
            minimum: 0,
          },
        },
      },
      reportCategoryCounts: {
        type: 'object',
        description:
          'Reports by what they are about. A category without any is absent.',
        properties: {
          harassment: {
            type: 'integer',
            description: 'Reports of harassment.',
            minimum: 0,
          },
          spam: {
            type: 'integer',
            description: 'Reports of spam.',
            minimum: 0,
          },
          hateSpeech: {
            type: 'integer',
            description: 'Reports of `hate_speech`.',
            minimum: 0,
          },
          violence: {
            type: 'integer',
            description: 'Reports of violence.',
            minimum: 0,
          },
          sexualContent: {
            type: 'integer',
            description: 'Reports of `sexual_content`.',
            minimum: 0,
          },
          impersonation: {
            type: 'integer',
            description: 'Reports of impersonation.',
            minimum: 0,
          },
          privacyViolation: {
            type: 'integer',
            description: 'Reports of `privacy_violation`.',
            minimum: 0,
          },
          otherCategory: {
            type: 'integer',
            description:
              "Reports of `other`, and of categories that this server doesn't know.",
            minimum: 0,
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetBlockStatus: {
    lexicon: 1,
    id: 'blue.catbird.mls.getBlockStatus',
    defs: {
      main: {
        type: 'query',
        description:
          "Tells which members of a conversation block each other, however that came about. For admins and moderators. The answer may be some minutes old. Members whose repositories can't be read now are passed over, and so are those whom the server could not get to in time; ask again a little later. A block removes nobody: what follows from it is for people to decide.",
        parameters: {
          type: 'params',
          required: ['convoId'],
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The blocks among the members.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'hasConflicts', 'blocks', 'checkedAt'],
            properties: {
              convoId: {
                type: 'string',
                description: 'The conversation asked about.',
                maxLength: 128,
              },
              hasConflicts: {
                type: 'boolean',
                description: 'Whether `blocks` has any.',
              },
              blocks: {
                type: 'array',
                description:
                  'One item for each member who blocks another one, sorted by `blockerDid`, then `blockedDid`. The first 10000.',
                maxLength: 10000,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.checkBlocks#blockRelationship',
                },
              },
              checkedAt: {
                type: 'string',
                description:
                  'When the repository was read that was read longest ago, cut down to full 2 seconds.',
                format: 'datetime',
              },
              memberCount: {
                type: 'integer',
                description: 'Users in the conversation.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Drop the conversation from the list, or ask to be added.',
          },
          {
            name: 'NotAdmin',
            description:
              'The caller is neither admin nor moderator. Use checkBlocks for users you know.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetCommits: {
    lexicon: 1,
    id: 'blue.catbird.mls.getCommits',
    defs: {
      main: {
        type: 'query',
        description:
          'Reads the commits of a range of epochs, so that a client that fell behind can catch up: apply them in order, each moves the group one epoch further. There is exactly one commit per epoch, and it is the one that every member gets. Commits are kept as long as a member still needs them, up to a limit of the server: when the first one returned is of a later epoch than `fromEpoch`, those before are gone, and the client comes back with processExternalCommit or requestRejoin. When none is left, InvalidEpochRange says so. validateDeviceState tells of conversations where that has happened to the user, by the positions of updateCursor. For members, from where they joined; those who left or were removed can still read what came before, the commit that removed them included. Safe to repeat.',
        parameters: {
          type: 'params',
          required: ['convoId', 'fromEpoch'],
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo.',
              maxLength: 128,
            },
            fromEpoch: {
              type: 'integer',
              description:
                'First epoch of the range: the one that the client is at. The commit made at that epoch is included.',
              minimum: 0,
            },
            toEpoch: {
              type: 'integer',
              description:
                'Last epoch of the range, included. Absent means up to the newest commit.',
              minimum: 0,
            },
          },
        },
        output: {
          description: 'The commits.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'commits'],
            properties: {
              convoId: {
                type: 'string',
                description: 'The conversation asked for.',
                maxLength: 128,
              },
              commits: {
                type: 'array',
                description:
                  'By ascending epoch. A long range may be cut: ask again from the epoch after the last one, until none comes. None at once means that the client is up to date.',
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.getCommits#commitMessage',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description: 'The caller never was a member. Ask to be added.',
          },
          {
            name: 'InvalidEpochRange',
            description:
              "`toEpoch` is below `fromEpoch`: fix the range. Or all commits of the range have expired, and the client can't catch up any more: come back with processExternalCommit or requestRejoin. The message says which.",
          },
        ],
      },
      commitMessage: {
        type: 'object',
        description: 'A commit: the entry of the log that ends an epoch.',
        required: ['epoch', 'commitData', 'createdAt'],
        properties: {
          epoch: {
            type: 'integer',
            description:
              'Epoch at which the commit was made. Applying it brings the group to the next one.',
            minimum: 0,
          },
          sender: {
            type: 'string',
            description:
              'Absent: the server stores no sender. Members learn it from the commit itself. At most 2148 bytes.',
            maxLength: 2148,
          },
          commitData: {
            type: 'bytes',
            description:
              'The commit exactly as it was accepted, at most 10 MiB.',
            maxLength: 10485760,
          },
          createdAt: {
            type: 'string',
            description:
              'When the commit was stored, cut down to full 2 seconds.',
            format: 'datetime',
          },
          seq: {
            type: 'integer',
            description:
              'Position in the log, the same as in getMessages. Final.',
            minimum: 0,
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetConvos: {
    lexicon: 1,
    id: 'blue.catbird.mls.getConvos',
    defs: {
      main: {
        type: 'query',
        description:
          'Lists the conversations to which the caller belongs now. Over all pages each appears once; one that the caller joins or leaves meanwhile may or may not appear. The order is stable and says nothing: sort by `lastMessageAt`. Safe to repeat.',
        parameters: {
          type: 'params',
          properties: {
            limit: {
              type: 'integer',
              description: 'Conversations per page: 1 to 100, by default 50.',
              minimum: 1,
              maximum: 100,
              default: 50,
            },
            cursor: {
              type: 'string',
              description:
                '`cursor` of the page before. Without it, the first page. Opaque, at most 512 bytes.',
              maxLength: 512,
            },
          },
        },
        output: {
          description: 'One page of conversations.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['conversations'],
            properties: {
              conversations: {
                type: 'array',
                description: 'At most `limit` conversations.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.defs#convoView',
                },
              },
              cursor: {
                type: 'string',
                description: 'For the next page. Absent on the last one.',
                maxLength: 512,
              },
            },
          },
        },
        errors: [
          {
            name: 'InvalidCursor',
            description:
              'The cursor did not come from this method. Start again without one.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetEpoch: {
    lexicon: 1,
    id: 'blue.catbird.mls.getEpoch',
    defs: {
      main: {
        type: 'query',
        description:
          'Tells the current epoch of a conversation. It may rise at any moment: what decides is the answer to sendMessage or submitCommit. For members. Safe to repeat.',
        parameters: {
          type: 'params',
          required: ['convoId'],
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The epoch.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'currentEpoch'],
            properties: {
              convoId: {
                type: 'string',
                description: 'The conversation asked for.',
                maxLength: 128,
              },
              currentEpoch: {
                type: 'integer',
                description:
                  'The current epoch. A client that is behind catches up with getCommits.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Drop the conversation from the list, or ask to be added.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetExpectedConversations: {
    lexicon: 1,
    id: 'blue.catbird.mls.getExpectedConversations',
    defs: {
      main: {
        type: 'query',
        description:
          "Lists all conversations that the caller is a member of, and how one of the caller's devices stands in each, so that a device that lost its state finds out where it should be. What the server can't see, the MLS state on the device, isn't judged: a conversation listed here that the device has no state for is one to come back to.",
        parameters: {
          type: 'params',
          properties: {
            deviceId: {
              type: 'string',
              description:
                'UUID of a device of the caller. Absent for the caller as a whole.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The conversations.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['conversations'],
            properties: {
              conversations: {
                type: 'array',
                description: 'All of them, by id.',
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.getExpectedConversations#expectedConversation',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'Unauthorized',
            description:
              'The device is registered for somebody else. Nothing is told of it.',
          },
        ],
      },
      expectedConversation: {
        type: 'object',
        description: 'A conversation that the caller is a member of.',
        required: ['convoId', 'name', 'memberCount', 'shouldBeInGroup'],
        properties: {
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          name: {
            type: 'string',
            description: 'Its name; empty when it has none.',
            maxLength: 128,
          },
          memberCount: {
            type: 'integer',
            description: 'How many users are members, the caller included.',
            minimum: 1,
          },
          shouldBeInGroup: {
            type: 'boolean',
            description:
              'Always true: conversations that the caller has left or was removed from are not listed.',
          },
          lastActivity: {
            type: 'string',
            description:
              'When the last message was stored, cut down to full 2 seconds. Absent before the first.',
            format: 'datetime',
          },
          needsRejoin: {
            type: 'boolean',
            description:
              "True when the device has asked to be added anew and nobody has done it yet, or when it is not listed as a member and waits for nobody to add it, so that processExternalCommit is its way in; or when commits have expired behind the delivered position, so that it can't catch up. Without a device: whether any of the caller's has asked so, or the latter.",
          },
          deviceInGroup: {
            type: 'boolean',
            description:
              'Whether the device is listed as a member. Where the server knows a member without a device, such as the creator, that counts as this one, unless the device waits to be added. Absent without a device.',
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetGroupInfo: {
    lexicon: 1,
    id: 'blue.catbird.mls.getGroupInfo',
    defs: {
      main: {
        type: 'query',
        description:
          "Fetches the GroupInfo of the conversation's current epoch, which a member needs who lost the group's state and wants to come back by an external commit with processExternalCommit. For members.",
        parameters: {
          type: 'params',
          required: ['convoId'],
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The GroupInfo.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['groupInfo', 'epoch'],
            properties: {
              groupInfo: {
                type: 'string',
                description:
                  "The GroupInfo as a member sent it, byte for byte, in base64url without padding. Verify it as MLS asks before you join by it: the server can't tell whether the group is the one that you know.",
                maxLength: 13981016,
              },
              epoch: {
                type: 'integer',
                description:
                  "The epoch that it describes: the conversation's current one.",
                minimum: 0,
              },
              expiresAt: {
                type: 'string',
                format: 'datetime',
                description:
                  'When it stops being of use, if that is known before. Absent when it is good until the next commit.',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'Unauthorized',
            description:
              'The caller is not a member. GroupInfo is for members alone: wait to be added.',
          },
          {
            name: 'GroupInfoUnavailable',
            description:
              'Nobody has sent the GroupInfo of the current epoch. Ask for it with groupInfoRefresh, wait for a member to send it, and try again; or ask to be added anew with requestRejoin.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetKeyPackageHistory: {
    lexicon: 1,
    id: 'blue.catbird.mls.getKeyPackageHistory',
    defs: {
      main: {
        type: 'query',
        description:
          "Lists the caller's own key packages over all devices, newest first, with what became of them. Goes back as far as the server keeps them: some weeks after their lifetime. Deleted ones are not among them.",
        parameters: {
          type: 'params',
          properties: {
            limit: {
              type: 'integer',
              description: 'How many at most: 1 to 100.',
              minimum: 1,
              maximum: 100,
              default: 20,
            },
            cursor: {
              type: 'string',
              description: 'The `cursor` of the page before.',
              maxLength: 512,
            },
          },
        },
        output: {
          description: 'A page.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['history'],
            properties: {
              history: {
                type: 'array',
                description: 'Newest first.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.getKeyPackageHistory#keyPackageHistoryEntry',
                },
              },
              cursor: {
                type: 'string',
                description: 'Gives the next page. Absent on the last one.',
                maxLength: 512,
              },
            },
          },
        },
      },
      keyPackageHistoryEntry: {
        type: 'object',
        description: 'A key package.',
        required: ['packageId', 'createdAt', 'cipherSuite'],
        properties: {
          packageId: {
            type: 'string',
            description: 'Lower-case hex SHA-256 of the published bytes.',
            maxLength: 64,
          },
          createdAt: {
            type: 'string',
            description: 'When it was published.',
            format: 'datetime',
          },
          consumedAt: {
            type: 'string',
            description:
              'When it was used up. Absent as long as it was not; last-resort ones never are.',
            format: 'datetime',
          },
          consumedForConvo: {
            type: 'string',
            description: 'The conversation that it was used for.',
            maxLength: 128,
          },
          consumedForConvoName: {
            type: 'string',
            description:
              "That conversation's name, if it has one and the caller is in it now.",
            maxLength: 128,
          },
          consumedByDevice: {
            type: 'string',
            description:
              "The device that used it, as the identity in its credential, at most 2148 bytes. Absent where the server doesn't know it: of a member who has several devices in that conversation, or none by name.",
            maxLength: 2148,
          },
          deviceId: {
            type: 'string',
            description:
              "UUID of the device that it belongs to. Absent for one under the caller's bare DID.",
            maxLength: 128,
          },
          cipherSuite: {
            type: 'string',
            description: 'Its cipher suite.',
            maxLength: 64,
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetKeyPackageStats: {
    lexicon: 1,
    id: 'blue.catbird.mls.getKeyPackageStats',
    defs: {
      main: {
        type: 'query',
        description:
          'Tells how many key packages a user has in store, and how fast they go, so that a client can publish more in time. Any user may ask about any user, but about others only `available` is told: the other counts are 0, `needsReplenish` is false and optional properties are absent. Safe to repeat: asking reserves and consumes nothing.',
        parameters: {
          type: 'params',
          properties: {
            did: {
              type: 'string',
              description: "Whose key packages. Absent means the caller's.",
              format: 'did',
            },
            cipherSuite: {
              type: 'string',
              description:
                'Count only this cipher suite, by its name as in `defs#cipherSuite`. Absent means all.',
              maxLength: 64,
            },
          },
        },
        output: {
          description: 'The counts at this moment.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: [
              'available',
              'threshold',
              'needsReplenish',
              'total',
              'consumed',
              'consumedLast24h',
              'consumedLast7d',
              'averageDailyConsumption',
            ],
            properties: {
              available: {
                type: 'integer',
                description:
                  'Key packages that are neither consumed nor expired.',
                minimum: 0,
              },
              threshold: {
                type: 'integer',
                description:
                  'Below how many available ones the stock counts as low.',
                minimum: 1,
              },
              needsReplenish: {
                type: 'boolean',
                description:
                  'Whether `available` is below `threshold`. Publish more with publishKeyPackages when true.',
              },
              total: {
                type: 'integer',
                description:
                  'Key packages on record: available, consumed and expired.',
                minimum: 0,
              },
              consumed: {
                type: 'integer',
                description: 'Key packages on record that were consumed.',
                minimum: 0,
              },
              consumedLast24h: {
                type: 'integer',
                description: 'Those consumed within the last 24 hours.',
                minimum: 0,
              },
              consumedLast7d: {
                type: 'integer',
                description: 'Those consumed within the last 7 days.',
                minimum: 0,
              },
              averageDailyConsumption: {
                type: 'integer',
                description:
                  'Key packages consumed per day over the last 7 days, rounded up.',
                minimum: 0,
              },
              predictedDepletionDays: {
                type: 'integer',
                description:
                  'Days until none is left at that rate, rounded down. Absent when none was consumed in the last 7 days.',
                minimum: 0,
              },
              oldestExpiresIn: {
                type: 'string',
                description:
                  'Time until the next available key package expires, for people to read, such as `12d 4h`; at most 64 bytes. Do not parse it. Absent when none is available.',
                maxLength: 64,
              },
              byCipherSuite: {
                type: 'array',
                description:
                  'The same counts by cipher suite, for those of which there are any.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.getKeyPackageStats#cipherSuiteStats',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'InvalidDid',
            description:
              'The DID is of a method that this server does not serve; did:plc and did:web are. Do not ask for it again.',
          },
        ],
      },
      cipherSuiteStats: {
        type: 'object',
        description: 'Key packages of one cipher suite.',
        required: ['cipherSuite', 'available'],
        properties: {
          cipherSuite: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#cipherSuite',
            description: 'The cipher suite.',
          },
          available: {
            type: 'integer',
            description: 'Key packages that are neither consumed nor expired.',
            minimum: 0,
          },
          consumed: {
            type: 'integer',
            description: 'Key packages on record that were consumed.',
            minimum: 0,
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetKeyPackageStatus: {
    lexicon: 1,
    id: 'blue.catbird.mls.getKeyPackageStatus',
    defs: {
      main: {
        type: 'query',
        description:
          "Counts the caller's own key packages over all devices, and lists those that were used up, last used first. Goes back as far as the server keeps them: some weeks after their lifetime.",
        parameters: {
          type: 'params',
          properties: {
            limit: {
              type: 'integer',
              description: 'How many used ones at most: 1 to 100.',
              minimum: 1,
              maximum: 100,
              default: 20,
            },
            cursor: {
              type: 'string',
              description: 'The `cursor` of the page before.',
              maxLength: 512,
            },
          },
        },
        output: {
          description: 'Counts and a page.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['totalUploaded', 'available', 'consumed'],
            properties: {
              totalUploaded: {
                type: 'integer',
                description:
                  'All that are known: available, used up and expired.',
                minimum: 0,
              },
              available: {
                type: 'integer',
                description:
                  'Those that can still be used, reserved ones included.',
                minimum: 0,
              },
              consumed: {
                type: 'integer',
                description: 'Those that were used up.',
                minimum: 0,
              },
              reserved: {
                type: 'integer',
                description:
                  'Those of the available ones that somebody has fetched and may be about to use.',
                minimum: 0,
              },
              consumedPackages: {
                type: 'array',
                description: 'Those used up, last used first.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.getKeyPackageStatus#consumedPackageView',
                },
              },
              cursor: {
                type: 'string',
                description: 'Gives the next page. Absent on the last one.',
                maxLength: 512,
              },
            },
          },
        },
      },
      consumedPackageView: {
        type: 'object',
        description: 'A key package that was used up.',
        required: ['keyPackageHash', 'consumedAt'],
        properties: {
          keyPackageHash: {
            type: 'string',
            description: 'Lower-case hex SHA-256 of the published bytes.',
            maxLength: 64,
          },
          usedInGroup: {
            type: 'string',
            description: 'The conversation that it was used for.',
            maxLength: 128,
          },
          consumedAt: {
            type: 'string',
            description: 'When it was used.',
            format: 'datetime',
          },
          cipherSuite: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#cipherSuite',
            description: 'Its cipher suite.',
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetKeyPackages: {
    lexicon: 1,
    id: 'blue.catbird.mls.getKeyPackages',
    defs: {
      main: {
        type: 'query',
        description:
          'Fetches one key package per device of each user named, the oldest first, and reserves them for the caller for some minutes. The same caller asking again meanwhile gets the same ones, so it is safe to repeat; other callers get others. A key package is consumed only when createConvo, addMembers or submitCommit names its hash, and never handed out again after that. When a device has nothing left but its last-resort key package, that one is given, and may go to several callers. Any user may call it.',
        parameters: {
          type: 'params',
          required: ['dids'],
          properties: {
            dids: {
              type: 'array',
              description: 'The users: 1 to 100 DIDs, without a device.',
              minLength: 1,
              maxLength: 100,
              items: {
                type: 'string',
                format: 'did',
              },
            },
            cipherSuite: {
              type: 'string',
              description:
                'Only key packages of this cipher suite. Ask for that of the group. Absent means any.',
              maxLength: 64,
              knownValues: [
                'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
                'MLS_128_DHKEMP256_AES128GCM_SHA256_P256',
                'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
                'MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448',
                'MLS_256_DHKEMP521_AES256GCM_SHA512_P521',
                'MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448',
              ],
            },
          },
        },
        output: {
          description: 'Reserved key packages.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['keyPackages'],
            properties: {
              keyPackages: {
                type: 'array',
                description:
                  'One per device that has any. Verify each as MLS requires before adding it.',
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.defs#keyPackageRef',
                },
              },
              missing: {
                type: 'array',
                description:
                  'Those of `dids` without a single key package to give: they cannot be added now. Absent when there are none.',
                maxLength: 100,
                items: {
                  type: 'string',
                  format: 'did',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'TooManyDids',
            description:
              'More DIDs than this server takes at once, which may be fewer than 100. The message names the limit. Split the request.',
          },
          {
            name: 'InvalidDid',
            description:
              'A DID is of a method that this server does not serve; did:plc and did:web are. The message names it. Leave it out.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetMessage: {
    lexicon: 1,
    id: 'blue.catbird.mls.getMessage',
    defs: {
      main: {
        type: 'query',
        description:
          'Reads one entry of the log by its id, looked up in the conversations that the caller can read. For members, from where they joined; those who left or were removed can still read what came before, the commit that removed them included. Safe to repeat.',
        parameters: {
          type: 'params',
          required: ['messageId'],
          properties: {
            messageId: {
              type: 'string',
              description: '`id` of the entry: the `msgId` of sendMessage.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The entry.',
          encoding: 'application/json',
          schema: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#messageView',
          },
        },
        errors: [
          {
            name: 'MessageNotFound',
            description:
              'No conversation that the caller is or was in has such an entry; it may have been deleted or have expired. Do not wait for it.',
          },
          {
            name: 'NotMember',
            description:
              'The entry is in a conversation that the caller was in, but not when it was made. Do not ask again.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetMessages: {
    lexicon: 1,
    id: 'blue.catbird.mls.getMessages',
    defs: {
      main: {
        type: 'query',
        description:
          "Reads entries of a conversation's log, always by ascending seq. With `sinceSeq`, those after it; with `seqs`, exactly those; with neither, the latest ones. To follow a log, ask again with the last seq seen: seqs rise one by one, an entry never turns up behind one already returned, and a missing seq means deletion or expiry, never a race. Entries that have expired are not returned. For members, from where they joined; those who left or were removed can still read what came before, the commit that removed them included. Safe to repeat.",
        parameters: {
          type: 'params',
          required: ['convoId'],
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo.',
              maxLength: 128,
            },
            limit: {
              type: 'integer',
              description:
                'Entries per page: 1 to 100, by default 50. Does not apply to `seqs`.',
              minimum: 1,
              maximum: 100,
              default: 50,
            },
            sinceSeq: {
              type: 'integer',
              description:
                'Return entries with a higher seq: the seq of the last entry known, 0 for the whole log. Not together with `seqs`.',
              minimum: 0,
            },
            seqs: {
              type: 'array',
              description:
                'Return exactly these entries, at most 100, to fill gaps. Those that are gone are left out. Large entries may end the answer early: ask again for those above `lastSeq`. Not together with `sinceSeq`.',
              maxLength: 100,
              items: {
                type: 'integer',
                minimum: 1,
              },
            },
          },
        },
        output: {
          description: 'One page of the log.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['messages'],
            properties: {
              messages: {
                type: 'array',
                description:
                  'The entries, by ascending seq. Large entries may make a page shorter than `limit`; the end of the log is reached when nothing comes after `sinceSeq`.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.defs#messageView',
                },
              },
              lastSeq: {
                type: 'integer',
                description:
                  'seq of the last entry returned: `sinceSeq` of the next page. Absent when none is returned: keep the one you have.',
              },
              gapInfo: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.getMessages#gapInfo',
                description:
                  'Present only when entries are missing between the oldest and the newest one kept.',
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description: 'The caller never was a member. Ask to be added.',
          },
          {
            name: 'InvalidCursor',
            description:
              '`sinceSeq` and `seqs` were given together. Choose one.',
          },
        ],
      },
      gapInfo: {
        type: 'object',
        description:
          'Which entries are gone for good. There is nothing to wait for: move on.',
        required: ['hasGaps', 'missingSeqs', 'totalMessages'],
        properties: {
          hasGaps: {
            type: 'boolean',
            description: 'Always true: without gaps there is no gapInfo.',
          },
          missingSeqs: {
            type: 'array',
            description:
              'The missing seqs, ascending, from the page asked for on: at most 1000.',
            maxLength: 1000,
            items: {
              type: 'integer',
            },
          },
          totalMessages: {
            type: 'integer',
            description:
              'How many entries exist. With 1, 2, 4 and 5 kept, 3 is missing and the total is 4.',
            minimum: 0,
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetPendingDeviceAdditions: {
    lexicon: 1,
    id: 'blue.catbird.mls.getPendingDeviceAdditions',
    defs: {
      main: {
        type: 'query',
        description:
          "Lists devices that wait to be added to the caller's conversations, oldest first: other members' and the caller's own. To add one, claim it with claimPendingDeviceAddition.",
        parameters: {
          type: 'params',
          properties: {
            convoIds: {
              type: 'array',
              description:
                'Only those of these conversations: at most 100. Absent means all that the caller is in.',
              maxLength: 100,
              items: {
                type: 'string',
                maxLength: 128,
              },
            },
            limit: {
              type: 'integer',
              description: 'How many at most: 1 to 100.',
              minimum: 1,
              maximum: 100,
              default: 50,
            },
          },
        },
        output: {
          description: 'The devices that wait.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['pendingAdditions'],
            properties: {
              pendingAdditions: {
                type: 'array',
                description:
                  'One entry per device and conversation. When there are as many as `limit`, ask again once some of them are settled.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.getPendingDeviceAdditions#pendingDeviceAddition',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'Unauthorized',
            description:
              'The caller is no member of one of `convoIds`, or there is no such conversation. Leave it out.',
          },
        ],
      },
      pendingDeviceAddition: {
        type: 'object',
        description: 'A device that waits to be added to a conversation.',
        required: [
          'id',
          'convoId',
          'userDid',
          'deviceId',
          'deviceCredentialDid',
          'status',
          'createdAt',
        ],
        properties: {
          id: {
            type: 'string',
            description:
              'Names this addition to the methods that claim and complete it.',
            maxLength: 128,
          },
          convoId: {
            type: 'string',
            description: 'The conversation to add it to.',
            maxLength: 128,
          },
          userDid: {
            type: 'string',
            description: 'Whose device it is: a member of the conversation.',
            format: 'did',
          },
          deviceId: {
            type: 'string',
            description: 'UUID of the device.',
            maxLength: 128,
          },
          deviceName: {
            type: 'string',
            description: 'Its name. Whoever adds it may show it.',
            maxLength: 128,
          },
          deviceCredentialDid: {
            type: 'string',
            description: 'Its identity in MLS credentials. At most 2148 bytes.',
            maxLength: 2148,
          },
          status: {
            type: 'string',
            description:
              '`pending`: nobody is at it. `in_progress`: somebody has claimed it less than a minute ago.',
            maxLength: 64,
            knownValues: ['pending', 'in_progress'],
          },
          claimedBy: {
            type: 'string',
            description: 'Who has claimed it, as long as the claim holds.',
            format: 'did',
          },
          createdAt: {
            type: 'string',
            description:
              'When the device was registered, as far as this conversation is concerned.',
            format: 'datetime',
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetPendingMessages: {
    lexicon: 1,
    id: 'blue.catbird.mls.getPendingMessages',
    defs: {
      main: {
        type: 'query',
        description:
          "Lists the entries, over all conversations of the caller, that lie behind the caller's delivered positions, oldest first: in the order in which the stream tells of them, so by ascending seq within each conversation. For a client that was away: process the pages until one is empty, move the delivered positions with updateCursor, and go on with streamConvoEvents from the last cursor. Reading changes nothing, so it is safe to repeat. What is just being stored may take a moment to show, so that nothing can appear before what was shown.",
        parameters: {
          type: 'params',
          properties: {
            limit: {
              type: 'integer',
              description: 'Entries per page: 1 to 100, by default 50.',
              minimum: 1,
              maximum: 100,
              default: 50,
            },
            cursor: {
              type: 'string',
              description:
                'Cursor of the page before, or of the stream. Without it, the oldest entries that are still pending.',
              maxLength: 512,
            },
          },
        },
        output: {
          description: 'One page of pending entries.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['messages'],
            properties: {
              messages: {
                type: 'array',
                description:
                  'The entries, oldest first. Large ones may make a page shorter than `limit`.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.defs#messageView',
                },
              },
              cursor: {
                type: 'string',
                description:
                  "Position of the page's last entry: where the next page begins, and a cursor of streamConvoEvents too. Absent when the page is empty.",
                maxLength: 512,
              },
            },
          },
        },
        errors: [
          {
            name: 'InvalidCursor',
            description:
              'The cursor is not one of this method or of the stream as it is now. Start again without one.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetPolicy: {
    lexicon: 1,
    id: 'blue.catbird.mls.getPolicy',
    defs: {
      main: {
        type: 'query',
        description:
          'Tells what a conversation allows its members. For members. Safe to repeat.',
        parameters: {
          type: 'params',
          required: ['convoId'],
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The policy.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['policy'],
            properties: {
              policy: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.updatePolicy#policyView',
                description: 'What holds now.',
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Drop the conversation from the list, or ask to be added.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetReports: {
    lexicon: 1,
    id: 'blue.catbird.mls.getReports',
    defs: {
      main: {
        type: 'query',
        description:
          'Lists the reports of a conversation, newest first. For admins and moderators. Resolved and dismissed ones are kept for a time that the operator sets, 180 days by default; pending ones stay. Safe to repeat.',
        parameters: {
          type: 'params',
          required: ['convoId'],
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo.',
              maxLength: 128,
            },
            status: {
              type: 'string',
              description: 'Only reports of this status. Absent means all.',
              maxLength: 64,
              knownValues: ['pending', 'resolved', 'dismissed'],
            },
            limit: {
              type: 'integer',
              description: 'Reports at most: 1 to 100, by default 50.',
              minimum: 1,
              maximum: 100,
              default: 50,
            },
          },
        },
        output: {
          description: 'The reports.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['reports'],
            properties: {
              reports: {
                type: 'array',
                description:
                  'The newest reports, newest first. To get at older ones, resolve these or ask by status.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.getReports#reportView',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'NotAdmin',
            description:
              'The caller is neither admin nor moderator of the conversation.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
        ],
      },
      reportView: {
        type: 'object',
        description: 'A report about a member.',
        required: [
          'id',
          'reporterDid',
          'reportedDid',
          'encryptedContent',
          'createdAt',
          'status',
        ],
        properties: {
          id: {
            type: 'string',
            description: 'Names the report to resolveReport.',
            maxLength: 128,
          },
          reporterDid: {
            type: 'string',
            description: 'Who reported.',
            format: 'did',
          },
          reportedDid: {
            type: 'string',
            description: 'Who was reported. They may have left since.',
            format: 'did',
          },
          encryptedContent: {
            type: 'bytes',
            description:
              'What the reporter had to say, exactly as it came: opaque to the server.',
            maxLength: 51200,
          },
          createdAt: {
            type: 'string',
            description:
              'When the report was stored, cut down to full 2 seconds.',
            format: 'datetime',
          },
          status: {
            type: 'string',
            description:
              '`pending` until an admin resolves it; `dismissed` if they dismissed it, else `resolved`. An open set.',
            maxLength: 64,
            knownValues: ['pending', 'resolved', 'dismissed'],
          },
          resolvedBy: {
            type: 'string',
            description:
              'The admin who resolved or dismissed it. Absent while it is pending.',
            format: 'did',
          },
          resolvedAt: {
            type: 'string',
            description:
              'When, cut down to full 2 seconds. Absent while it is pending.',
            format: 'datetime',
          },
          category: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.reportMember#reportCategory',
            description: 'What the report is about, as the reporter said.',
          },
          messageIds: {
            type: 'array',
            description:
              'Messages that the report is about, as the reporter named them. Absent when none were named.',
            maxLength: 20,
            items: {
              type: 'string',
              maxLength: 128,
            },
          },
        },
      },
    },
  },
  BlueCatbirdMlsGetSubscriptionTicket: {
    lexicon: 1,
    id: 'blue.catbird.mls.getSubscriptionTicket',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Makes a ticket with which a client that cannot set headers, such as a browser, opens subscribeConvoEvents. A ticket works once, within 30 seconds, on any replica of the server. For users; with `convoId`, for its members.',
        input: {
          description: 'What the ticket is for.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Limits the subscription to this conversation. Without it, all conversations of the caller.',
                maxLength: 128,
              },
            },
          },
        },
        output: {
          description: 'The ticket and where to use it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['ticket', 'endpoint', 'expiresAt'],
            properties: {
              ticket: {
                type: 'string',
                description:
                  'The `ticket` parameter of subscribeConvoEvents. Whoever has it can use it: keep it secret.',
                maxLength: 128,
              },
              endpoint: {
                type: 'string',
                description:
                  'Address of subscribeConvoEvents, with scheme wss or ws and without parameters.',
                format: 'uri',
                maxLength: 2048,
              },
              expiresAt: {
                type: 'string',
                description: 'When the ticket stops working.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotMember',
            description:
              'The caller is not a member of `convoId`, or no such conversation exists. No ticket was made.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGetWelcome: {
    lexicon: 1,
    id: 'blue.catbird.mls.getWelcome',
    defs: {
      main: {
        type: 'query',
        description:
          "Fetches the Welcome by which the caller joins a conversation: the newest one for the caller that is not confirmed, or, when a client has reported that it can't use that one, the next. Fetching settles nothing: the same Welcome comes again until confirmWelcome settles it, so a client that crashes midway asks again. For members.",
        parameters: {
          type: 'params',
          required: ['convoId'],
          properties: {
            convoId: {
              type: 'string',
              description:
                'Which conversation: the `groupId` given to createConvo.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The Welcome.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'welcome'],
            properties: {
              convoId: {
                type: 'string',
                description: 'The conversation asked for.',
                maxLength: 128,
              },
              welcome: {
                type: 'string',
                description:
                  'The Welcome as the committer sent it, byte for byte, in base64url without padding. It holds the secrets of all devices that were added together; the client picks its own by its key package.',
                maxLength: 13981016,
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member: nobody has added them, or they were removed since. Wait to be added.',
          },
          {
            name: 'WelcomeNotFound',
            description:
              'No Welcome waits for the caller: it is confirmed already, or was never sent. A client without group state has to be added again.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsGroupInfoRefresh: {
    lexicon: 1,
    id: 'blue.catbird.mls.groupInfoRefresh',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Asks the other members for the GroupInfo of the current epoch: they get an event on their streams, and whoever can answers with updateGroupInfo. The answer shows in getGroupInfo. As long as nobody has answered, asking again in the same epoch, whoever does, tells them again after an hour at the earliest. For members.',
        input: {
          description: 'Where it is needed.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
            },
          },
        },
        output: {
          description: 'Who was asked.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['requested'],
            properties: {
              requested: {
                type: 'boolean',
                description:
                  "True when the members were told, by this call or an earlier one. False when the caller's device is the only one in the conversation, so that nobody could answer.",
              },
              activeMembers: {
                type: 'integer',
                description: 'How many other users are members.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'Unauthorized',
            description: 'The caller is not a member. Wait to be added.',
          },
          {
            name: 'ConversationNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsHandleBlockChange: {
    lexicon: 1,
    id: 'blue.catbird.mls.handleBlockChange',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Tells the server that somebody has blocked somebody, or has taken a block back. The server reads the blocker's repository anew and believes that alone. For each conversation that both are in, its admins and moderators get an adminAlertEvent, once while the block stands, however often it is reported; nobody is removed. Later answers about blocks know of the change. Any user may call it, and a client should whenever its user has changed a block. Safe to repeat.",
        input: {
          description: 'What has changed.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['blockerDid', 'blockedDid', 'action'],
            properties: {
              blockerDid: {
                type: 'string',
                description: 'The user who blocks, or did so.',
                format: 'did',
              },
              blockedDid: {
                type: 'string',
                description: 'The user who is blocked, or was.',
                format: 'did',
              },
              action: {
                type: 'string',
                description:
                  '`created`: the block stands. `removed`: it stands no longer. Anything else is refused with InvalidRequest.',
                maxLength: 64,
                knownValues: ['created', 'removed'],
              },
              blockUri: {
                type: 'string',
                description:
                  'The record. It must be an `app.bsky.graph.block` of the blocker; which one does not matter, since all of them are read.',
                format: 'at-uri',
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['affectedConvos'],
            properties: {
              affectedConvos: {
                type: 'array',
                description:
                  'Conversations that the two share, sorted by `convoId`, and only those that the caller is a member of. The first 10000.',
                maxLength: 10000,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.handleBlockChange#affectedConvo',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'BlockNotVerified',
            description:
              "The blocker's repository says otherwise: there is no such block, or there still is one, or `blockUri` is no block of theirs. Nobody was told. Wait until the repository has the change, then call again.",
          },
        ],
      },
      affectedConvo: {
        type: 'object',
        description: 'A conversation that both users are in.',
        required: ['convoId', 'action', 'adminNotified'],
        properties: {
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          action: {
            type: 'string',
            description:
              'What was done: `admin_notified` for a block that stands, `no_action` for one that does not. `auto_removed` and `requires_resolution` are not used by this server.',
            maxLength: 64,
            knownValues: [
              'admin_notified',
              'auto_removed',
              'requires_resolution',
              'no_action',
            ],
          },
          adminNotified: {
            type: 'boolean',
            description:
              'Whether the admins were told of this block, now or when it was first reported.',
          },
          notificationSentAt: {
            type: 'string',
            description:
              'When they were told, cut down to full 2 seconds. Absent when they were not.',
            format: 'datetime',
          },
        },
      },
    },
  },
  BlueCatbirdMlsInvalidateWelcome: {
    lexicon: 1,
    id: 'blue.catbird.mls.invalidateWelcome',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Takes back the Welcome that getWelcome gave last, because the caller can't join by it, and asks the other members to add anew the caller's devices that it was for and that have not confirmed it: members get an event, as by readdition, and may add the devices though they are listed as members. From then on getWelcome gives another one, or none. Only for a Welcome that names a key package of the calling device; to try the same one again, confirmWelcome with `success` false is the way. For members.",
        input: {
          description: 'Which Welcome, and why.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'reason'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              reason: {
                type: 'string',
                description:
                  'What went wrong, for the operator, at most 1024 bytes of UTF-8. Clear text: no keys, no names.',
                maxLength: 1024,
              },
            },
          },
        },
        output: {
          description: 'What was taken back.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['invalidated'],
            properties: {
              invalidated: {
                type: 'boolean',
                description:
                  'True: the Welcome is not handed out to the caller again.',
              },
              welcomeId: {
                type: 'string',
                description: 'Names the Welcome.',
                maxLength: 128,
              },
            },
          },
        },
        errors: [
          {
            name: 'NotFound',
            description:
              'No conversation has this id, or getWelcome has given the caller no Welcome that still waits, such as after an earlier call of this method. Nothing was changed. Ask getWelcome.',
          },
          {
            name: 'Unauthorized',
            description: 'The caller is not a member. Wait to be added.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsLeaveConvo: {
    lexicon: 1,
    id: 'blue.catbird.mls.leaveConvo',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Takes the caller out of a conversation, or another user when the caller may remove members. The one who left can read the log up to that point, and nothing after. MLS lets nobody commit their own removal: a caller who leaves sends no commit, and a remaining member commits it through submitCommit. When the last member leaves, the conversation is deleted. A retry after success gets NotMember, or ConvoNotFound when nobody was left: both then mean that it is done.',
        input: {
          description: 'Who leaves, and how.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              targetDid: {
                type: 'string',
                description:
                  'The user who leaves. Absent means the caller. Somebody else may be named by whoever may remove them by removeMember.',
                format: 'did',
              },
              commit: {
                type: 'string',
                description:
                  "MLS commit by which the caller removes `targetDid`, who is somebody else, made at the current epoch, in base64, either alphabet, padded or not; at most 10 MiB. Without it, only the server's list changes and the epoch stays.",
                maxLength: 13981016,
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['success', 'newEpoch'],
            properties: {
              success: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
              newEpoch: {
                type: 'integer',
                description:
                  'Epoch after the request: one higher with a commit, unchanged without.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description:
              'The caller, or the user named, is not a member, perhaps because an earlier try succeeded. Drop the conversation from the list.',
          },
          {
            name: 'LastMember',
            description:
              'The user is the last admin while others remain. Promote somebody else first, or remove the others, then leave.',
          },
          {
            name: 'InvalidCommit',
            description:
              'The bytes are no MLS commit, are of another group, or contradict the rest of the request. Nothing was changed. Fix the request; a retry as it is fails again.',
          },
          {
            name: 'EpochMismatch',
            description:
              'The commit was not made at the current epoch, which the message names: another commit won. Nothing was changed. Drop the pending commit, fetch and apply what is new with getCommits or getMessages, and make the change again.',
          },
          {
            name: 'NotAdmin',
            description:
              '`targetDid` is somebody else whom the caller may not remove. Ask an admin.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsListDevices: {
    lexicon: 1,
    id: 'blue.catbird.mls.listDevices',
    defs: {
      main: {
        type: 'query',
        description:
          "Lists the caller's registered devices, oldest first. Clients that never registered are not among them.",
        output: {
          description: 'The devices.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['devices'],
            properties: {
              devices: {
                type: 'array',
                description: "All of the caller's registered devices.",
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.listDevices#deviceInfo',
                },
              },
            },
          },
        },
      },
      deviceInfo: {
        type: 'object',
        description: 'A registered device.',
        required: [
          'deviceId',
          'deviceName',
          'credentialDid',
          'lastSeenAt',
          'registeredAt',
          'keyPackageCount',
        ],
        properties: {
          deviceId: {
            type: 'string',
            description: 'UUID of the device.',
            maxLength: 128,
          },
          deviceName: {
            type: 'string',
            description: 'Its name, as cleaned at registration.',
            maxLength: 128,
          },
          deviceUUID: {
            type: 'string',
            description: 'The same as `deviceId`.',
            maxLength: 36,
          },
          credentialDid: {
            type: 'string',
            description:
              "Its identity in MLS credentials: the user's DID, `#` and `deviceId`. At most 2148 bytes.",
            maxLength: 2148,
          },
          lastSeenAt: {
            type: 'string',
            description:
              'When the device last registered, published or synchronised key packages. May be behind by an hour.',
            format: 'datetime',
          },
          registeredAt: {
            type: 'string',
            description: 'When it was registered first.',
            format: 'datetime',
          },
          keyPackageCount: {
            type: 'integer',
            description: 'Its key packages that can still be handed out.',
            minimum: 0,
          },
        },
      },
    },
  },
  BlueCatbirdMlsMessageDefs: {
    lexicon: 1,
    id: 'blue.catbird.mls.message.defs',
    description:
      'What is inside an application message once it is decrypted. The server never sees any of this: these types are an agreement between clients, and only clients enforce it. The sender is the one whom MLS authenticates, never a field.',
    defs: {
      payloadView: {
        type: 'object',
        description:
          'Plaintext of an application message: JSON, encrypted as MLS application data. `messageType` says which of the other properties to read. A client ignores a payload whose version or type it does not know.',
        required: ['version', 'messageType'],
        properties: {
          version: {
            type: 'integer',
            description: 'Version of this format: 1.',
            const: 1,
          },
          messageType: {
            type: 'string',
            description:
              'What the payload is. `text` uses `text` and `embed`; each other type uses the property of its own name.',
            maxLength: 64,
            knownValues: [
              'text',
              'adminRoster',
              'adminAction',
              'reaction',
              'readReceipt',
              'typing',
            ],
          },
          text: {
            type: 'string',
            description: 'What the sender wrote, at most 10000 bytes of UTF-8.',
            maxLength: 10000,
          },
          embed: {
            type: 'union',
            refs: [
              'lex:blue.catbird.mls.message.defs#recordEmbed',
              'lex:blue.catbird.mls.message.defs#linkEmbed',
              'lex:blue.catbird.mls.message.defs#gifEmbed',
            ],
            description:
              'Something shown along with the text. Kinds that a client does not know are shown as text only.',
          },
          adminRoster: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.message.defs#adminRoster',
            description: 'The list of admins, with type `adminRoster`.',
          },
          adminAction: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.message.defs#adminAction',
            description: 'A role change or removal, with type `adminAction`.',
          },
          reaction: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.message.defs#reactionPayload',
            description:
              'A reaction to an earlier message, with type `reaction`.',
          },
          readReceipt: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.message.defs#readReceiptPayload',
            description:
              'How far the sender has read, with type `readReceipt`.',
          },
          typing: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.message.defs#typingPayload',
            description:
              'Whether the sender is typing, with type `typing`. Send it with ephemeral delivery.',
          },
        },
      },
      recordEmbed: {
        type: 'object',
        description: 'An AT Protocol record that the message quotes.',
        required: ['uri', 'authorDid'],
        properties: {
          uri: {
            type: 'string',
            description: 'Address of the record.',
            format: 'at-uri',
          },
          cid: {
            type: 'string',
            description:
              'Version of the record that the sender saw. Absent means the current one.',
            format: 'cid',
          },
          authorDid: {
            type: 'string',
            description:
              'Author of the record, as the sender states it. Check it against `uri`.',
            format: 'did',
          },
          previewText: {
            type: 'string',
            description:
              'Excerpt to show before the record is fetched, at most 300 bytes of UTF-8.',
            maxLength: 300,
          },
          createdAt: {
            type: 'string',
            description: 'When the record was made, as the sender states it.',
            format: 'datetime',
          },
        },
      },
      linkEmbed: {
        type: 'object',
        description:
          'A web page that the message points to. Its preview is made by the sender, so that readers need not visit the page.',
        required: ['url'],
        properties: {
          url: {
            type: 'string',
            description: 'Address of the page.',
            format: 'uri',
          },
          title: {
            type: 'string',
            description: 'Title of the page, at most 300 bytes of UTF-8.',
            maxLength: 300,
          },
          description: {
            type: 'string',
            description: 'Summary of the page, at most 1000 bytes of UTF-8.',
            maxLength: 1000,
          },
          thumbnailURL: {
            type: 'string',
            description:
              'Address of a preview image. Fetching it tells its host who reads.',
            format: 'uri',
          },
          domain: {
            type: 'string',
            description:
              'Host name to show, at most 100 bytes. Check it against `url`.',
            maxLength: 100,
          },
        },
      },
      gifEmbed: {
        type: 'object',
        description: 'An animation from Tenor.',
        required: ['tenorURL', 'mp4URL'],
        properties: {
          tenorURL: {
            type: 'string',
            description: 'Page of the animation at Tenor.',
            format: 'uri',
          },
          mp4URL: {
            type: 'string',
            description:
              'The animation as an MP4 video. Fetching it tells its host who reads.',
            format: 'uri',
          },
          title: {
            type: 'string',
            description:
              'Title or description for those who do not see it, at most 300 bytes of UTF-8.',
            maxLength: 300,
          },
          thumbnailURL: {
            type: 'string',
            description: 'Address of a still image.',
            format: 'uri',
          },
          width: {
            type: 'integer',
            description: 'Width in pixels.',
            minimum: 1,
          },
          height: {
            type: 'integer',
            description: 'Height in pixels.',
            minimum: 1,
          },
        },
      },
      adminRoster: {
        type: 'object',
        description:
          'The admins of the conversation as the sender knows them. Lets members notice when the server shows them another list.',
        required: ['version', 'admins'],
        properties: {
          version: {
            type: 'integer',
            description:
              'Version of the list, from 1 and rising by one with each change. A roster with a version not above the one known is ignored.',
            minimum: 1,
          },
          admins: {
            type: 'array',
            description: 'The user DIDs of all admins, at most 10000.',
            maxLength: 10000,
            items: {
              type: 'string',
              format: 'did',
            },
          },
          hash: {
            type: 'string',
            description:
              'Digest of the list, by which clients compare rosters. Made and read by clients only; at most 128 bytes.',
            maxLength: 128,
          },
        },
      },
      adminAction: {
        type: 'object',
        description:
          'Tells members of a role change or removal that the sender has made, end to end. The change itself goes through promoteAdmin, demoteAdmin or removeMember.',
        required: ['action', 'targetDid', 'timestamp'],
        properties: {
          action: {
            type: 'string',
            description: 'What was done.',
            maxLength: 64,
            knownValues: ['promote', 'demote', 'remove'],
          },
          targetDid: {
            type: 'string',
            description: 'The user to whom it was done.',
            format: 'did',
          },
          timestamp: {
            type: 'string',
            description: "When, by the sender's clock.",
            format: 'datetime',
          },
          reason: {
            type: 'string',
            description:
              "Why, in the sender's words, at most 500 bytes of UTF-8.",
            maxLength: 500,
          },
        },
      },
      reactionPayload: {
        type: 'object',
        description:
          'An encrypted reaction to an earlier message. Adding what is there and removing what is not are no errors.',
        required: ['messageId', 'emoji', 'action'],
        properties: {
          messageId: {
            type: 'string',
            description: '`id` of the message reacted to.',
            maxLength: 128,
          },
          emoji: {
            type: 'string',
            description: 'The reaction, at most 16 bytes of UTF-8.',
            maxLength: 16,
          },
          action: {
            type: 'string',
            description: 'Whether the reaction comes or goes.',
            maxLength: 64,
            knownValues: ['add', 'remove'],
          },
        },
      },
      readReceiptPayload: {
        type: 'object',
        description: 'Tells the others how far the sender has read.',
        required: ['messageId'],
        properties: {
          messageId: {
            type: 'string',
            description:
              '`id` of the newest message read. All earlier ones count as read too.',
            maxLength: 128,
          },
        },
      },
      typingPayload: {
        type: 'object',
        description: 'Tells the others whether the sender is typing.',
        required: ['isTyping'],
        properties: {
          isTyping: {
            type: 'boolean',
            description:
              'True when typing goes on, false when it has stopped. Readers let it lapse after some seconds without news.',
          },
          ts: {
            type: 'integer',
            description:
              "When, by the sender's clock, in milliseconds since the start of 1970 (UTC). Tells a late signal from a new one.",
          },
        },
      },
    },
  },
  BlueCatbirdMlsProcessExternalCommit: {
    lexicon: 1,
    id: 'blue.catbird.mls.processExternalCommit',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Brings a device of the caller into the group by an external commit, made by the GroupInfo that getGroupInfo gives. For members: whoever lost a device's state comes back so without waiting for anybody, and a further device comes in. Who is no member can't join this way, whatever the conversation's policy: it has none that would allow it. The server verifies the commit's signatures, that the new leaf is one of the caller's, and that nobody else's leaf is removed. Like any commit it is an entry of the log, the first one for an epoch wins, and everything takes effect together or not at all. The caller keeps role, read position and the part of the log that they may read; Welcomes that wait for the device are withdrawn.",
        input: {
          description: 'The commit and what belongs to it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'externalCommit'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              externalCommit: {
                type: 'string',
                description:
                  "The commit as a PublicMessage inside an MLSMessage, in base64, either alphabet, padded or not; at most 10 MiB. It holds one ExternalInit, at most one Remove, of a leaf of the caller's own, and pre-shared keys if need be.",
                maxLength: 13981016,
              },
              idempotencyKey: {
                type: 'string',
                description:
                  'Made by the client, at most 128 bytes; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once. Without it, a retry of a commit that was accepted gets InvalidCommit; look for your own commit with getCommits then.',
                maxLength: 128,
              },
              groupInfo: {
                type: 'string',
                description:
                  'MLS GroupInfo of the epoch after the commit, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Must be as updateGroupInfo asks for.',
                maxLength: 13981016,
              },
            },
          },
        },
        output: {
          description: 'Where the group is now.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['epoch', 'rejoinedAt'],
            properties: {
              epoch: {
                type: 'integer',
                description:
                  'Epoch after the commit. Keep the new group state now, and not before.',
                minimum: 0,
              },
              rejoinedAt: {
                type: 'string',
                format: 'datetime',
                description: 'When the commit was taken, cut to two seconds.',
              },
            },
          },
        },
        errors: [
          {
            name: 'Unauthorized',
            description:
              'The caller is not a member, or there is no such conversation. Nothing was changed. Wait to be added.',
          },
          {
            name: 'InvalidCommit',
            description:
              "The bytes are no external commit of this group at its current epoch, a signature doesn't verify, the new leaf is not one of the caller's, somebody else's leaf is removed, or the `idempotencyKey` stands for another request. The message says which. Nothing was changed. When another commit won, fetch the GroupInfo again and make a new commit.",
          },
          {
            name: 'InvalidGroupInfo',
            description:
              "`groupInfo` is not that of this group after the commit, or can't be joined by; or the server has no GroupInfo of the current epoch with a ratchet tree to verify the commit by. Nothing was changed. In the second case ask for one with groupInfoRefresh.",
          },
        ],
      },
    },
  },
  BlueCatbirdMlsPromoteAdmin: {
    lexicon: 1,
    id: 'blue.catbird.mls.promoteAdmin',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Makes a member an admin of a conversation, with all devices: from then on they may change roles and policy, remove members and work on reports. For admins. A moderator who becomes an admin is a moderator no longer. The change stands in the audit log, and all members get a membershipChangeEvent. A retry after success gets AlreadyAdmin.',
        input: {
          description: 'Whose role changes.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'targetDid'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              targetDid: {
                type: 'string',
                description: 'The user to promote.',
                format: 'did',
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['ok', 'promotedAt'],
            properties: {
              ok: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
              promotedAt: {
                type: 'string',
                description:
                  'When it happened, cut down to full 2 seconds. The `promotedAt` of the member.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotAdmin',
            description:
              'The caller is no admin of the conversation. Nothing was changed. Ask one.',
          },
          {
            name: 'NotMember',
            description:
              'The caller or the user named is not a member. Nothing was changed. Fetch the members with getConvos.',
          },
          {
            name: 'AlreadyAdmin',
            description:
              'The user is an admin, perhaps because an earlier try succeeded. Nothing was changed: it is done.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsPromoteModerator: {
    lexicon: 1,
    id: 'blue.catbird.mls.promoteModerator',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Makes a plain member a moderator of a conversation, with all devices: from then on they may remove members other than admins, and see reports. For admins. The change stands in the audit log, and all members get a membershipChangeEvent. A retry after success gets AlreadyModerator.',
        input: {
          description: 'Whose role changes.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'targetDid'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              targetDid: {
                type: 'string',
                description: 'The user to promote.',
                format: 'did',
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['ok', 'promotedAt'],
            properties: {
              ok: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
              promotedAt: {
                type: 'string',
                description: 'When it happened, cut down to full 2 seconds.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotAdmin',
            description:
              'The caller is no admin of the conversation. Nothing was changed. Ask one.',
          },
          {
            name: 'NotMember',
            description:
              'The caller or the user named is not a member. Nothing was changed. Fetch the members with getConvos.',
          },
          {
            name: 'AlreadyModerator',
            description:
              'The user is a moderator, perhaps because an earlier try succeeded. Nothing was changed: it is done.',
          },
          {
            name: 'IsAdmin',
            description:
              'The user is an admin, who may do all that a moderator may. Nothing was changed. To take the admin role away, call demoteAdmin first.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsPublishKeyPackage: {
    lexicon: 1,
    id: 'blue.catbird.mls.publishKeyPackage',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Publishes a key package of the caller, so that others can add the caller's device to groups while it is offline. Publishing the same bytes again succeeds and stores nothing more, so a retry is safe. Any user may call it.",
        input: {
          description: 'The key package and how long it may be used.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['keyPackage', 'cipherSuite'],
            properties: {
              keyPackage: {
                type: 'string',
                description:
                  'The key package in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 65536 characters. Given to others byte for byte as it came.',
                maxLength: 65536,
              },
              idempotencyKey: {
                type: 'string',
                description:
                  'Not needed for retries of the same bytes. When given, at most 128 bytes, it must not stand for another key package: InvalidKeyPackage then.',
                maxLength: 128,
              },
              cipherSuite: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.defs#cipherSuite',
                description:
                  'Cipher suite of the key package. Must be the one inside it.',
              },
              expires: {
                type: 'string',
                description:
                  'When the server stops handing it out, at most 90 days from now. Absent means the end of the lifetime inside the key package, cut to 90 days.',
                format: 'datetime',
              },
            },
          },
        },
        output: {
          description: 'Nothing: the key package is stored durably.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            properties: {},
          },
        },
        errors: [
          {
            name: 'InvalidKeyPackage',
            description:
              "The bytes are no MLS key package, its signature does not verify, its lifetime does not cover this moment, or its credential is neither the caller's DID nor one of the caller's devices. Make another one; a retry as it is fails again.",
          },
          {
            name: 'InvalidCipherSuite',
            description:
              'The server does not support the cipher suite, or it is not the one inside the key package. Choose another, or fix the request.',
          },
          {
            name: 'ExpirationTooFar',
            description:
              '`expires` is more than 90 days away, or the lifetime inside the key package is longer than that. Choose an earlier time.',
          },
          {
            name: 'TooManyKeyPackages',
            description:
              'The device has as many key packages in store as the server allows. The message names the limit. Publish more once some are used; see getKeyPackageStats.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsPublishKeyPackages: {
    lexicon: 1,
    id: 'blue.catbird.mls.publishKeyPackages',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Publishes up to 100 key packages of the caller at once. Each is judged alone: good ones are stored even when others fail, so read `failed`. Publishing the same bytes again succeeds and stores nothing more, so the whole batch may be sent again. Any user may call it.',
        input: {
          description: 'The batch.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['keyPackages'],
            properties: {
              keyPackages: {
                type: 'array',
                description: 'The key packages: 1 to 100.',
                minLength: 1,
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.publishKeyPackages#keyPackageItem',
                },
              },
            },
          },
        },
        output: {
          description:
            'What became of the batch. `succeeded` and `failed` together are the number of items sent.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['succeeded', 'failed'],
            properties: {
              succeeded: {
                type: 'integer',
                description:
                  'How many items are stored now, those that were there before included.',
                minimum: 0,
              },
              failed: {
                type: 'integer',
                description: 'How many items were refused.',
                minimum: 0,
              },
              errors: {
                type: 'array',
                description:
                  'One entry per refused item, by rising index. Absent when none was refused.',
                maxLength: 100,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.publishKeyPackages#batchError',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'BatchTooLarge',
            description:
              'More items than this server takes at once, which may be fewer than 100. The message names the limit. Nothing was stored: split the batch.',
          },
          {
            name: 'InvalidBatch',
            description:
              'The batch contradicts itself: two items have the same idempotencyKey and different content. Nothing was stored. Fix the batch.',
          },
        ],
      },
      keyPackageItem: {
        type: 'object',
        description: 'One key package of a batch.',
        required: ['keyPackage', 'cipherSuite', 'expires'],
        properties: {
          keyPackage: {
            type: 'string',
            description:
              'The key package in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 65536 characters. Given to others byte for byte as it came.',
            maxLength: 65536,
          },
          cipherSuite: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#cipherSuite',
            description:
              'Cipher suite of the key package. Must be the one inside it.',
          },
          expires: {
            type: 'string',
            description:
              'When the server stops handing it out, at most 90 days from now. The lifetime inside the key package counts as well.',
            format: 'datetime',
          },
          idempotencyKey: {
            type: 'string',
            description:
              'Not needed for retries of the same bytes. When given, at most 128 bytes, it must not stand for other content.',
            maxLength: 128,
          },
        },
      },
      batchError: {
        type: 'object',
        description: 'Why an item of a batch was refused.',
        required: ['index', 'error'],
        properties: {
          index: {
            type: 'integer',
            description: 'Position of the item in `keyPackages`, from 0.',
            minimum: 0,
          },
          error: {
            type: 'string',
            description:
              'The name of the error that publishKeyPackage would give, a colon and a space, and an explanation; at most 1024 bytes. What to do next is the same as there.',
            maxLength: 1024,
          },
        },
      },
    },
  },
  BlueCatbirdMlsReaddition: {
    lexicon: 1,
    id: 'blue.catbird.mls.readdition',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Asks the other members to add the caller's devices anew by key packages that the caller has published: members get an event, and may add the devices though they are listed as members, until somebody has. requestRejoin is the better way for a device whose published key packages may be lost as well. Repeating it while that is open tells them again after an hour at the earliest. For members.",
        input: {
          description: 'Where.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
            },
          },
        },
        output: {
          description: 'Who was asked.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['requested'],
            properties: {
              requested: {
                type: 'boolean',
                description:
                  'True: the members were told, by this call or an earlier one.',
              },
              activeMembers: {
                type: 'integer',
                description: 'How many other users are members.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'NotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'Unauthorized',
            description: 'The caller is not a member. Wait to be added.',
          },
          {
            name: 'NoActiveMembers',
            description:
              'No other device is in the conversation, so that nobody could add this one. Come back by processExternalCommit, or make a new conversation.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsRegisterDevice: {
    lexicon: 1,
    id: 'blue.catbird.mls.registerDevice',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Registers the caller's device with its first key packages, and has it wait to be added to each conversation that the caller is in: members get an event, and any of them may claim and carry out the addition. All of it takes effect, or nothing does: one bad key package fails the request. Registering the same `deviceUUID` again keeps the id and replaces name and key packages; key packages that aren't in the request are deleted, and so are Welcomes made with them that the device has not confirmed. With the same `signaturePublicKey` that is all, so a retry does no harm. With another key the device counts as one that lost its state: it is taken out of its conversations as by deleteDevice, and waits to be added anew. Publishing key packages doesn't need a registration; pending additions do. Any user may call it.",
        input: {
          description: 'The device.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['deviceName', 'signaturePublicKey', 'keyPackages'],
            properties: {
              deviceName: {
                type: 'string',
                description:
                  'What the device is called in lists of members: 1 to 128 bytes. Control characters are dropped, and white space around it.',
                minLength: 1,
                maxLength: 128,
              },
              deviceUUID: {
                type: 'string',
                description:
                  'UUID made by the client, in its hyphenated form, in either case. Give it: a client that lets the server choose learns its `mlsDid` only from the answer, too late for the key packages of this request.',
                maxLength: 36,
              },
              signaturePublicKey: {
                type: 'bytes',
                description:
                  "The device's Ed25519 public key: 32 bytes. The key packages of suites with Ed25519 must be signed with it, and at least one must be of such a suite. No two devices of anybody can have the same one.",
                minLength: 32,
                maxLength: 32,
              },
              keyPackages: {
                type: 'array',
                description:
                  "The device's first key packages: 1 to 200, or as many as this server keeps for a device if that is less.",
                minLength: 1,
                maxLength: 200,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.registerDevice#keyPackageItem',
                },
              },
            },
          },
        },
        output: {
          description: 'The registered device.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['deviceId', 'mlsDid', 'autoJoinedConvos'],
            properties: {
              deviceId: {
                type: 'string',
                description:
                  "UUID of the device, in lower case: the `deviceUUID` given, else one made by the server. Without a `deviceUUID`, registering a key that is registered already keeps that device's id.",
                maxLength: 128,
              },
              mlsDid: {
                type: 'string',
                description:
                  "The device's identity for MLS credentials: the caller's DID, `#` and `deviceId`. Key packages from now on must carry it. At most 2148 bytes.",
                maxLength: 2148,
              },
              autoJoinedConvos: {
                type: 'array',
                description:
                  'The conversations that the device waits to be added to. It is in none of them before a member has added it; a Welcome comes with that.',
                items: {
                  type: 'string',
                  description: 'A conversation.',
                  maxLength: 128,
                },
              },
              welcomeMessages: {
                type: 'array',
                description:
                  'Welcomes made with the key packages of this request that were not confirmed yet, newest first: at most 50, getWelcome has the rest. Only a registration that is repeated can have any; absent otherwise.',
                maxLength: 50,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.registerDevice#welcomeMessageRef',
                },
              },
            },
          },
        },
        errors: [
          {
            name: 'InvalidDeviceName',
            description:
              'Nothing is left of the name without control characters and white space. Nothing was changed. Choose another.',
          },
          {
            name: 'InvalidKeyPackage',
            description:
              "A key package can't be used: it doesn't verify, is of another suite or identity than it must be, has expired or expires too late, or there are more than this server keeps for a device. The message says which one and why. Nothing was changed. Make new ones and try again.",
          },
          {
            name: 'InvalidSignatureKey',
            description:
              'The key packages of suites with Ed25519 are not signed with `signaturePublicKey`, or none is of such a suite. Nothing was changed. Fix the request.',
          },
          {
            name: 'DuplicatePublicKey',
            description:
              'The key is registered for another device. Nothing was changed. Each device needs a key of its own: make one.',
          },
          {
            name: 'TooManyDevices',
            description:
              'The caller has as many devices as this server allows; the message names the limit. Those that have key packages in store without being registered count. Nothing was changed. Delete one with deleteDevice.',
          },
        ],
      },
      keyPackageItem: {
        type: 'object',
        description: 'One key package of the new device.',
        required: ['keyPackage', 'cipherSuite'],
        properties: {
          keyPackage: {
            type: 'string',
            description:
              "The key package in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 65536 characters. Its credential is the caller's DID, `#` and `deviceUUID`; without a `deviceUUID`, the caller's DID alone. A device under the bare DID can be added to conversations that its user is not in, and to others only after it has published key packages under its `mlsDid`.",
            maxLength: 65536,
          },
          cipherSuite: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#cipherSuite',
            description:
              'Cipher suite of the key package. Must be the one inside it.',
          },
          expires: {
            type: 'string',
            description:
              'When the server stops handing it out, at most 90 days from now, which it is if absent. The lifetime inside the key package counts as well.',
            format: 'datetime',
          },
        },
      },
      welcomeMessageRef: {
        type: 'object',
        description: 'A Welcome that waits for the device.',
        required: ['convoId', 'welcome'],
        properties: {
          convoId: {
            type: 'string',
            description: 'The conversation that it leads into.',
            maxLength: 128,
          },
          welcome: {
            type: 'string',
            description:
              'The Welcome, byte for byte as it was sent, in base64url without padding; at most 10 MiB. Confirm it with confirmWelcome after joining, as one from getWelcome.',
            maxLength: 13981016,
          },
        },
      },
    },
  },
  BlueCatbirdMlsRemoveMember: {
    lexicon: 1,
    id: 'blue.catbird.mls.removeMember',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Removes a user, with all devices, from a conversation. For admins, for moderators unless it is an admin, and for plain members among themselves where the policy lets them (`allowMemberRemove` of updatePolicy). With `commit`, the commit and the removal take effect together and the epoch rises by one, or nothing does; without it, only the server's list changes and the epoch stays. The removed user can still read the log up to and including the commit that removed them, and nothing after. Until a commit removes them, they still hold the keys of the group: send one soon.",
        input: {
          description: 'Whom to remove, and how.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'targetDid', 'idempotencyKey'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              targetDid: {
                type: 'string',
                description:
                  'The user to remove. To go yourself, call leaveConvo.',
                format: 'did',
              },
              idempotencyKey: {
                type: 'string',
                description:
                  'A ULID made by the client, at most 26 characters; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once.',
                maxLength: 26,
              },
              reason: {
                type: 'string',
                description:
                  'Why, at most 500 bytes of UTF-8. Clear text: kept in the audit log and told to the members.',
                maxLength: 500,
              },
              commit: {
                type: 'string',
                description:
                  'MLS commit that removes all devices of the user, made at the current epoch, in base64, either alphabet, padded or not; at most 10 MiB. Group and epoch are read from these bytes.',
                maxLength: 13981016,
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['ok'],
            properties: {
              ok: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
              epochHint: {
                type: 'integer',
                description:
                  'Epoch after the request: one higher with a commit, unchanged without. It may have risen again since.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'NotAdmin',
            description:
              'The caller may not remove this user: they are neither admin nor moderator and the policy does not let them, or the user stands above them. Nothing was changed. Ask an admin.',
          },
          {
            name: 'NotMember',
            description:
              'The caller or the user named is not a member. If the latter: there is nobody to remove.',
          },
          {
            name: 'CannotRemoveSelf',
            description: 'The user named is the caller. Call leaveConvo.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
          {
            name: 'InvalidCommit',
            description:
              'The bytes are no MLS commit, are of another group, or contradict the rest of the request. Nothing was changed. Fix the request; a retry as it is fails again.',
          },
          {
            name: 'EpochMismatch',
            description:
              'The commit was not made at the current epoch, which the message names: another commit won. Nothing was changed. Drop the pending commit, fetch and apply what is new with getCommits or getMessages, and make the change again.',
          },
          {
            name: 'IdempotencyKeyReused',
            description:
              'The key stands for an earlier request of yours with other content. Nothing was changed. Use a new key for a new request.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsRemoveReaction: {
    lexicon: 1,
    id: 'blue.catbird.mls.removeReaction',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Takes back a reaction of the caller. All members who can read the message get a reactionEvent when there was one. Taking back what is not there succeeds and changes nothing, so it is safe to repeat. For members.',
        input: {
          description: 'Which message, and the reaction.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'messageId', 'reaction'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              messageId: {
                type: 'string',
                description: 'The `id` of the entry.',
                maxLength: 128,
              },
              reaction: {
                type: 'string',
                description: 'The reaction as it was given to addReaction.',
                maxLength: 16,
                maxGraphemes: 1,
                minLength: 1,
              },
            },
          },
        },
        output: {
          description: 'The reaction is gone.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['success'],
            properties: {
              success: {
                type: 'boolean',
                description: 'Always true.',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotFound',
            description:
              'The conversation or the message does not exist, has expired, or was made when the caller was not a member. Nothing was changed.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Nothing was changed. Drop the conversation from the list, or ask to be added.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsReportMember: {
    lexicon: 1,
    id: 'blue.catbird.mls.reportMember',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Reports a member of a conversation to its admins. For members, each of whom may have 100 reports pending in a conversation; more are refused with RateLimitExceeded. Admins and moderators find the report with getReports; they get an adminAlertEvent, and nobody else does. The server can't read what the report says. The same report again while it is pending, with the same encrypted bytes, is taken for a retry: it gets the first answer and alerts nobody a second time.",
        input: {
          description: 'Whom to report, and for what.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: [
              'convoId',
              'reportedDid',
              'category',
              'encryptedContent',
            ],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              reportedDid: {
                type: 'string',
                description: 'The user to report.',
                format: 'did',
              },
              category: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.reportMember#reportCategory',
                description: 'What the report is about, in clear text.',
              },
              encryptedContent: {
                type: 'bytes',
                description:
                  'What the reporter has to say, encrypted for the admins; at most 51200 bytes, or fewer if the server says so. How it is encrypted is between the clients.',
                maxLength: 51200,
              },
              messageIds: {
                type: 'array',
                description:
                  'Messages of the conversation that the report is about, at most 20. Kept as they are: whether they exist is not looked up.',
                maxLength: 20,
                items: {
                  type: 'string',
                  maxLength: 128,
                },
              },
            },
          },
        },
        output: {
          description: 'The report.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['reportId', 'submittedAt'],
            properties: {
              reportId: {
                type: 'string',
                description: 'Names the report. A UUID.',
                maxLength: 128,
              },
              submittedAt: {
                type: 'string',
                description: 'When it was stored, cut down to full 2 seconds.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotMember',
            description: 'The caller is not a member. Nothing was stored.',
          },
          {
            name: 'TargetNotMember',
            description: 'The user named is not a member. Nothing was stored.',
          },
          {
            name: 'CannotReportSelf',
            description: 'The user named is the caller. Nothing was stored.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
          {
            name: 'ReportTooLarge',
            description:
              '`encryptedContent` is longer than this server takes. The message names the limit. Nothing was stored. Say it shorter.',
          },
        ],
      },
      reportCategory: {
        type: 'string',
        description:
          'What a report is about. An open set: other names are kept as they are, and counted as `other`. At most 64 bytes.',
        maxLength: 64,
        knownValues: [
          'harassment',
          'spam',
          'hate_speech',
          'violence',
          'sexual_content',
          'impersonation',
          'privacy_violation',
          'other',
        ],
      },
    },
  },
  BlueCatbirdMlsRequestRejoin: {
    lexicon: 1,
    id: 'blue.catbird.mls.requestRejoin',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Asks the other members to add one of the caller's devices anew, because it lost the group's state: leaves a fresh key package, and members get an event. While the request is open, members of the conversation get this key package from getKeyPackages for the device before others of its, one of them at a time and nobody else, and the device may be added by it though it is listed as a member. Once it is used up or has expired, any key package of the device will do. Whoever adds it settles the request. Asking again with the same key package tells how it stands; with another one it takes the place of the earlier, of which members are told again after an hour at the earliest. For members; processExternalCommit is the way that needs nobody else.",
        input: {
          description: 'Who asks, and by what.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'keyPackage'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              keyPackage: {
                type: 'string',
                description:
                  "A new key package of the device, as publishKeyPackage takes it, in base64, either alphabet, padded or not: of the conversation's cipher suite, never published before, and no last-resort one.",
                maxLength: 65536,
              },
              reason: {
                type: 'string',
                description:
                  'Why, for the operator, at most 128 bytes. Clear text.',
                maxLength: 128,
                knownValues: [
                  'device_reinstall',
                  'state_loss',
                  'credential_recovery',
                  'device_change',
                ],
              },
            },
          },
        },
        output: {
          description: 'How the request stands.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['requestId', 'pending'],
            properties: {
              requestId: {
                type: 'string',
                description: 'Names the request.',
                maxLength: 128,
              },
              pending: {
                type: 'boolean',
                description:
                  'True while nobody has added the device. False when somebody has: join by getWelcome.',
              },
              approvedAt: {
                type: 'string',
                format: 'datetime',
                description:
                  'When the device was added, cut to two seconds. Absent while the request is open.',
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'There is no such conversation, or the caller is not a member. Drop it from the list.',
          },
          {
            name: 'AlreadyMember',
            description:
              "A Welcome waits for this device already. Nothing was changed. Fetch it with getWelcome; if it can't be used, take it back with invalidateWelcome.",
          },
          {
            name: 'InvalidKeyPackage',
            description:
              'publishKeyPackage would refuse the key package, or it is of another cipher suite than the conversation, was published before, is a last-resort one, or its device is not in the conversation. Nothing was changed. Make a new one.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsResolveReport: {
    lexicon: 1,
    id: 'blue.catbird.mls.resolveReport',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Closes a report. For admins of its conversation. It records what was decided and does nothing else: to remove somebody, call removeMember. Of several admins who resolve a report at once, one does. The decision stands in the audit log, and can't be taken back.",
        input: {
          description: 'Which report, and what was decided.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['reportId', 'action'],
            properties: {
              reportId: {
                type: 'string',
                description: 'The report: its `id` in getReports.',
                maxLength: 128,
              },
              action: {
                type: 'string',
                description:
                  '`removed_member`: the member was removed. `no_action`: the report was looked at and left at that. Both make it `resolved`. `dismissed`: there was nothing to it; makes it `dismissed`. Anything else is refused.',
                maxLength: 64,
                knownValues: ['removed_member', 'dismissed', 'no_action'],
              },
              notes: {
                type: 'string',
                description:
                  'For other admins and the operator, at most 1000 bytes of UTF-8. Clear text: kept in the audit log.',
                maxLength: 1000,
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['ok'],
            properties: {
              ok: {
                type: 'boolean',
                description: 'Always true; what fails is an error.',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotAdmin',
            description:
              "The caller is a member of the report's conversation and no admin. Nothing was changed.",
          },
          {
            name: 'ReportNotFound',
            description:
              'No conversation that the caller is in has this report. It may have been removed with age.',
          },
          {
            name: 'AlreadyResolved',
            description:
              'The report is not pending: somebody else resolved it, or an earlier try succeeded. Nothing was changed.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsSendMessage: {
    lexicon: 1,
    id: 'blue.catbird.mls.sendMessage',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Appends an application message or a proposal to the log of a conversation. The answer is sent once the entry is durable, with a seq that is final: the next free one, from 1, never used twice. A message is accepted at the current epoch only, so order by seq is order by epoch and seq. The same `msgId` from the same caller with the same content gives the same answer and is stored once, also when retries arrive at once or after the epoch has moved on; retry with it until an answer comes. The sender is not stored. A commit is refused with InvalidRequest: send it with submitCommit. For members.',
        input: {
          description: 'The message, encrypted.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'msgId', 'ciphertext', 'epoch'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              msgId: {
                type: 'string',
                description:
                  'A ULID or UUID made by the client, at most 36 characters, new for each message. Becomes the `id` of the entry.',
                maxLength: 36,
              },
              idempotencyKey: {
                type: 'string',
                description:
                  'Not needed: `msgId` alone makes a retry safe. Accepted from older clients and not looked at.',
                maxLength: 36,
              },
              ciphertext: {
                type: 'bytes',
                description:
                  'The MLS message, at most 10 MiB. Its framing tells whether it is a proposal; the rest is opaque to the server.',
                maxLength: 10485760,
              },
              epoch: {
                type: 'integer',
                description:
                  'Epoch at which the message was encrypted. Must be the current one.',
                minimum: 0,
              },
              paddedSize: {
                type: 'integer',
                description:
                  'Length of `ciphertext` in bytes after padding: 512, 1024, 2048, 4096, 8192 or a multiple of 8192, up to 10485760. Padding hides the length of what was written; the server may demand it.',
                minimum: 512,
                maximum: 10485760,
              },
              delivery: {
                type: 'string',
                description:
                  '`persistent` (default) stores the message. `ephemeral` is for typing and the like: shown to members who are connected, on every replica, never stored, without a seq (the answer says 0) and without promise. At most 4096 bytes of ciphertext, with fewer per second than stored messages.',
                maxLength: 64,
                knownValues: ['persistent', 'ephemeral'],
                default: 'persistent',
              },
              embedType: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.defs#embedType',
                description:
                  'What the message embeds, revealed to the server. Leave it out to keep that private.',
              },
              embedUri: {
                type: 'string',
                description:
                  'Address of what the message embeds, revealed to the server, at most 2048 bytes. Leave it out to keep that private.',
                format: 'uri',
                maxLength: 2048,
              },
              senderDid: {
                type: 'string',
                description:
                  "The caller's own user DID, when given; any other is refused with InvalidRequest. Not stored.",
                format: 'did',
              },
            },
          },
        },
        output: {
          description: 'Where the message stands.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['messageId', 'receivedAt', 'seq', 'epoch'],
            properties: {
              messageId: {
                type: 'string',
                description: 'The `msgId` sent.',
                maxLength: 128,
              },
              receivedAt: {
                type: 'string',
                description:
                  'When the server took the message, cut down to full 2 seconds.',
                format: 'datetime',
              },
              seq: {
                type: 'integer',
                description:
                  'Position in the log, final. 0 for an ephemeral message.',
                minimum: 0,
              },
              epoch: {
                type: 'integer',
                description: 'Epoch at which the message was stored, final.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Drop the conversation from the list, or ask to be added.',
          },
          {
            name: 'EpochMismatch',
            description:
              '`epoch` is not the current one, which the message names. Nothing was stored. Catch up with getMessages or getCommits, encrypt again at the current epoch and send again; `msgId` is still free.',
          },
          {
            name: 'MessageTooLarge',
            description:
              'The ciphertext is longer than this server takes, which may be less than 10 MiB. The message names the limit. Send less, or move the content to a blob.',
          },
          {
            name: 'InvalidPadding',
            description:
              '`paddedSize` is not the length of the ciphertext or no allowed size, or is absent on a server that demands it. Pad and send again.',
          },
          {
            name: 'InvalidMessageId',
            description:
              "`msgId` is neither ULID nor UUID, or already stands for other content or for another member's message. Nothing was stored. Make a new one.",
          },
          {
            name: 'InvalidAsset',
            description:
              '`embedUri` is no address of the kind that `embedType` names: an https URL for `tenor` and `link`, an at-uri for `record`. Fix or leave out both.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsSendTypingIndicator: {
    lexicon: 1,
    id: 'blue.catbird.mls.sendTypingIndicator',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Shows the other members who are connected that the caller is typing, or has stopped. Never stored, and without a promise: send it again every few seconds while it is true, and let it lapse on the other side after about ten. For members.',
        input: {
          description: 'Whether the caller is typing.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'isTyping'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              isTyping: {
                type: 'boolean',
                description: 'True while typing, false when that ends.',
              },
            },
          },
        },
        output: {
          description: 'The indicator is on its way.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['success'],
            properties: {
              success: {
                type: 'boolean',
                description: 'Always true; nobody needs to have seen it.',
              },
            },
          },
        },
        errors: [
          {
            name: 'NotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Drop the conversation from the list, or ask to be added.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsStreamConvoEvents: {
    lexicon: 1,
    id: 'blue.catbird.mls.streamConvoEvents',
    defs: {
      main: {
        type: 'query',
        description:
          "Everything that happens in the caller's conversations, as Server-Sent Events that go on until either side closes. Each committed change that the caller may see comes exactly once per stream, in the order of the log; entries of one conversation come by ascending seq. `id` is the cursor, `event` the name of the event's definition, `data` an eventWrapper as JSON. To resume after a lost connection, send the last `id` as `Last-Event-ID` header or as `cursor`, to any replica: the stream goes on right behind it, with nothing missing and nothing twice. Without either, it begins with what happens next. An infoEvent says when everything older has been sent. Without `convoId` it covers all conversations of the caller, also those joined later; a removed member gets the commit that removed them and nothing after, a new member nothing from before. A comment line comes at least every 15 seconds. When the server ends the stream for a reason it sends an event named `error` whose data is the usual error body. After a long absence, getPendingMessages or getMessages come first.",
        parameters: {
          type: 'params',
          properties: {
            cursor: {
              type: 'string',
              description:
                'Go on behind this position. The `Last-Event-ID` header wins over it.',
              maxLength: 512,
            },
            convoId: {
              type: 'string',
              description: 'Only this conversation.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The stream.',
          encoding: 'text/event-stream',
          schema: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.streamConvoEvents#eventWrapper',
            description: 'One event.',
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description: '`convoId` names no conversation, or it was deleted.',
          },
          {
            name: 'NotMember',
            description: 'The caller is not a member of `convoId`.',
          },
          {
            name: 'InvalidCursor',
            description:
              'The cursor was not made by this server, or lies in the future. Fetch what is missing with getMessages, and start without a cursor.',
          },
          {
            name: 'CursorExpired',
            description:
              'Events behind the cursor are no longer kept. Fetch what is missing with getMessages, and start without a cursor. Also sent on an open stream that lags so far behind.',
          },
        ],
      },
      eventWrapper: {
        type: 'object',
        description: 'One event.',
        required: ['event'],
        properties: {
          event: {
            type: 'union',
            description:
              "What happened. The set is open: skip types that you don't know.",
            refs: [
              'lex:blue.catbird.mls.streamConvoEvents#messageEvent',
              'lex:blue.catbird.mls.streamConvoEvents#reactionEvent',
              'lex:blue.catbird.mls.streamConvoEvents#typingEvent',
              'lex:blue.catbird.mls.streamConvoEvents#infoEvent',
              'lex:blue.catbird.mls.streamConvoEvents#newDeviceEvent',
              'lex:blue.catbird.mls.streamConvoEvents#groupInfoRefreshRequestedEvent',
              'lex:blue.catbird.mls.streamConvoEvents#readditionRequestedEvent',
              'lex:blue.catbird.mls.streamConvoEvents#membershipChangeEvent',
              'lex:blue.catbird.mls.streamConvoEvents#readEvent',
              'lex:blue.catbird.mls.streamConvoEvents#adminAlertEvent',
              'lex:blue.catbird.mls.streamConvoEvents#policyChangedEvent',
            ],
          },
        },
      },
      messageEvent: {
        type: 'object',
        description:
          'A new entry of a log: an application message, a proposal or a commit; or an ephemeral message, which is not stored.',
        required: ['cursor', 'message'],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          message: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.defs#messageView',
            description:
              'The entry, without reactions. An ephemeral message has seq 0.',
          },
        },
      },
      reactionEvent: {
        type: 'object',
        description: 'Somebody left a reaction on a message or took it back.',
        required: [
          'cursor',
          'convoId',
          'messageId',
          'did',
          'reaction',
          'action',
        ],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          messageId: {
            type: 'string',
            description: 'The `id` of the entry reacted to.',
            maxLength: 128,
          },
          did: {
            type: 'string',
            description: 'Who reacted.',
            format: 'did',
          },
          reaction: {
            type: 'string',
            description: 'The reaction.',
            maxLength: 64,
          },
          action: {
            type: 'string',
            description: 'Whether the reaction was left or taken back.',
            maxLength: 64,
            knownValues: ['add', 'remove'],
          },
        },
      },
      typingEvent: {
        type: 'object',
        description:
          "Somebody is typing, or has stopped. Not stored; let it lapse after about ten seconds. The caller's own come too, for their other devices.",
        required: ['cursor', 'convoId', 'did', 'isTyping'],
        properties: {
          cursor: {
            type: 'string',
            description:
              "The last durable position on the stream: an event that isn't stored has none of its own.",
            maxLength: 512,
          },
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          did: {
            type: 'string',
            description: 'Who is typing.',
            format: 'did',
          },
          isTyping: {
            type: 'boolean',
            description: 'Whether typing goes on.',
          },
        },
      },
      infoEvent: {
        type: 'object',
        description: 'News of the stream itself.',
        required: ['cursor', 'info'],
        properties: {
          cursor: {
            type: 'string',
            description: 'Position up to which everything has been sent.',
            maxLength: 512,
          },
          info: {
            type: 'string',
            description:
              '`caughtUp`: everything older has been sent, what follows is live. `idle`: nothing happened for a while; keep the cursor, it is newer. `OutdatedCursor`: the cursor given was older than what is kept, and the stream begins with the oldest event kept; fetch what is missing with getMessages. `unknownEvent`: something happened that this server is too old to describe; fetch the state anew. An open set.',
            maxLength: 64,
            knownValues: ['caughtUp', 'idle', 'OutdatedCursor', 'unknownEvent'],
          },
        },
      },
      newDeviceEvent: {
        type: 'object',
        description:
          'A member has registered another device, which waits to be added to the group.',
        required: [
          'cursor',
          'convoId',
          'userDid',
          'deviceId',
          'deviceCredentialDid',
          'pendingAdditionId',
        ],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          userDid: {
            type: 'string',
            description: 'The member whose device it is.',
            format: 'did',
          },
          deviceId: {
            type: 'string',
            description: 'UUID of the device.',
            maxLength: 128,
          },
          deviceName: {
            type: 'string',
            description: 'Name that its user gave it.',
            maxLength: 128,
          },
          deviceCredentialDid: {
            type: 'string',
            description:
              'Identity of the device in MLS credentials: the device-qualified DID.',
            maxLength: 2148,
          },
          pendingAdditionId: {
            type: 'string',
            description: 'What to claim with claimPendingDeviceAddition.',
            maxLength: 128,
          },
        },
      },
      groupInfoRefreshRequestedEvent: {
        type: 'object',
        description:
          'Somebody needs a current GroupInfo. A member that has one stores it with updateGroupInfo.',
        required: ['cursor', 'convoId', 'requestedBy', 'requestedAt'],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          requestedBy: {
            type: 'string',
            description: 'Who asks.',
            format: 'did',
          },
          requestedAt: {
            type: 'string',
            description: 'When, cut down to full 2 seconds.',
            format: 'datetime',
          },
        },
      },
      readditionRequestedEvent: {
        type: 'object',
        description:
          "A member has lost the group's state and asks to be added anew.",
        required: ['cursor', 'convoId', 'userDid', 'requestedAt'],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          userDid: {
            type: 'string',
            description: 'Who asks.',
            format: 'did',
          },
          requestedAt: {
            type: 'string',
            description: 'When, cut down to full 2 seconds.',
            format: 'datetime',
          },
        },
      },
      membershipChangeEvent: {
        type: 'object',
        description:
          'Somebody joined, left, was removed, or has another role. When a commit did it, its messageEvent comes first.',
        required: ['cursor', 'convoId', 'did', 'action', 'epoch'],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          did: {
            type: 'string',
            description: 'Whose membership or role changed.',
            format: 'did',
          },
          action: {
            type: 'string',
            description:
              "What changed: membership, or the user's role. An open set.",
            maxLength: 64,
            knownValues: [
              'joined',
              'left',
              'removed',
              'kicked',
              'promotedAdmin',
              'demotedAdmin',
              'promotedModerator',
              'demotedModerator',
              'warned',
              'deviceRemoved',
            ],
          },
          actor: {
            type: 'string',
            description: 'Who did it. Absent when the server did.',
            format: 'did',
          },
          reason: {
            type: 'string',
            description: 'The reason given, if any.',
            maxLength: 512,
          },
          epoch: {
            type: 'integer',
            description: 'Epoch of the group after the change.',
            minimum: 0,
          },
        },
      },
      readEvent: {
        type: 'object',
        description: "Somebody's read position moved forward.",
        required: ['cursor', 'convoId', 'did', 'readAt'],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          did: {
            type: 'string',
            description: 'Who has read.',
            format: 'did',
          },
          messageId: {
            type: 'string',
            description:
              'The `id` of the last entry read. Absent when that one is no longer kept.',
            maxLength: 128,
          },
          readAt: {
            type: 'string',
            description: 'When, cut down to full 2 seconds.',
            format: 'datetime',
          },
        },
      },
      adminAlertEvent: {
        type: 'object',
        description:
          "Something that needs attention: of a conversation's admins, or of the caller alone for `key_packages_low`.",
        required: ['cursor', 'kind', 'createdAt'],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          convoId: {
            type: 'string',
            description:
              'The conversation concerned; absent for `key_packages_low`.',
            maxLength: 128,
          },
          kind: {
            type: 'string',
            description:
              "`block_conflict`: members block each other. `report_submitted`: a report waits in the queue. `key_packages_low`: the caller's own stock of key packages runs low. An open set.",
            maxLength: 64,
            knownValues: [
              'block_conflict',
              'report_submitted',
              'key_packages_low',
            ],
          },
          subjectDid: {
            type: 'string',
            description: 'Whom it is about.',
            format: 'did',
          },
          createdAt: {
            type: 'string',
            description: 'When, cut down to full 2 seconds.',
            format: 'datetime',
          },
        },
      },
      policyChangedEvent: {
        type: 'object',
        description:
          'An admin has changed what the conversation allows its members.',
        required: ['cursor', 'policy'],
        properties: {
          cursor: {
            type: 'string',
            description:
              'Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing.',
            maxLength: 512,
          },
          policy: {
            type: 'ref',
            ref: 'lex:blue.catbird.mls.updatePolicy#policyView',
            description:
              "The whole policy as it is from here on, with the conversation's id, and who changed it.",
          },
        },
      },
    },
  },
  BlueCatbirdMlsSubmitCommit: {
    lexicon: 1,
    id: 'blue.catbird.mls.submitCommit',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Sends any MLS commit: member changes, a key update, new group data. The commit, the member changes, the Welcome, the GroupInfo and the consumed key packages take effect together, or none does. There is one commit per epoch: the first valid one for epoch N moves the conversation from N to N+1, every other one for N gets EpochMismatch and leaves no trace. The commit is an entry of the log and gets the next seq. For members; adding and removing others needs the same role as addMembers and removeMember.',
        input: {
          description: 'The commit and what belongs to it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'commit', 'epoch'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              commit: {
                type: 'bytes',
                description:
                  'The commit as an MLSMessage, at most 10 MiB. Group, epoch and content type are read from these bytes.',
                maxLength: 10485760,
              },
              epoch: {
                type: 'integer',
                description:
                  'Epoch at which the commit was made. Must be the one in the commit itself.',
                minimum: 0,
              },
              idempotencyKey: {
                type: 'string',
                description:
                  'Made by the client, at most 36 bytes; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once. Without it, a retry of a commit that was accepted gets EpochMismatch; look for your own commit with getCommits then.',
                maxLength: 36,
              },
              addDids: {
                type: 'array',
                description: 'The users whom the commit adds: at most 50.',
                maxLength: 50,
                items: {
                  type: 'string',
                  format: 'did',
                },
              },
              removeDids: {
                type: 'array',
                description:
                  'The users whom the commit removes: at most 50. They can read up to and including this commit.',
                maxLength: 50,
                items: {
                  type: 'string',
                  format: 'did',
                },
              },
              welcomeMessage: {
                type: 'string',
                description:
                  'MLS Welcome for the new devices, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Stored with the change, and fetched by each new device with getWelcome.',
                maxLength: 13981016,
              },
              keyPackageHashes: {
                type: 'array',
                description:
                  'The key packages that went into the Welcome, one per new device, at most 10000. They are consumed together with the change and handed to nobody else. They must be exactly those that the Welcome names.',
                maxLength: 10000,
                items: {
                  type: 'ref',
                  ref: 'lex:blue.catbird.mls.createConvo#keyPackageHashEntry',
                },
              },
              groupInfo: {
                type: 'string',
                description:
                  'MLS GroupInfo of the epoch after the commit, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Must be of this group and epoch, signed by the caller, and carry the ratchet tree, by which it is verified, and `external_pub`. Members who lost their state can rejoin by it.',
                maxLength: 13981016,
              },
            },
          },
        },
        output: {
          description: 'Where the commit stands.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['seq', 'newEpoch'],
            properties: {
              seq: {
                type: 'integer',
                description: 'seq of the commit in the log. Final.',
                minimum: 0,
              },
              newEpoch: {
                type: 'integer',
                description:
                  'Epoch after the commit: `epoch` plus one. Merge the pending commit now, and not before.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member, or somebody in `removeDids` is none. Nothing was changed. Fetch the members with getConvos.',
          },
          {
            name: 'NotAdmin',
            description:
              "The request adds or removes users and the caller's role does not allow it. Ask an admin.",
          },
          {
            name: 'EpochMismatch',
            description:
              'The commit was not made at the current epoch, which the message names: another commit won. Nothing was changed. Drop the pending commit, fetch and apply what is new with getCommits or getMessages, and make the change again.',
          },
          {
            name: 'InvalidCommit',
            description:
              "The bytes are no MLS commit, are of another group, contradict the rest of the request, the GroupInfo can't be verified or used, or add somebody whom a block keeps apart from a member. Nothing was changed. Fix the request; a retry as it is fails again.",
          },
          {
            name: 'InvalidWelcome',
            description:
              'The Welcome is no MLS Welcome of this cipher suite, or names other key packages than `keyPackageHashes`. Nothing was changed. Fix the request; a retry as it is fails again.',
          },
          {
            name: 'KeyPackageNotFound',
            description:
              'A key package named is unknown, expired, consumed, or not of the user named. Nothing was changed. Fetch others with getKeyPackages and make a new Welcome.',
          },
          {
            name: 'AlreadyMember',
            description:
              'Somebody in `addDids` belongs to the conversation already. Nothing was changed. Fetch the members with getConvos and leave them out.',
          },
          {
            name: 'TooManyMembers',
            description:
              'The conversation would have more members than it may. The message names the limit. Nothing was changed.',
          },
          {
            name: 'IdempotencyKeyReused',
            description:
              'The key stands for an earlier request of yours with other content. Nothing was changed. Use a new key for a new request.',
          },
          {
            name: 'BlueskyServiceUnavailable',
            description:
              "The server adds nobody while the blocks of somebody concerned can't be read, and they can't right now. Nothing was changed. Try again in a while.",
          },
        ],
      },
    },
  },
  BlueCatbirdMlsSubscribeConvoEvents: {
    lexicon: 1,
    id: 'blue.catbird.mls.subscribeConvoEvents',
    defs: {
      main: {
        type: 'subscription',
        description:
          "The same events as streamConvoEvents in the same order with the same cursors, over WebSocket: AT Protocol event-stream frames, each a DAG-CBOR header and body. The caller is known by the service-auth header, or by a ticket from getSubscriptionTicket. The server pings; a client that doesn't answer is closed.",
        parameters: {
          type: 'params',
          properties: {
            cursor: {
              type: 'string',
              description:
                'Go on behind this position. Without it, the stream begins with what happens next.',
              maxLength: 512,
            },
            convoId: {
              type: 'string',
              description:
                'Only this conversation. With a ticket for a conversation, it must be that one or be left out.',
              maxLength: 128,
            },
            ticket: {
              type: 'string',
              description:
                'A ticket from getSubscriptionTicket, instead of the header.',
              maxLength: 128,
            },
          },
        },
        message: {
          description:
            "What happened. The set is open: skip types that you don't know.",
          schema: {
            type: 'union',
            refs: [
              'lex:blue.catbird.mls.streamConvoEvents#messageEvent',
              'lex:blue.catbird.mls.streamConvoEvents#reactionEvent',
              'lex:blue.catbird.mls.streamConvoEvents#typingEvent',
              'lex:blue.catbird.mls.streamConvoEvents#infoEvent',
              'lex:blue.catbird.mls.streamConvoEvents#newDeviceEvent',
              'lex:blue.catbird.mls.streamConvoEvents#groupInfoRefreshRequestedEvent',
              'lex:blue.catbird.mls.streamConvoEvents#readditionRequestedEvent',
              'lex:blue.catbird.mls.streamConvoEvents#membershipChangeEvent',
              'lex:blue.catbird.mls.streamConvoEvents#readEvent',
              'lex:blue.catbird.mls.streamConvoEvents#adminAlertEvent',
              'lex:blue.catbird.mls.streamConvoEvents#policyChangedEvent',
            ],
          },
        },
        errors: [
          {
            name: 'FutureCursor',
            description:
              'The cursor was not made by this server, or lies in the future. Fetch what is missing with getMessages, and start without a cursor.',
          },
          {
            name: 'ConsumerTooSlow',
            description:
              "The client didn't take what it was sent in time. Reconnect with the last cursor.",
          },
          {
            name: 'InvalidTicket',
            description:
              'The ticket is unknown, used, expired, or for another conversation. Get a new one.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member of `convoId`, or no such conversation exists.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsSyncKeyPackages: {
    lexicon: 1,
    id: 'blue.catbird.mls.syncKeyPackages',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Compares the key packages that a device of the caller still has private keys for with those in store, and deletes from the store what the device has not: a Welcome made with one of them could not be used. Key packages that were used up are not concerned. Safe to repeat. Works for devices that never registered too, and for the caller's own alone: of anybody else's there is nothing to compare.",
        input: {
          description: 'What the device has.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['localHashes', 'deviceId'],
            properties: {
              localHashes: {
                type: 'array',
                description:
                  'Lower-case hex SHA-256 of each key package that the device can still use, last-resort ones included: at most 200. When there are 200 and the store has more than that, the list may be cut short, and nothing is deleted.',
                maxLength: 200,
                items: {
                  type: 'string',
                  description: 'A hash of 64 characters.',
                  maxLength: 64,
                },
              },
              deviceId: {
                type: 'string',
                description: 'UUID of the device, as its credential names it.',
                maxLength: 128,
              },
            },
          },
        },
        output: {
          description: 'What is in store for the device.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: [
              'serverHashes',
              'orphanedCount',
              'deletedCount',
              'deviceId',
            ],
            properties: {
              serverHashes: {
                type: 'array',
                description:
                  "Hashes of the device's key packages in store now, those deleted not among them. A local one that isn't here was used up, has expired or was never published.",
                items: {
                  type: 'string',
                  description: 'A hash.',
                  maxLength: 64,
                },
              },
              orphanedCount: {
                type: 'integer',
                description: 'How many were in store that the device has not.',
                minimum: 0,
              },
              deletedCount: {
                type: 'integer',
                description: 'How many of them were deleted.',
                minimum: 0,
              },
              orphanedHashes: {
                type: 'array',
                description:
                  'Which were in store that the device has not. Absent when there were none.',
                items: {
                  type: 'string',
                  description: 'A hash.',
                  maxLength: 64,
                },
              },
              remainingAvailable: {
                type: 'integer',
                description: 'How many can still be handed out.',
                minimum: 0,
              },
              deviceId: {
                type: 'string',
                description: 'The device, its UUID in lower case.',
                maxLength: 128,
              },
            },
          },
        },
      },
    },
  },
  BlueCatbirdMlsUpdateCursor: {
    lexicon: 1,
    id: 'blue.catbird.mls.updateCursor',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Moves the caller's read and delivered positions in a conversation forward. A position never moves back: a lower value leaves it where it is, so calls may be repeated and arrive in any order. All devices of a user share the positions. When the read position moves, all members who can read that far get a readEvent. For members.",
        input: {
          description: 'The new positions; what is left out stays.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              readSeq: {
                type: 'integer',
                description:
                  'seq of the last entry that the user has seen. Counts as delivered too.',
                minimum: 0,
              },
              deliveredSeq: {
                type: 'integer',
                description:
                  'seq of the last entry that the caller has stored: it no longer needs those up to here from the server.',
                minimum: 0,
              },
              cursor: {
                type: 'string',
                description:
                  'Cursor of the last event processed on the stream, or of a page of getPendingMessages, instead of or beside `deliveredSeq`: all entries of this conversation up to there count as delivered. An expired one is taken.',
                maxLength: 512,
              },
            },
          },
        },
        output: {
          description: 'Where the positions are now.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['readSeq', 'deliveredSeq', 'unreadCount'],
            properties: {
              readSeq: {
                type: 'integer',
                description: 'The read position.',
                minimum: 0,
              },
              deliveredSeq: {
                type: 'integer',
                description:
                  'The delivered position, never below the read position.',
                minimum: 0,
              },
              unreadCount: {
                type: 'integer',
                description:
                  'How many application messages lie after the read position, expired ones not counted.',
                minimum: 0,
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Nothing was changed. Drop the conversation from the list, or ask to be added.',
          },
          {
            name: 'InvalidCursor',
            description:
              "`readSeq` or `deliveredSeq` lies beyond the end of the log, or `cursor` is not one of this server's stream as it is now. Nothing was changed. Send only positions of what was received.",
          },
        ],
      },
    },
  },
  BlueCatbirdMlsUpdateGroupInfo: {
    lexicon: 1,
    id: 'blue.catbird.mls.updateGroupInfo',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Stores the GroupInfo of the conversation's current epoch, for members who lost the group's state. It takes the place of one that the caller has sent before or, if the caller is an admin, of anybody's: the server can't see which one leads into the group. The next commit ends its use. Repeating it is safe. For members.",
        input: {
          description: 'The GroupInfo.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'groupInfo', 'epoch'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              groupInfo: {
                type: 'string',
                description:
                  "MLS GroupInfo, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Must be of this group and its current epoch, be signed by the caller's own leaf, and carry the ratchet tree and external_pub: nobody can join by less.",
                maxLength: 13981016,
              },
              epoch: {
                type: 'integer',
                description:
                  'The epoch that it describes. Must be the one in the GroupInfo itself.',
                minimum: 0,
              },
            },
          },
        },
        output: {
          description: 'Whether it is stored.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['updated'],
            properties: {
              updated: {
                type: 'boolean',
                description:
                  'True: getGroupInfo gives this GroupInfo from now on, until the epoch ends. False: it gives one that another member sent for this epoch, and nothing was changed.',
              },
            },
          },
        },
        errors: [
          {
            name: 'Unauthorized',
            description:
              'The caller is not a member, or there is no such conversation. Drop it from the list.',
          },
          {
            name: 'InvalidGroupInfo',
            description:
              "The bytes are no GroupInfo that somebody can join by, their signature doesn't verify, or they are of another group, epoch or member. The message says which. Nothing was changed. When the epoch has moved on, apply the new commits and export it again.",
          },
        ],
      },
    },
  },
  BlueCatbirdMlsUpdatePolicy: {
    lexicon: 1,
    id: 'blue.catbird.mls.updatePolicy',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Changes what a conversation allows its members. For admins. What is named changes, all of it at once or nothing, and the rest stays. It holds for every request that begins after the answer, and for those in progress that have not reached the conversation yet. A change stands in the audit log. Asking for what holds already changes nothing, so that a retry is harmless.',
        input: {
          description:
            'What is to hold from now on: at least one property besides `convoId`.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              allowInvites: {
                type: 'boolean',
                description:
                  'Whether there may be invites to the conversation at all. At first true.',
              },
              adminOnlyInvites: {
                type: 'boolean',
                description:
                  'Whether only admins may make invites. At first false.',
              },
              allowMemberAdd: {
                type: 'boolean',
                description:
                  'Whether members who are no admins may add users, by addMembers or submitCommit. At first true. Admins always may. Further devices of users who are members already may be added whatever it says.',
              },
              allowMemberRemove: {
                type: 'boolean',
                description:
                  'Whether plain members may remove other plain members, by removeMember, leaveConvo or submitCommit. At first false. Moderators may always remove others than admins, and admins everybody.',
              },
              requireAdminApproval: {
                type: 'boolean',
                description:
                  'Whether nobody joins without an admin. At first false. While there are no requests to join that an admin could approve, it means that only admins add users, whatever `allowMemberAdd` says.',
              },
              maxMembers: {
                type: 'integer',
                description:
                  'Users that the conversation may have at most, 2 to 1000; not fewer than it has, and not more than the server allows. At first as many as the server allows.',
                minimum: 2,
                maximum: 1000,
              },
            },
          },
        },
        output: {
          description: 'What came of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['policy'],
            properties: {
              policy: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.updatePolicy#policyView',
                description:
                  'What holds from now on, whether or not the request changed it.',
              },
            },
          },
        },
        errors: [
          {
            name: 'Unauthorized',
            description:
              'The caller is no admin of the conversation. Nothing was changed. Ask one.',
          },
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Drop the conversation from the list.',
          },
          {
            name: 'NoFieldsProvided',
            description: 'The request names nothing to change.',
          },
          {
            name: 'InvalidMaxMembers',
            description:
              '`maxMembers` is below the number of users who are members now, or above what the server allows. Nothing was changed. The message names the limit.',
          },
        ],
      },
      policyView: {
        type: 'object',
        description: 'What a conversation allows its members.',
        required: [
          'convoId',
          'allowInvites',
          'adminOnlyInvites',
          'allowMemberAdd',
          'allowMemberRemove',
          'requireAdminApproval',
          'maxMembers',
          'updatedAt',
        ],
        properties: {
          convoId: {
            type: 'string',
            description: 'The conversation.',
            maxLength: 128,
          },
          allowInvites: {
            type: 'boolean',
            description:
              'Whether there may be invites to the conversation at all. At first true.',
          },
          adminOnlyInvites: {
            type: 'boolean',
            description:
              'Whether only admins may make invites. At first false.',
          },
          allowMemberAdd: {
            type: 'boolean',
            description:
              'Whether members who are no admins may add users, by addMembers or submitCommit. At first true. Admins always may. Further devices of users who are members already may be added whatever it says.',
          },
          allowMemberRemove: {
            type: 'boolean',
            description:
              'Whether plain members may remove other plain members, by removeMember, leaveConvo or submitCommit. At first false. Moderators may always remove others than admins, and admins everybody.',
          },
          requireAdminApproval: {
            type: 'boolean',
            description:
              'Whether nobody joins without an admin. At first false. While there are no requests to join that an admin could approve, it means that only admins add users, whatever `allowMemberAdd` says.',
          },
          maxMembers: {
            type: 'integer',
            description: 'Users that the conversation may have at most.',
            minimum: 2,
            maximum: 1000,
          },
          updatedAt: {
            type: 'string',
            description:
              'When the policy last changed, else when the conversation was created; cut down to full 2 seconds.',
            format: 'datetime',
          },
          updatedBy: {
            type: 'string',
            description:
              'The admin who changed it last. Absent while nobody has.',
            format: 'did',
          },
        },
      },
    },
  },
  BlueCatbirdMlsUpdateRead: {
    lexicon: 1,
    id: 'blue.catbird.mls.updateRead',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Marks a conversation as read, up to one message or to its end. The read position never moves back, so the call is safe to repeat. When it moves, all members who can read that far get a readEvent. For members.',
        input: {
          description: 'What was read.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              messageId: {
                type: 'string',
                description:
                  'The `id` of the last entry that the user has seen. Without it, everything stored so far is read.',
                maxLength: 128,
              },
            },
          },
        },
        output: {
          description: 'The conversation is read.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['readAt'],
            properties: {
              readAt: {
                type: 'string',
                description:
                  'When the server took this, cut down to full 2 seconds.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description:
              'No conversation has this id, or it was deleted. Drop it from the list.',
          },
          {
            name: 'NotMember',
            description:
              'The caller is not a member. Nothing was changed. Drop the conversation from the list, or ask to be added.',
          },
          {
            name: 'MessageNotFound',
            description:
              'The conversation has no such entry that the caller may read: it may have expired. Nothing was changed.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsValidateDeviceState: {
    lexicon: 1,
    id: 'blue.catbird.mls.validateDeviceState',
    defs: {
      main: {
        type: 'query',
        description:
          "Looks whether a device is where it should be: registered, in the caller's conversations, with key packages in store. Without a device, looks at the caller's key packages over all devices. Changes nothing. What the server can't see, the MLS state on the device, isn't judged.",
        parameters: {
          type: 'params',
          properties: {
            deviceId: {
              type: 'string',
              description:
                'UUID of a device of the caller. Absent for the caller as a whole.',
              maxLength: 128,
            },
          },
        },
        output: {
          description: 'The verdict.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['isValid', 'issues', 'recommendations'],
            properties: {
              isValid: {
                type: 'boolean',
                description: 'Whether there are no issues.',
              },
              issues: {
                type: 'array',
                description: 'What is wrong, as text for people: at most 16.',
                maxLength: 16,
                items: {
                  type: 'string',
                  description: 'An issue, at most 512 bytes.',
                  maxLength: 512,
                },
              },
              recommendations: {
                type: 'array',
                description:
                  'What the client should do about it, as text for people: at most 16.',
                maxLength: 16,
                items: {
                  type: 'string',
                  description: 'A recommendation, at most 512 bytes.',
                  maxLength: 512,
                },
              },
              expectedConvos: {
                type: 'integer',
                description: 'Conversations that the caller is in.',
                minimum: 0,
              },
              actualConvos: {
                type: 'integer',
                description:
                  'Those of them that the device is in. Where the server knows a member without a device, such as the creator, that counts as this one, unless the device waits to be added. Absent without a device.',
                minimum: 0,
              },
              keyPackageInventory: {
                type: 'ref',
                ref: 'lex:blue.catbird.mls.validateDeviceState#keyPackageInventory',
                description: 'Key packages in store.',
              },
              pendingRejoinRequests: {
                type: 'array',
                description:
                  "The conversations where the device has asked to be added anew and nobody has done it yet; without a device, where any of the caller's has.",
                items: {
                  type: 'string',
                  description: "A conversation's id.",
                  maxLength: 128,
                },
              },
            },
          },
        },
      },
      keyPackageInventory: {
        type: 'object',
        description: 'Key packages in store.',
        required: ['available', 'target', 'needsReplenishment'],
        properties: {
          available: {
            type: 'integer',
            description:
              "Those of all the caller's devices that can still be handed out.",
            minimum: 0,
          },
          target: {
            type: 'integer',
            description: 'How many a device should have at least.',
            minimum: 0,
          },
          needsReplenishment: {
            type: 'boolean',
            description:
              'Whether the device has fewer than `target`; without a device, whether the caller has.',
          },
          perDeviceCount: {
            type: 'integer',
            description: 'Those of the device. Absent without one.',
            minimum: 0,
          },
        },
      },
    },
  },
  BlueCatbirdMlsValidateWelcome: {
    lexicon: 1,
    id: 'blue.catbird.mls.validateWelcome',
    defs: {
      main: {
        type: 'procedure',
        description:
          "Tells the one whom a Welcome is for whether it can still lead into its conversation: whether it waits for the caller, or is one that the caller is making for a device of their own. Looks at the key packages that it names, since the rest is encrypted, and changes nothing: it reserves no key package and settles no Welcome. A Welcome that waits and still can't be opened is to be taken back with invalidateWelcome.",
        input: {
          description: 'The Welcome.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['welcomeMessage'],
            properties: {
              welcomeMessage: {
                type: 'bytes',
                description:
                  'The Welcome, bare or inside an MLSMessage, byte for byte as it came; at most 10 MiB.',
                maxLength: 10485760,
              },
            },
          },
        },
        output: {
          description: 'What is known of it.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['valid', 'keyPackageHash'],
            properties: {
              valid: {
                type: 'boolean',
                description:
                  'True when the Welcome waits for the caller, or the caller has the key package reserved for making it. False when the server has no such Welcome though the key package is free: the commit that it belongs to was not taken.',
              },
              keyPackageHash: {
                type: 'string',
                description:
                  "Lower-case hex SHA-256 of the published bytes of the caller's key package that it is for. Of several, one that it still waits for.",
                maxLength: 64,
              },
              recipientDid: {
                type: 'string',
                description: 'The user whose key package it is: the caller.',
                format: 'did',
              },
              groupId: {
                type: 'string',
                description:
                  'The conversation that it leads into. Absent when the server has no such Welcome for the caller.',
                maxLength: 128,
              },
              reserved: {
                type: 'boolean',
                description: 'Whether the caller has the key package reserved.',
              },
              reservedUntil: {
                type: 'string',
                description:
                  'When that reservation ends, cut down to full 2 seconds. Absent when there is none.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'InvalidWelcome',
            description:
              'The bytes are no MLS Welcome of a cipher suite that this server knows. Fetch it again with getWelcome.',
          },
          {
            name: 'KeyPackageNotFound',
            description:
              "The server knows none of the key packages that it names, or the caller's has expired or was deleted. Ask to be added anew with requestRejoin.",
          },
          {
            name: 'KeyPackageAlreadyConsumed',
            description:
              "The caller's key package was used up, and this Welcome doesn't wait for the caller: it was confirmed or taken back, or another one was made with the key package. See whether getWelcome has a newer one.",
          },
          {
            name: 'KeyPackageReserved',
            description:
              "Somebody else has the caller's key package reserved, and no such Welcome was stored so far. Wait, and use what getWelcome gives.",
          },
          {
            name: 'RecipientMismatch',
            description: 'The Welcome is for others alone. Drop it.',
          },
        ],
      },
    },
  },
  BlueCatbirdMlsWarnMember: {
    lexicon: 1,
    id: 'blue.catbird.mls.warnMember',
    defs: {
      main: {
        type: 'procedure',
        description:
          'Warns a member of a conversation. For admins. A warning takes nothing away by itself. The one who is warned, and nobody else, gets a membershipChangeEvent with the reason. The warning stands in the audit log under its `warningId`. The same warning by the same admin again within ten minutes is taken for a retry: it gets the first answer and warns nobody a second time.',
        input: {
          description: 'Whom to warn, and why.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['convoId', 'memberDid', 'reason'],
            properties: {
              convoId: {
                type: 'string',
                description:
                  'Which conversation: the `groupId` given to createConvo.',
                maxLength: 128,
              },
              memberDid: {
                type: 'string',
                description: "The user to warn. Admins can't be warned.",
                format: 'did',
              },
              reason: {
                type: 'string',
                description:
                  'Why, at most 500 bytes of UTF-8. Clear text: told to the one who is warned and kept in the audit log.',
                maxLength: 500,
              },
              expiresAt: {
                type: 'string',
                description:
                  'Until when the warning counts, in the future. Kept with it in the audit log; what follows from another breach before then is for the admins to decide. Absent means without limit.',
                format: 'datetime',
              },
            },
          },
        },
        output: {
          description: 'The warning.',
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['warningId', 'deliveredAt'],
            properties: {
              warningId: {
                type: 'string',
                description: 'Names the warning in the audit log. A UUID.',
                maxLength: 128,
              },
              deliveredAt: {
                type: 'string',
                description:
                  'When it was put into the event stream of the one who is warned, cut down to full 2 seconds.',
                format: 'datetime',
              },
            },
          },
        },
        errors: [
          {
            name: 'ConvoNotFound',
            description: 'No conversation has this id, or it was deleted.',
          },
          {
            name: 'NotAdmin',
            description:
              'The caller is no admin of the conversation, or no member at all. Nobody was warned.',
          },
          {
            name: 'TargetNotMember',
            description:
              'The user named is not a member. Nobody was warned. Fetch the members with getConvos.',
          },
          {
            name: 'CannotWarnAdmin',
            description:
              'The user named is an admin. Nobody was warned. Demote them first, or talk to them.',
          },
        ],
      },
    },
  },
} as const satisfies Record<string, LexiconDoc>
export const schemas = Object.values(schemaDict) satisfies LexiconDoc[]
export const lexicons: Lexicons = new Lexicons(schemas)

export function validate<T extends { $type: string }>(
  v: unknown,
  id: string,
  hash: string,
  requiredType: true,
): ValidationResult<T>
export function validate<T extends { $type?: string }>(
  v: unknown,
  id: string,
  hash: string,
  requiredType?: false,
): ValidationResult<T>
export function validate(
  v: unknown,
  id: string,
  hash: string,
  requiredType?: boolean,
): ValidationResult {
  return (requiredType ? is$typed : maybe$typed)(v, id, hash)
    ? lexicons.validate(`${id}#${hash}`, v)
    : {
        success: false,
        error: new ValidationError(
          `Must be an object with "${hash === 'main' ? id : `${id}#${hash}`}" $type property`,
        ),
      }
}

export const ids = {
  BlueCatbirdMlsAddMembers: 'blue.catbird.mls.addMembers',
  BlueCatbirdMlsAddReaction: 'blue.catbird.mls.addReaction',
  BlueCatbirdMlsCheckBlocks: 'blue.catbird.mls.checkBlocks',
  BlueCatbirdMlsClaimPendingDeviceAddition:
    'blue.catbird.mls.claimPendingDeviceAddition',
  BlueCatbirdMlsCompletePendingDeviceAddition:
    'blue.catbird.mls.completePendingDeviceAddition',
  BlueCatbirdMlsConfirmWelcome: 'blue.catbird.mls.confirmWelcome',
  BlueCatbirdMlsCreateConvo: 'blue.catbird.mls.createConvo',
  BlueCatbirdMlsDefs: 'blue.catbird.mls.defs',
  BlueCatbirdMlsDeleteDevice: 'blue.catbird.mls.deleteDevice',
  BlueCatbirdMlsDemoteAdmin: 'blue.catbird.mls.demoteAdmin',
  BlueCatbirdMlsDemoteModerator: 'blue.catbird.mls.demoteModerator',
  BlueCatbirdMlsGetAdminStats: 'blue.catbird.mls.getAdminStats',
  BlueCatbirdMlsGetBlockStatus: 'blue.catbird.mls.getBlockStatus',
  BlueCatbirdMlsGetCommits: 'blue.catbird.mls.getCommits',
  BlueCatbirdMlsGetConvos: 'blue.catbird.mls.getConvos',
  BlueCatbirdMlsGetEpoch: 'blue.catbird.mls.getEpoch',
  BlueCatbirdMlsGetExpectedConversations:
    'blue.catbird.mls.getExpectedConversations',
  BlueCatbirdMlsGetGroupInfo: 'blue.catbird.mls.getGroupInfo',
  BlueCatbirdMlsGetKeyPackageHistory: 'blue.catbird.mls.getKeyPackageHistory',
  BlueCatbirdMlsGetKeyPackageStats: 'blue.catbird.mls.getKeyPackageStats',
  BlueCatbirdMlsGetKeyPackageStatus: 'blue.catbird.mls.getKeyPackageStatus',
  BlueCatbirdMlsGetKeyPackages: 'blue.catbird.mls.getKeyPackages',
  BlueCatbirdMlsGetMessage: 'blue.catbird.mls.getMessage',
  BlueCatbirdMlsGetMessages: 'blue.catbird.mls.getMessages',
  BlueCatbirdMlsGetPendingDeviceAdditions:
    'blue.catbird.mls.getPendingDeviceAdditions',
  BlueCatbirdMlsGetPendingMessages: 'blue.catbird.mls.getPendingMessages',
  BlueCatbirdMlsGetPolicy: 'blue.catbird.mls.getPolicy',
  BlueCatbirdMlsGetReports: 'blue.catbird.mls.getReports',
  BlueCatbirdMlsGetSubscriptionTicket: 'blue.catbird.mls.getSubscriptionTicket',
  BlueCatbirdMlsGetWelcome: 'blue.catbird.mls.getWelcome',
  BlueCatbirdMlsGroupInfoRefresh: 'blue.catbird.mls.groupInfoRefresh',
  BlueCatbirdMlsHandleBlockChange: 'blue.catbird.mls.handleBlockChange',
  BlueCatbirdMlsInvalidateWelcome: 'blue.catbird.mls.invalidateWelcome',
  BlueCatbirdMlsLeaveConvo: 'blue.catbird.mls.leaveConvo',
  BlueCatbirdMlsListDevices: 'blue.catbird.mls.listDevices',
  BlueCatbirdMlsMessageDefs: 'blue.catbird.mls.message.defs',
  BlueCatbirdMlsProcessExternalCommit: 'blue.catbird.mls.processExternalCommit',
  BlueCatbirdMlsPromoteAdmin: 'blue.catbird.mls.promoteAdmin',
  BlueCatbirdMlsPromoteModerator: 'blue.catbird.mls.promoteModerator',
  BlueCatbirdMlsPublishKeyPackage: 'blue.catbird.mls.publishKeyPackage',
  BlueCatbirdMlsPublishKeyPackages: 'blue.catbird.mls.publishKeyPackages',
  BlueCatbirdMlsReaddition: 'blue.catbird.mls.readdition',
  BlueCatbirdMlsRegisterDevice: 'blue.catbird.mls.registerDevice',
  BlueCatbirdMlsRemoveMember: 'blue.catbird.mls.removeMember',
  BlueCatbirdMlsRemoveReaction: 'blue.catbird.mls.removeReaction',
  BlueCatbirdMlsReportMember: 'blue.catbird.mls.reportMember',
  BlueCatbirdMlsRequestRejoin: 'blue.catbird.mls.requestRejoin',
  BlueCatbirdMlsResolveReport: 'blue.catbird.mls.resolveReport',
  BlueCatbirdMlsSendMessage: 'blue.catbird.mls.sendMessage',
  BlueCatbirdMlsSendTypingIndicator: 'blue.catbird.mls.sendTypingIndicator',
  BlueCatbirdMlsStreamConvoEvents: 'blue.catbird.mls.streamConvoEvents',
  BlueCatbirdMlsSubmitCommit: 'blue.catbird.mls.submitCommit',
  BlueCatbirdMlsSubscribeConvoEvents: 'blue.catbird.mls.subscribeConvoEvents',
  BlueCatbirdMlsSyncKeyPackages: 'blue.catbird.mls.syncKeyPackages',
  BlueCatbirdMlsUpdateCursor: 'blue.catbird.mls.updateCursor',
  BlueCatbirdMlsUpdateGroupInfo: 'blue.catbird.mls.updateGroupInfo',
  BlueCatbirdMlsUpdatePolicy: 'blue.catbird.mls.updatePolicy',
  BlueCatbirdMlsUpdateRead: 'blue.catbird.mls.updateRead',
  BlueCatbirdMlsValidateDeviceState: 'blue.catbird.mls.validateDeviceState',
  BlueCatbirdMlsValidateWelcome: 'blue.catbird.mls.validateWelcome',
  BlueCatbirdMlsWarnMember: 'blue.catbird.mls.warnMember',
} as const
