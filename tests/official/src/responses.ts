// Holds what the servers of a test run answered against the lexicons, by the official implementation of them.
//
// Each file of the folder in RECORD_RESPONSES has lines of a method, a space and its output as JSON.

import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { jsonStringToLex, type LexiconDoc, Lexicons } from '@atproto/lexicon'

const JSON_LEXICONS = fileURLToPath(new URL('../../../lexicon', import.meta.url))

const folder = process.env['RECORD_RESPONSES']
if (!folder) throw new Error('RECORD_RESPONSES must name the folder with what was recorded')

const documents = readDocuments(JSON_LEXICONS)
const lexicons = new Lexicons(documents)
const missing = new Set<string>(documents.filter(answersJson).map(({ id }) => id))
const mistakes = new Map<string, number>()
let count = 0
for (const name of readdirSync(folder)) {
  for await (const line of createInterface(createReadStream(join(folder, name)))) check(line)
}
report()

function readDocuments(folder: string): LexiconDoc[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as LexiconDoc)
}

function answersJson({ defs: { main } }: LexiconDoc): boolean {
  return (main?.type === 'query' || main?.type === 'procedure') && main.output?.encoding === 'application/json'
}

function check(line: string) {
  const end = line.indexOf(' ')
  const nsid = line.slice(0, end)
  count += 1
  missing.delete(nsid)
  try {
    lexicons.assertValidXrpcOutput(nsid, jsonStringToLex(line.slice(end + 1)))
  } catch (error) {
    const mistake = `${nsid}: ${error}`
    if (!mistakes.has(mistake)) console.error(`${mistake}\n    ${line.slice(end + 1, end + 500)}`)
    mistakes.set(mistake, (mistakes.get(mistake) ?? 0) + 1)
  }
}

function report() {
  if (missing.size > 0) console.error(`no output was recorded of ${[...missing].join(', ')}`)
  if (mistakes.size > 0 || missing.size > 0) process.exit(1)
  console.log(`${count} outputs of ${documents.filter(answersJson).length} methods are as the lexicons say`)
}
