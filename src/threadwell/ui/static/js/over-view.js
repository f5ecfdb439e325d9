// The board of whoever leads: drawn anew when something has happened, at most each two seconds and never while
// somebody drags; what is dragged to an agent's row is given to them.
import { enliven, fromHtml } from "tw/dom"
import { saysTheSame } from "tw/live-parts"

const PACE = 2000

class OverView extends HTMLElement {
  connectedCallback() {
    this.drawn = Date.now()
    this.stir = () => { this.timer ??= setTimeout(() => this.drawAgain(), Math.max(0, this.drawn + PACE - Date.now())) }
    for (const news of ["work-stirred", "live-resumed"]) document.addEventListener(news, this.stir)
    this.form = this.querySelector(".overview__give")
    for (const name of ["dragstart", "dragend", "dragover", "dragleave", "drop"]) this.addEventListener(name, event => this[name](event))
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    for (const news of ["work-stirred", "live-resumed"]) document.removeEventListener(news, this.stir)
  }

  async drawAgain() {
    this.timer = null
    this.drawn = Date.now()
    if (this.held || document.hidden) { this.stir(); return }
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null)
    const fresh = answer?.ok && fromHtml(await answer.text()).querySelector("over-view")
    if (!fresh || !this.isConnected || this.held || saysTheSame(this, fresh)) return
    const focused = this.contains(document.activeElement) && document.activeElement.getAttribute("href")
    this.replaceWith(fresh)
    enliven(fresh)
    if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
  }

  rowOf(element) { return element.closest?.("[data-agent]") }

  dragstart(event) {
    this.held = event.target.closest?.("[draggable=true]")
    if (!this.held) return
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", this.held.querySelector("a").href)
    this.held.classList.add("is-held")
  }

  dragover(event) {
    const row = this.rowOf(event.target)
    if (!this.held || !row || row === this.held) return
    event.preventDefault()
    this.mark(row)
  }

  dragleave(event) { if (!this.contains(event.relatedTarget)) this.mark(null) }

  drop(event) {
    const row = this.rowOf(event.target)
    if (!this.held || !row || row === this.held) return
    event.preventDefault()
    const { number = "", was = "", from = "" } = this.held.dataset
    for (const [name, value] of Object.entries({ number, was, from, owner: row.dataset.agent })) this.form.elements.namedItem(name).value = value
    this.form.requestSubmit()
  }

  dragend() {
    this.held?.classList.remove("is-held")
    this.mark(null)
    this.held = null
  }

  mark(row) { this.querySelectorAll("[data-agent]").forEach(one => one.classList.toggle("is-over", one === row)) }
}

customElements.define("over-view", OverView)
