// A conversation was joined into another while it stood open: the page goes there, and what is being written comes along.
import { fromHtml, post } from "tw/dom"
import { showParts } from "tw/live-parts"
import { put, written } from "tw/written-words"

const CALM = 2000 // milliseconds without a key

class GoesOn extends HTMLElement {
  connectedCallback() {
    this.typed = event => { if (event.target.closest?.("[data-composer]")) this.later() }
    document.addEventListener("input", this.typed)
    this.later()
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    document.removeEventListener("input", this.typed)
  }

  later() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.go().catch(() => this.later()), CALM)
  }

  async go() {
    if (isBusy()) return this.later()
    const keeper = document.querySelector("#thread draft-keeper")
    const kept = keeper && written(keeper)
    if (keeper && !(await keeper.keep())) return this.later()
    const answer = await fetch(this.dataset.url, { headers: { "HX-Request": "true" } })
    const html = await answer.text()
    if (!answer.ok || isBusy()) return this.later()
    if (!this.isConnected) return // taken apart again, or somebody has gone elsewhere
    const now = keeper && written(keeper) // keys pressed since then are in it: from here on nothing waits
    keeper?.settle() // they go along
    show(html, answer.url)
    const next = document.querySelector("#thread draft-keeper")
    if (now && next && (await put(next, now, kept.text)) && (await next.keep())) await bringIn(next, this.dataset.number)
  }
}

const isBusy = () => document.querySelector("dialog[open], [popover]:popover-open, .upload progress") !== null

// The words of the other draft stand here now; the server is told that they are the same.
const bringIn = async (keeper, number) => {
  const button = keeper.querySelector(`[data-from="${number}"]`)
  if (button && (await post(button.formAction, keeper.facts)).ok) button.parentElement.remove()
}

const show = (html, url) => {
  const parts = fromHtml(html)
  const title = parts.querySelector("title")?.textContent
  showParts(html)
  history.replaceState(history.state, "", url)
  if (title) document.title = title
  for (const toast of parts.querySelectorAll("[hx-swap-oob='beforeend:#toasts'] > *")) document.getElementById("toasts").append(toast)
  const { conversation } = document.querySelector("presence-beat").dataset
  for (const row of document.querySelectorAll("a.convo")) {
    if (row.pathname.endsWith(`/${conversation}/`)) row.setAttribute("aria-current", "true")
    else row.removeAttribute("aria-current")
  }
}

customElements.define("goes-on", GoesOn)
