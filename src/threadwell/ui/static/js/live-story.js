// A timeline that grows while one reads it: lines come to their places, and a pill counts what came out of sight.
import { enliven, fromHtml } from "tw/dom"
import { saysTheSame } from "tw/live-parts"

const PATIENCE = 150 // several things that happen at once are asked for together

class LiveStory extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol")
    this.pill = this.querySelector(".story-pill")
    this.unseen = 0
    this.told = new Set()
    this.hear = event => { for (const key of event.detail) this.told.add(key); this.askSoon() }
    this.missed = () => this.ask([]) // after a gap nobody knows what was missed
    this.look = () => { if (this.isInSight) this.count(-this.unseen) }
    document.addEventListener("story-grew", this.hear)
    document.addEventListener("live-resumed", this.missed)
    document.addEventListener("scroll", this.look, { passive: true, capture: true })
    this.pill.addEventListener("click", () => this.scrollIntoView({ block: "start" }))
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    document.removeEventListener("story-grew", this.hear)
    document.removeEventListener("live-resumed", this.missed)
    document.removeEventListener("scroll", this.look, { capture: true })
  }

  askSoon() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => { const told = [...this.told]; this.told.clear(); this.ask(told) }, PATIENCE)
  }

  async ask(told) {
    if (!this.dataset.url) return // one who has followed a link into the past is left there
    const url = new URL(this.dataset.url, location)
    for (const key of told) url.searchParams.append("told", key)
    const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null)
    if (!answer?.ok || !this.isConnected) return
    const drawn = fromHtml(await answer.text())
    const whole = drawn.querySelector("live-story")
    if (whole) { this.replaceWith(whole); enliven(whole); document.dispatchEvent(new CustomEvent("story-reshaped")) }
    else for (const line of [...drawn.children].filter(one => one.localName === "li")) this.put(line)
  }

  put(line) {
    const known = document.getElementById(line.id)
    if (line.dataset.gone !== undefined) { known?.remove(); return }
    if (known && saysTheSame(known, line)) return
    const isOpen = known?.querySelector("details")?.open
    const next = [...this.list.children].find(one => one !== known && (one.dataset.place ?? "") < line.dataset.place)
    if (!known && next && !next.dataset.place) return // it is older than what is shown
    known?.remove()
    this.list.insertBefore(line, next ?? null)
    if (isOpen && line.querySelector("details")) line.querySelector("details").open = true
    enliven(line)
    this.querySelector(".empty")?.remove()
    if (line.classList.contains("moment") && known?.dataset.place !== line.dataset.place && !this.isInSight) this.count(1)
  }

  count(more) {
    this.unseen += more
    this.pill.querySelector("[data-new]").textContent = this.unseen
    this.pill.hidden = !this.unseen
  }

  get isInSight() { return this.getBoundingClientRect().top > -40 }
}

customElements.define("live-story", LiveStory)
