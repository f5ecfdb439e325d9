// Puts what the stream brought in its place: parts by their id, counts by their view.
import { enliven, fromHtml } from "tw/dom"

// An element with a known id replaces it; data-into and data-at ("start", "end") say where a new one goes.
export const showParts = html => {
  for (const fresh of [...fromHtml(html).children]) {
    const known = document.getElementById(fresh.id)
    if (known?.contains(document.activeElement) && known.matches("form, [data-keep-focus]")) continue
    if (fresh.dataset.gone !== undefined) { known?.remove(); continue }
    if (known) keepMarks(known, fresh)
    const home = document.getElementById(fresh.dataset.into)
    const hadFocus = known && document.activeElement?.id && known.contains(document.activeElement) && document.activeElement.id
    if (known && !(home && fresh.dataset.at === "start")) known.replaceWith(fresh)
    else if (home) { known?.remove(); home[fresh.dataset.at === "start" ? "prepend" : "append"](fresh) }
    else continue
    enliven(fresh)
    if (hadFocus) document.getElementById(hadFocus)?.focus({ preventScroll: true })
  }
}

export const showCounts = counts => {
  for (const [key, count] of Object.entries(counts)) {
    for (const place of document.querySelectorAll(`[data-count="${CSS.escape(key)}"]`)) place.textContent = count || ""
  }
}

// What the reader did to a row stays when the row is drawn anew.
const keepMarks = (known, fresh) => {
  if (known.querySelector("input[name=chosen]:checked")) fresh.querySelector("input[name=chosen]").checked = true
  const watch = known.querySelector(".convo__watch")
  if (watch) fresh.querySelector(".convo__watch")?.replaceWith(watch.cloneNode(true))
  if (known.querySelector("a.convo[aria-current]")) fresh.querySelector("a.convo")?.setAttribute("aria-current", "true")
}

// Parts that ride in an answer instead of the stream.
class LiveParts extends HTMLElement {
  connectedCallback() {
    const { innerHTML } = this.querySelector("template")
    this.remove()
    showParts(innerHTML)
  }
}

customElements.define("live-parts", LiveParts)
