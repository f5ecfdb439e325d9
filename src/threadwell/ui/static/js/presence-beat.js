// Tells the others who is reading here, and who is writing.
import { post } from "tw/dom"

const BEAT = 20_000
const STILL_WRITING = 6_000

class PresenceBeat extends HTMLElement {
  connectedCallback() {
    this.wroteAt = 0
    this.tab = Math.random().toString(36).slice(2)
    this.timer = setInterval(() => this.beat(), BEAT)
    this.typed = event => { if (event.target.closest?.("[data-composer]")) this.wrote() }
    this.opened = event => { if (event.target.closest?.("[data-composer] :is(textarea, trix-editor)")) this.wrote() }
    this.left = () => this.say("left")
    this.turned = () => (document.hidden ? this.say("hidden") : this.beat())
    this.said = () => { this.wroteAt = 0; this.beat() }
    document.addEventListener("input", this.typed)
    document.addEventListener("focusin", this.opened) // who opens the composer is about to write
    document.addEventListener("answer-sent", this.said)
    document.addEventListener("visibilitychange", this.turned)
    addEventListener("pagehide", this.left)
    this.beat()
    this.dispatchEvent(new CustomEvent("conversation-opened", { bubbles: true }))
  }

  disconnectedCallback() {
    clearInterval(this.timer)
    clearTimeout(this.calm)
    document.removeEventListener("input", this.typed)
    document.removeEventListener("focusin", this.opened)
    document.removeEventListener("answer-sent", this.said)
    document.removeEventListener("visibilitychange", this.turned)
    removeEventListener("pagehide", this.left)
    this.say("left")
  }

  wrote() {
    const wasQuiet = Date.now() - this.wroteAt > STILL_WRITING
    this.wroteAt = Date.now()
    if (wasQuiet) this.beat()
    clearTimeout(this.calm)
    this.calm = setTimeout(() => this.beat(), STILL_WRITING + 500)
  }

  beat() {
    if (document.hidden) return
    const isNote = document.querySelector("[data-composer]")?.elements.as?.value === "note"
    this.say(Date.now() - this.wroteAt > STILL_WRITING ? "reading" : isNote ? "noting" : "replying")
  }

  say(doing) {
    const told = new URLSearchParams({ doing, tab: this.tab })
    post(this.dataset.url, told, { keepalive: true }).catch(() => {})
  }
}

customElements.define("presence-beat", PresenceBeat)
