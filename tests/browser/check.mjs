// Checks the API reference in Chromium: every page as it is shown, and what a reader does with it. Run by
// `make reference-check`. REFERENCE_URL names a running server's pages (http://127.0.0.1:3000/docs/) to check instead of
// the files; SCREENSHOTS a folder for pictures to look at.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'

const folder = join(import.meta.dirname, '../../generated/reference')
const pages = readdirSync(folder).filter((name) => name.endsWith('.html'))
const methods = pages.filter((name) => /<span class="verb">(GET|POST)</.test(readFileSync(join(folder, name), 'utf8')))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const wide = { width: 1440, height: 900 }
const narrow = { width: 360, height: 740 }

// As the server serves the files.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'"
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' }

function serve(request, response) {
  const name = new URL(request.url, 'http://localhost').pathname.slice(1) || 'index.html'
  if (!readdirSync(folder).includes(name)) return response.writeHead(404).end()
  const type = `${types[extname(name)]}; charset=utf-8`
  response.writeHead(200, { 'content-type': type, 'content-security-policy': policy })
  response.end(readFileSync(join(folder, name)))
}

const server = createServer(serve)
let base, browser, context

before(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = process.env.REFERENCE_URL ?? `http://127.0.0.1:${server.address().port}/`
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  flags.push('--disable-component-update', '--disable-sync')
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })
  context = await browser.newContext({ viewport: wide })
})

after(async () => {
  await browser?.close()
  server.close()
})

// Opens a page, and fails at its end when the console said anything or something was asked of another host.
async function open(t, name, { scheme = 'light', viewport = wide } = {}) {
  const page = await context.newPage()
  const wrong = []
  page.on('console', (message) => wrong.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => wrong.push(error.message))
  page.on('requestfailed', (request) => {
    // Going on to the next page ends what is under way.
    const reason = request.failure().errorText
    if (reason !== 'net::ERR_ABORTED') wrong.push(`${reason}: ${request.url()}`)
  })
  page.on('response', (response) => response.status() >= 400 && wrong.push(`${response.status()}: ${response.url()}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(base).origin)) wrong.push(`elsewhere: ${request.url()}`)
  })
  t.after(async () => {
    await page.close()
    assert.deepEqual(wrong, [], name)
  })
  await page.emulateMedia({ colorScheme: scheme })
  await page.setViewportSize(viewport)
  await page.goto(base + name)
  return page
}

async function picture(page, name) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) })
}

// What stands in the way of people who don't see, or don't see well: WCAG and good practice, or only some rules.
async function violations(page, runOnly) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate((options) => window.axe.run(options), runOnly ? { runOnly } : {})
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(' ')}`)
}

test('every page can be read by everybody', async (t) => {
  const page = await open(t, 'index.html')
  for (const name of pages) {
    await page.goto(base + name)
    assert.deepEqual(await violations(page), [], name)
    await picture(page, `${name}-light`)
  }
})

test('colours differ enough in the dark too', async (t) => {
  const page = await open(t, 'index.html', { scheme: 'dark' })
  for (const name of pages) {
    await page.goto(base + name)
    assert.deepEqual(await violations(page, ['color-contrast']), [], name)
    await picture(page, `${name}-dark`)
  }
})

test('no page is wider than a small screen', async (t) => {
  const page = await open(t, 'index.html', { viewport: narrow })
  for (const name of pages) {
    await page.goto(base + name)
    const tooWide = await page.evaluate(() => {
      const { clientWidth, scrollWidth } = document.documentElement
      if (scrollWidth <= clientWidth) return []
      const outside = (element) => element.getBoundingClientRect().right > clientWidth && !element.closest('pre')
      const elements = [...document.querySelectorAll('body *')].filter(outside)
      return [`${scrollWidth} of ${clientWidth}`, ...elements.map(({ outerHTML }) => outerHTML)]
    })
    assert.deepEqual(tooWide, [], name)
    await picture(page, `${name}-narrow`)
  }
})

test('light and dark follow the system', async (t) => {
  const paper = async (scheme) => {
    const page = await open(t, 'index.html', { scheme })
    return page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  }
  assert.notEqual(await paper('light'), await paper('dark'))
})

test('the navigation has every page and marks the current one', async (t) => {
  const page = await open(t, methods[0])
  const links = await page.locator('nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
  assert.deepEqual(pages.filter((name) => name !== 'index.html' && !links.includes(name)), [])
  const current = page.locator('nav a[aria-current=page]')
  assert.equal(await current.getAttribute('href'), methods[0])
  await page.locator(`nav a[href="${methods[1]}"]`).click()
  await page.waitForURL((url) => url.pathname.endsWith(methods[1]))
  assert.equal(await current.getAttribute('href'), methods[1])
})

test('the search is used from the keyboard', async (t) => {
  const page = await open(t, 'index.html')
  const name = methods.at(-1).split('.').at(-2)
  await page.keyboard.press('/')
  await page.keyboard.type(name.toLowerCase())
  const input = page.getByRole('combobox', { name: 'Search the reference' })
  const options = page.getByRole('option')
  await options.first().waitFor()
  assert.equal(await input.getAttribute('aria-expanded'), 'true')
  assert.equal(await options.first().locator('.name').textContent(), name)
  assert.match(await page.getByRole('status').textContent(), /^\d+ results?$/)
  const active = () => input.getAttribute('aria-activedescendant')
  assert.equal(await active(), 'result-0')
  await page.keyboard.press('ArrowUp')
  assert.equal(await active(), await options.last().getAttribute('id'))
  await page.keyboard.press('ArrowDown')
  assert.deepEqual(await violations(page), [])
  await picture(page, 'search')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname.endsWith(methods.at(-1)))
})

test('the search finds properties and errors, and says when it finds nothing', async (t) => {
  const page = await open(t, 'index.html')
  const [, file, property] = readFileSync(join(folder, 'search-index.js'), 'utf8').match(/"([^"]*\.html)#input\.(\w+)"/)
  await page.locator('#search').fill(`${property} ${file.split('.').at(-2)}`)
  await page.locator(`[role=option][data-href="${file}#input.${property}"]`).click()
  await page.waitForURL((url) => url.hash === `#input.${property}`)
  assert.equal(await page.locator('tr:target th code').textContent(), property)
  await page.locator('#search').fill('zzzz')
  await page.getByText('Nothing has to do with').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('#results').isVisible(), false)
})

