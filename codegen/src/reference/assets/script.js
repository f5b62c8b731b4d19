'use strict'

// Fills the navigation at once, since it stands right above this script; the rest waits for the page.

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

const here = location.pathname.split('/').pop() || 'index.html'
const nav = document.getElementById('nav')

nav.replaceChildren(
  ...window.contents.flatMap(([title, entries], index) => {
    const items = entries.map(([name, href]) => {
      const link = make('a', { href }, name)
      if (href === here) link.setAttribute('aria-current', 'page')
      return make('li', {}, link)
    })
    return [make('p', { id: `group-${index}` }, title), make('ul', { 'aria-labelledby': `group-${index}` }, ...items)]
  }),
)
// Not by scrollIntoView: the tab key would then go on from there, past the link to the content.
nav.scrollTop = (nav.querySelector('[aria-current]')?.offsetTop ?? 0) - nav.clientHeight * 0.75

addEventListener('DOMContentLoaded', () => {
  document.querySelectorAll('pre').forEach(addCopy)
  document.querySelectorAll('.tabs').forEach(addTabs)
  document.querySelectorAll('pre[data-language] code').forEach(colour)
  addMenu()
  addSearch()
})

// Says something to those who don't see it.
const say = (text) => (document.getElementById('found').textContent = text)

function addMenu() {
  const button = document.getElementById('menu')
  const show = (open) => {
    nav.classList.toggle('open', open)
    button.setAttribute('aria-expanded', open)
  }
  button.addEventListener('click', () => show(!nav.classList.contains('open')))
  nav.addEventListener('click', (event) => event.target.closest('a') && show(false))
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !nav.classList.contains('open')) return
    show(false)
    button.focus()
  })
}

// Copying.

function addCopy(pre) {
  const title = pre.closest('.snippet')?.dataset.title ?? 'this'
  const button = make('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${title}` }, 'Copy')
  const box = make('div', { class: 'code' })
  pre.replaceWith(box)
  box.append(pre, button)
  button.addEventListener('click', async () => {
    const done = await copy(pre)
    button.textContent = done ? 'Copied' : 'Failed'
    say(done ? 'Copied' : 'Copying failed')
    setTimeout(() => (button.textContent = 'Copy'), 1500)
  })
}

async function copy(pre) {
  try {
    await navigator.clipboard.writeText(pre.textContent)
    return true
  } catch {
    // Pages that don't come by https have no clipboard; the older way still works there.
    getSelection().selectAllChildren(pre)
    const done = document.execCommand('copy')
    getSelection().removeAllRanges()
    return done
  }
}

// Requests in one of several languages. The choice is kept for the next page.

function addTabs(box, number) {
  const panels = [...box.children]
  if (panels.length < 2) return
  const list = make('div', { role: 'tablist', class: 'tablist', 'aria-label': 'Language of the request' })
  const tabs = panels.map((panel, index) => {
    panel.id = `panel-${number}-${index}`
    panel.setAttribute('role', 'tabpanel')
    const id = `tab-${number}-${index}`
    const tab = make('button', { type: 'button', role: 'tab', id, 'aria-controls': panel.id }, panel.dataset.title)
    panel.setAttribute('aria-labelledby', id)
    tab.addEventListener('click', () => choose(index, true))
    return tab
  })
  const choose = (chosen, keep) => {
    tabs.forEach((tab, index) => {
      tab.setAttribute('aria-selected', index === chosen)
      tab.tabIndex = index === chosen ? 0 : -1
      panels[index].hidden = index !== chosen
    })
    if (keep) remember(tabs[chosen].textContent)
  }
  list.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!step) return
    const next = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length
    choose(next, true)
    tabs[next].focus()
  })
  list.append(...tabs)
  box.prepend(list)
  box.classList.add('ready')
  choose(Math.max(0, tabs.findIndex((tab) => tab.textContent === remembered())), false)
}

// Browsers may refuse to store anything.

function remember(language) {
  try {
    localStorage.setItem('language', language)
  } catch {}
}

function remembered() {
  try {
    return localStorage.getItem('language')
  } catch {
    return null
  }
}

// Colours.

