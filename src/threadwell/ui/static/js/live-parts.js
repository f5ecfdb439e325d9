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
    if (known && saysTheSame(known, fresh) && isInPlace(known, home, fresh)) continue
    const focused = known?.contains(document.activeElement) ? reachable(known).indexOf(document.activeElement) : -1
    if (fresh.dataset.order && (known || home)) putInOrder(known?.parentElement ?? home, known, fresh)
    else if (known && !(home && fresh.dataset.at === "start")) known.replaceWith(fresh)
    else if (home) { known?.remove(); home[fresh.dataset.at === "start" ? "prepend" : "append"](fresh) }
    else continue
    if (fresh.parentElement === home) home.querySelector(":scope > .empty")?.remove()
    enliven(fresh)
    if (focused >= 0) reachable(fresh)[focused]?.focus({ preventScroll: true })
  }
}

// A row of a list that is in an order of its own, such as that of deadlines; behind what is shown, it waits there.
const putInOrder = (list, known, fresh) => {
  const next = [...list.children].find(one => one !== known && Number(one.dataset.order) > Number(fresh.dataset.order))
  const more = list.querySelector(":scope > .convo-more")
  known?.remove()
  if (next || !more) list.insertBefore(fresh, next ?? null)
}

// Most news is told twice. What stays the same is left alone: a frame would load again, a selection would be lost.
export const saysTheSame = (known, fresh) => bare(known) === bare(fresh)

const isInPlace = (known, home, fresh) => !(home && fresh.dataset.at === "start") || home.firstElementChild === known

// What a part says, without what its way here, scripts and the reader have put on it.
const bare = part => {
  const copy = inert.importNode(part, true) // in the page, a copy would ask for its pictures
  copy.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach(token => token.remove())
  copy.querySelectorAll("[popover][hx-get], [data-left]").forEach(filled => filled.replaceChildren())
  for (const one of [copy, ...copy.querySelectorAll("*")]) {
    PUT_ON.forEach(name => one.removeAttribute(name))
    one.classList.remove(...[...one.classList].filter(name => name.startsWith("htmx-")))
    if (!one.classList.length) one.removeAttribute("class")
  }
  return copy.outerHTML.replace(/\s+/g, " ").replaceAll("> <", "><")
}

const PUT_ON = ["data-into", "data-at", "height", "open", "hidden", "hx-swap-oob"]
const inert = document.implementation.createHTMLDocument("")

export const showCounts = counts => {
  for (const [key, count] of Object.entries(counts)) {
    for (const place of document.querySelectorAll(`[data-count="${CSS.escape(key)}"]`)) place.textContent = count || ""
  }
}

const reachable = part => [...part.querySelectorAll("a, button, input, summary, [tabindex]")]

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
