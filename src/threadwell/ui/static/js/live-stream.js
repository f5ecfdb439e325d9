// Changes of others, as they happen: parts of the page by their id, counts by their view.
import { showCounts, showParts } from "tw/live-parts"

const LONGEST_WAIT = 30_000

class LiveStream extends HTMLElement {
  connectedCallback() {
    this.failures = 0
    this.last = this.dataset.after // what happens between drawing the page and hearing is told, too
    this.open()
    this.follow = () => { if (this.conversation !== opened()) this.retry(0) }
    document.addEventListener("conversation-opened", this.follow)
    this.again = () => this.retry(0) // whose story it is has changed
    document.addEventListener("story-reshaped", this.again)
    this.wake = () => { if (this.source?.readyState !== EventSource.OPEN) this.retry(0) }
    addEventListener("online", this.wake)
  }

  disconnectedCallback() {
    removeEventListener("online", this.wake)
    document.removeEventListener("conversation-opened", this.follow)
    document.removeEventListener("story-reshaped", this.again)
    clearTimeout(this.timer)
    this.source?.close()
  }

  open() {
    const url = new URL(this.dataset.url, location)
    const list = document.getElementById("list")
    if (list?.dataset.view) { url.search = list.dataset.query; url.searchParams.set("view", list.dataset.view) }
    this.conversation = opened()
    if (this.conversation) url.searchParams.set("conversation", this.conversation)
    const story = document.querySelector("[data-story]")?.dataset.story
    if (story) url.searchParams.set("story", story)
    if (document.querySelector("[data-overview]")) url.searchParams.set("overview", "on")
    if (this.last) url.searchParams.set("after", this.last)
    this.source = new EventSource(url)
    this.source.addEventListener("open", () => this.opened())
    this.source.addEventListener("error", () => this.lost())
    this.source.addEventListener("part", event => { this.last = event.lastEventId || this.last; showParts(event.data) })
    this.source.addEventListener("news", event => {
      this.last = event.lastEventId || this.last
      document.dispatchEvent(new CustomEvent("story-grew", { detail: JSON.parse(event.data) }))
    })
    this.source.addEventListener("stir", () => document.dispatchEvent(new CustomEvent("work-stirred")))
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

const opened = () => document.querySelector("presence-beat")?.dataset.conversation ?? ""

customElements.define("live-stream", LiveStream)