test('the language of requests is chosen once', async (t) => {
  const page = await open(t, methods[0])
  const [curl, script] = [page.getByRole('tab', { name: 'curl' }), page.getByRole('tab', { name: 'TypeScript' })]
  assert.equal(await curl.getAttribute('aria-selected'), 'true')
  await curl.focus()
  await page.keyboard.press('ArrowRight')
  assert.equal(await script.getAttribute('aria-selected'), 'true')
  assert.match(await page.getByRole('tabpanel').innerText(), /await client\./)
  await page.goto(base + methods[1])
  assert.equal(await script.getAttribute('aria-selected'), 'true')
  await curl.click()
})

test('code is copied as it stands', async (t) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await open(t, methods[0])
  await page.getByRole('button', { name: 'Copy Response' }).click()
  await page.getByText('Copied').first().waitFor()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  assert.equal(copied, await page.locator('[data-title=Response] pre').textContent())
})

test('the menu of a small screen opens and closes', async (t) => {
  const page = await open(t, methods[0], { viewport: narrow })
  const nav = page.getByRole('navigation')
  assert.equal(await nav.isVisible(), false)
  await page.getByRole('button', { name: 'Menu' }).click()
  assert.equal(await nav.isVisible(), true)
  await picture(page, 'menu')
  await page.keyboard.press('Escape')
  assert.equal(await nav.isVisible(), false)
  assert.equal(await page.evaluate(() => document.activeElement.id), 'menu')
})

test('the content is the first thing that the keyboard offers', async (t) => {
  const page = await open(t, methods[0])
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content')
})

test('all is there without scripts', async (t) => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.goto(base + methods[0])
  for (const name of ['curl', 'TypeScript', 'Response']) {
    assert.equal(await page.getByRole('heading', { name, exact: true }).isVisible(), true)
  }
  await page.getByRole('link', { name: 'All methods' }).click()
  assert.equal(await page.locator('main a[href$=".html"]').count() >= pages.length - 1, true)
})

test('what is to be copied is JSON, a shell command or a script', () => {
  const entities = { '&lt;': '<', '&gt;': '>', '&amp;': '&' }
  const checks = {
    json: JSON.parse,
    sh: (text) => execFileSync('bash', ['-n'], { input: text }),
    ts: (text) => new (async () => {}).constructor(text.replaceAll('body!', 'body')),
  }
  for (const name of pages.filter((name) => name !== 'index.html')) {
    const html = readFileSync(join(folder, name), 'utf8')
    for (const [, language, code] of html.matchAll(/data-language="(\w+)"><code>([^]*?)<\/code>/g)) {
      const text = code.replace(/&\w+;/g, (entity) => entities[entity])
      assert.doesNotThrow(() => checks[language]?.(text), `${name}: ${text}`)
    }
  }
})