const languages = {
  json: /(?<key>"(?:[^"\\]|\\.)*"(?=:))|(?<string>"(?:[^"\\]|\\.)*")|(?<number>-?\b\d+\b)|(?<word>\b(?:true|false|null)\b)/g,
  ts: /(?<comment>\/\/.*)|(?<string>'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?<key>\b\w+(?=:))|(?<word>(?<!\.)\b(?:const|await|new|for|of|true|false|null|undefined)\b)|(?<number>\b\d+\b)/g,
  sh: /(?<string>'[^']*'|"[^"]*")|(?<word>\bcurl\b)|(?<key>(?<=\s)--?[a-zA-Z][\w-]*)/g,
}

function colour(code) {
  const pattern = languages[code.parentElement.dataset.language]
  if (!pattern) return
  const text = code.textContent
  const parts = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined)
    parts.push(text.slice(end, match.index), make('span', { class: `t-${kind}` }, match[0]))
    end = match.index + match[0].length
  }
  code.replaceChildren(...parts, text.slice(end))
}

// The search: a text field with a list, as in https://www.w3.org/WAI/ARIA/apg/patterns/combobox/.

const MOST = 40
const weights = { guide: 25, query: 30, procedure: 30, subscription: 30, record: 25, object: 20, type: 20, types: 15, error: 10 }

function addSearch() {
  const input = document.getElementById('search')
  const list = document.getElementById('results')
  const form = input.form
  let chosen = -1

  const attributes = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': 'results', 'aria-expanded': false }
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value)

  const close = () => {
    list.hidden = true
    input.setAttribute('aria-expanded', false)
    input.removeAttribute('aria-activedescendant')
  }
  const choose = (index) => {
    const options = list.querySelectorAll('[role=option]')
    options[chosen]?.setAttribute('aria-selected', false)
    chosen = options.length ? (index + options.length) % options.length : -1
    if (chosen < 0) return input.removeAttribute('aria-activedescendant')
    options[chosen].setAttribute('aria-selected', true)
    options[chosen].scrollIntoView({ block: 'nearest' })
    input.setAttribute('aria-activedescendant', options[chosen].id)
  }
  const open = (option) => {
    if (!option) return
    close()
    input.blur()
    location.href = option.dataset.href
  }
  const update = async () => {
    const text = input.value.trim()
    if (!text) return close()
    const found = search(await index(), text)
    if (text !== input.value.trim()) return
    list.replaceChildren(...found.slice(0, MOST).map(result))
    if (!found.length) list.append(make('li', { class: 'nothing' }, `Nothing has to do with “${text}”.`))
    list.hidden = false
    input.setAttribute('aria-expanded', true)
    chosen = -1
    choose(0)
    say(found.length === 1 ? '1 result' : `${found.length} results`)
  }

  input.addEventListener('focus', () => index())
  input.addEventListener('input', update)
  input.addEventListener('focus', () => input.value && update())
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      if (list.hidden) input.blur()
      close()
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (list.hidden) update()
      else choose(chosen + (event.key === 'ArrowDown' ? 1 : -1))
    }
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!list.hidden) open(list.querySelectorAll('[role=option]')[chosen])
  })
  list.addEventListener('mousedown', (event) => event.preventDefault())
  list.addEventListener('click', (event) => open(event.target.closest('[role=option]')))
  form.addEventListener('focusout', close)
  addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, textarea, select, [contenteditable]')
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    input.focus()
    input.select()
  })
}

function result([kind, name, owner, href, text], number) {
  const title = make('span', { class: 'name' }, name)
  if (owner) title.append(make('span', { class: 'owner' }, ` in ${owner}`))
  const option = make('li', { role: 'option', id: `result-${number}`, 'aria-selected': false, 'data-href': href })
  option.append(title, make('span', { class: 'kind' }, kind))
  if (text) option.append(make('span', { class: 'said' }, text))
  return option
}

let loading

// The index, fetched when somebody is about to search.
function index() {
  loading ??= new Promise((resolve, reject) => {
    const script = make('script', { src: 'search-index.js' })
    script.addEventListener('load', () => resolve(window.searchIndex))
    script.addEventListener('error', reject)
    document.head.append(script)
  })
  return loading
}

// Entries that have all words, the best first.
function search(entries, text) {
  const words = text.toLowerCase().split(/\s+/)
  const found = []
  for (const entry of entries) {
    const score = words.reduce((sum, word) => sum + rate(entry, word), 0)
    if (Number.isFinite(score)) found.push([score + (weights[entry[0]] ?? 0), entry])
  }
  return found.sort((a, b) => b[0] - a[0]).map(([, entry]) => entry)
}

function rate([, name, owner, , text], word) {
  const lower = name.toLowerCase()
  if (lower === word) return 100
  if (lower.startsWith(word)) return 60
  if (name.split(/(?=[A-Z])|[^a-zA-Z0-9]/).some((part) => part.toLowerCase().startsWith(word))) return 40
  if (lower.includes(word)) return 25
  if (owner.toLowerCase().includes(word)) return 12
  if (text.toLowerCase().includes(word)) return 5
  return -Infinity
}
