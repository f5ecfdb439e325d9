// Keys of the desk. Whatever carries data-key="e" or data-key="g m" is clicked (or focused) by that key.
import { isTyping } from "tw/dom"

const ELSE = { "/": "Mod+k" } // where no field of the page itself is for searching
const PATIENCE = 1200 // how long the first key of a pair waits for its second

class KeyboardMap extends HTMLElement {
  connectedCallback() {
    this.first = ""
    this.listen = event => this.pressed(event)
    document.addEventListener("keydown", this.listen)
  }

  disconnectedCallback() { document.removeEventListener("keydown", this.listen) }

  pressed(event) {
    if (event.defaultPrevented || event.isComposing) return
    const name = nameOf(event)
    if (name.startsWith("Mod+")) return this.act(event, name)
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (document.querySelector("dialog[open]")) return
    const pair = this.first ? `${this.first} ${name}` : ""
    this.first = ""
    if ((pair && this.act(event, pair)) || this.act(event, name)) return
    if (targets().some(element => element.dataset.key.startsWith(`${name} `))) this.remember(name)
  }

  act(event, name) {
    if (name === "?") return this.help(event)
    const row = { j: 1, k: -1 }[name]
    if (row) return this.move(event, row)
    const fitting = [name, ELSE[name]].flatMap(key => targets().filter(element => element.dataset.key === key && isShown(element)))
    const target = name === "o" ? document.activeElement.closest("[data-row]") : fitting.at(name === "z" ? -1 : 0) // the newest undo
    if (!target) return false
    event.preventDefault()
    target.matches("input:not([type=radio], [type=checkbox]), textarea") ? target.focus() : target.click()
    return true
  }

  help(event) {
    event.preventDefault()
    document.getElementById("keys")?.showModal()
    return true
  }

  move(event, step) {
    const rows = [...document.querySelectorAll("[data-row]")].filter(isShown)
    const at = rows.findIndex(row => row === document.activeElement)
    const from = at < 0 ? rows.findIndex(row => row.ariaCurrent) : at
    const next = rows[Math.min(rows.length - 1, Math.max(0, from + step))]
    event.preventDefault()
    next?.focus()
    next?.scrollIntoView({ block: "nearest" })
    return true
  }

  remember(name) {
    this.first = name
    clearTimeout(this.timer)
    this.timer = setTimeout(() => { this.first = "" }, PATIENCE)
  }
}

const targets = () => [...document.querySelectorAll("[data-key]")]
const isShown = element => element.checkVisibility?.() ?? element.offsetParent !== null
const nameOf = ({ key, ctrlKey, metaKey, shiftKey }) => {
  const name = key.length === 1 ? key.toLowerCase() : key
  if (ctrlKey || metaKey) return `Mod+${name}`
  return shiftKey && /^[a-z]$/.test(name) ? `Shift+${name}` : name
}

customElements.define("keyboard-map", KeyboardMap)
