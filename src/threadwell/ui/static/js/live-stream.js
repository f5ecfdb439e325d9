// Changes of others, as they happen: parts of the page by their id, counts by their view.
import { enliven, fromHtml } from "tw/dom"

const LONGEST_WAIT = 30_000

class LiveStream extends HTMLElement {
  connectedCallback() {
    this.failures = 0
    this.open()
    this.wake = () => { if (this.source?.readyState !== EventSource.OPEN) this.retry(0) }
    addEventListener("online", this.wake)
  }

  disconnectedCallback() {
    removeEventListener("online", this.wake)
    clearTimeout(this.timer)
    this.source?.close()
  }

  open() {
    const url = new URL(this.dataset.url, location)
    if (this.last) url.searchParams.set("after", this.last)
    this.source = new EventSource(url)
    this.source.addEventListener("open", () => this.opened())
    this.source.addEventListener("error", () => this.lost())
    this.source.addEventListener("part", event => { this.last = event.lastEventId || this.last; showParts(event.data) })
    this.source.addEventListener("count", event => showCounts(JSON.parse(event.data)))
  }

  opened() {
    if (this.failures) this.dispatchEvent(new CustomEvent("live-resumed", { bubbles: true }))
    this.failures = 0
    this.notice.hidden = true
  }

  lost() {
    this.source.close()
    this.failures += 1
    this.notice.hidden = this.failures < 2 // one short gap is not worth a word
    const wait = Math.min(LONGEST_WAIT, 500 * 2 ** this.failures)
    this.retry(wait * (0.5 + Math.random() / 2))
  }

  retry(wait) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => { this.source.close(); this.open() }, wait)
  }

  get notice() { return this.querySelector(".live-lost") }
}

// An element with a known id replaces it; data-into and data-at ("start", "end") say where a new one goes.
export const showParts = html => {
  for (const fresh of [...fromHtml(html).children]) {
    const known = document.getElementById(fresh.id)
    if (known?.contains(document.activeElement) && known.matches("form, [data-keep-focus]")) continue
    if (fresh.dataset.gone !== undefined) { known?.remove(); continue }
    const home = document.getElementById(fresh.dataset.into)
    const hadFocus = known && document.activeElement?.id && known.contains(document.activeElement) && document.activeElement.id
    if (known && !(home && fresh.dataset.at === "start")) known.replaceWith(fresh)
    else if (home) { known?.remove(); home[fresh.dataset.at === "start" ? "prepend" : "append"](fresh) }
    else continue
    enliven(fresh)
    if (hadFocus) document.getElementById(hadFocus)?.focus({ preventScroll: true })
  }
}

const showCounts = counts => {
  for (const [key, count] of Object.entries(counts)) {
    for (const place of document.querySelectorAll(`[data-count="${CSS.escape(key)}"]`)) place.textContent = count || ""
  }
}

customElements.define("live-stream", LiveStream)
