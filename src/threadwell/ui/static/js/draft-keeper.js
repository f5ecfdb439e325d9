// Keeps an unsent answer: at the server, and on this device as long as the server may not have it.
import { factsHere, forgetHere, keepHere, keptHere } from "tw/device"
import { clockTime, debounced, post, withoutFiles } from "tw/dom"
import { put } from "tw/written-words"

const GONE_BY = 5000 // milliseconds after which somebody who was about to leave has stayed

class DraftKeeper extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form")
    this.known = this.form.elements.text.value // what the server has
    this.save = debounced(900, () => this.keep())
    this.changed = () => this.getAhead()
    for (const news of ["input", "change", "htmx:sendError", "htmx:responseError"]) this.addEventListener(news, this.changed)
    this.form.addEventListener("submit", () => this.settle())
    this.sent = () => { this.settle(); forgetHere(this.key) }
    document.addEventListener("answer-sent", this.sent)
    this.leave = () => this.leaving()
    addEventListener("pagehide", this.leave)
    this.restore()
  }

  disconnectedCallback() {
    document.removeEventListener("answer-sent", this.sent)
    removeEventListener("pagehide", this.leave)
    this.leaving() // another part of the page took its place
  }

  getAhead() {
    if (!this.isAhead) addEventListener("beforeunload", this.leave)
    this.isAhead = true
    this.save()
  }

  // Nothing is left to be kept from here.
  settle() {
    [this.isAhead, this.onItsWay] = [false, null]
    removeEventListener("beforeunload", this.leave)
    this.save.cancel()
  }

  // The page that comes next may be drawn before the server has the last words: they wait on this device as well.
  leaving() {
    if (!this.isAhead && !this.onItsWay) return
    this.isLeaving = true
    const words = this.stash(this.facts)
    this.keep().then(isKept => setTimeout(() => this.stayed(isKept && words), GONE_BY))
  }

  // Somebody else may have put other words there meanwhile.
  stayed(words) {
    this.isLeaving = false
    if (words && !this.isAhead && keptHere(this.key) === words) forgetHere(this.key)
  }

  // At once; says whether the server has it.
  async keep() {
    const { facts } = this
    this.settle()
    this.onItsWay = facts // a page that goes cuts it off
    try {
      const answer = await post(this.dataset.url, facts, { keepalive: Boolean(this.isLeaving) })
      if (!answer.ok) throw new Error(answer.statusText)
      this.known = facts.get("text")
      if (!this.isAhead && !this.isLeaving) forgetHere(this.key)
      this.say(this.dataset.kept.replace("{time}", clockTime()))
      return true
    } catch {
      this.stash(facts)
      this.say(this.dataset.keptHere)
      return false
    } finally {
      if (this.onItsWay === facts) this.onItsWay = null
    }
  }

  // What the server has by now is no news; what it has from elsewhere stays, with the words from here behind it.
  async restore() {
    const words = factsHere(this.key)
    if (!words?.text) return
    if (words.text.trim() === this.known.trim()) return forgetHere(this.key)
    await customElements.whenDefined("rich-editor")
    if (!this.isConnected) return
    this.say(this.dataset.keptHere)
    await put(this, { ...words, html: words.html ?? "", as: words.as ?? this.form.elements.as?.value }, words.known ?? "")
  }

  stash(facts) {
    const words = JSON.stringify({ text: facts.get("text"), html: facts.get("html"), as: facts.get("as"), known: this.known })
    keepHere(this.key, words)
    return words
  }

  say(text) { const place = this.querySelector("[data-draft-state]"); if (place) place.textContent = text }

  get facts() { return withoutFiles(this.form) }
  get key() { return `draft:${this.dataset.whose}:${this.dataset.url}` } // a device may be shared
}

customElements.define("draft-keeper", DraftKeeper)
