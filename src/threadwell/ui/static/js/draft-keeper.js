// Keeps an unsent answer: at the server, and on this device while the server cannot be reached.
import { clockTime, debounced, post } from "tw/dom"

class DraftKeeper extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form")
    this.save = debounced(900, () => this.keep())
    this.addEventListener("input", () => this.save())
    this.addEventListener("change", () => this.save())
    this.form.addEventListener("submit", () => this.save.cancel())
    this.sent = () => this.forget()
    document.addEventListener("answer-sent", this.sent)
    this.restore()
  }

  disconnectedCallback() {
    this.save.cancel()
    document.removeEventListener("answer-sent", this.sent)
  }

  async keep() {
    const facts = new FormData(this.form)
    for (const [name, value] of [...facts]) if (value instanceof File) facts.delete(name)
    try {
      const answer = await post(this.dataset.url, facts)
      if (!answer.ok) throw new Error(answer.statusText)
      this.forget()
      this.say(this.dataset.kept.replace("{time}", clockTime()))
      return true
    } catch {
      const words = JSON.stringify({ text: facts.get("text"), html: facts.get("html") })
      try { localStorage.setItem(this.key, words) } catch {}
      this.say(this.dataset.keptHere)
      return false
    }
  }

  // At once; says whether the server has it.
  flush() {
    this.save.cancel()
    return this.keep()
  }

  // Only words the server never got are here: what it got was forgotten on this device.
  restore() {
    let words = null
    try { words = JSON.parse(localStorage.getItem(this.key)) } catch {}
    if (!words?.text) return
    this.form.elements.text.value = words.text
    if (this.form.elements.html) this.form.elements.html.value = words.html ?? ""
    this.say(this.dataset.keptHere)
    this.save()
  }

  forget() { try { localStorage.removeItem(this.key) } catch {} }
  say(text) { const place = this.querySelector("[data-draft-state]"); if (place) place.textContent = text }
  get key() { return `draft:${this.dataset.url}` }
}

customElements.define("draft-keeper", DraftKeeper)
