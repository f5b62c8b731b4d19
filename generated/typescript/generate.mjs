// Writes src/ from the lexicons by the official generator, or checks with --check that it is current.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const lexicons = join(here, '../../lexicon')
const output = join(here, 'src')

const wanted = generate()
const present = existsSync(output) ? read(output) : new Map()
const differences = [...new Set([...wanted.keys(), ...present.keys()])]
  .sort()
  .filter((path) => wanted.get(path) !== present.get(path))
if (process.argv.includes('--check')) {
  for (const path of differences) console.error(`${difference(path)}: generated/typescript/src/${path}`)
  if (differences.length > 0) {
    console.error('bring it up to date with: make generate')
    process.exit(1)
  }
} else {
  for (const path of differences) write(path)
}

/** What should be there, by path. */
function generate() {
  const folder = mkdtempSync(join(tmpdir(), 'lexicon-'))
  try {
    const documents = [...read(lexicons).keys()].filter((path) => path.endsWith('.json'))
    const files = documents.map((path) => join(lexicons, path))
    const cli = join(here, 'node_modules/.bin/lex')
    execFileSync(cli, ['gen-api', '--yes', folder, ...files], { stdio: ['ignore', 'ignore', 'inherit'] })
    const made = read(folder)
    complete(made, documents)
    return new Map([...made].map(([path, text]) => [path, withoutClash(text)]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The generator passes over a document that it can't read, and succeeds. */
function complete(made, documents) {
  const missing = documents.filter((path) => !made.has(join('types', path.replace(/json$/, 'ts'))))
  if (missing.length > 0) throw new Error(`the generator can't read ${missing.join(', ')}`)
}

/** The generator imports `BlobRef` into every file, also into one that declares a definition of that name. */
function withoutClash(text) {
  if (!text.includes('export interface BlobRef {')) return text
  return text.replace('import { type ValidationResult, BlobRef } from', 'import { type ValidationResult } from')
}

/** The files under a folder, by path relative to it. */
function read(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort()
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]))
}

function difference(path) {
  if (!wanted.has(path)) return 'orphaned'
  return present.has(path) ? 'stale' : 'missing'
}

function write(path) {
  const file = join(output, path)
  if (!wanted.has(path)) return rmSync(file)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, wanted.get(path))
}
