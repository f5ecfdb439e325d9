// Tells the others who is reading here, and who is writing.
import { post } from "tw/dom"

const BEAT = 20_000
const STILL_WRITING = 6_000

class PresenceBeat extends HTMLElement {
  connectedCallback() {
    this.wroteAt = 0
    this.timer = setInterval(() => this.beat(), BEAT)
    this.typed = event => { if (event.target.closest?.("[data-composer]")) this.wrote() }
    this.left = () => this.say("left")
    this.turned = () => (document.hidden ? this.say("left") : this.beat())
    document.addEventListener("input", this.typed)
    document.addEventListener("visibilitychange", this.turned)
    addEventListener("pagehide", this.left)
    this.beat()
    this.dispatchEvent(new CustomEvent("conversation-opened", { bubbles: true }))
  }

  disconnectedCallback() {
    clearInterval(this.timer)
    document.removeEventListener("input", this.typed)
    document.removeEventListener("visibilitychange", this.turned)
    removeEventListener("pagehide", this.left)
    this.say("left")
  }

  wrote() {
    const wasQuiet = Date.now() - this.wroteAt > STILL_WRITING
    this.wroteAt = Date.now()
    if (wasQuiet) this.beat()
  }

  beat() {
    if (document.hidden) return
    this.say(Date.now() - this.wroteAt < STILL_WRITING ? "writing" : "reading")
  }

  say(doing) {
    const told = new URLSearchParams({ doing })
    post(this.dataset.url, told, { keepalive: true }).catch(() => {})
  }
}

customElements.define("presence-beat", PresenceBeat)
