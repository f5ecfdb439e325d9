// The board of one kind of work: cards are dragged to another column, or sent there with Shift and the arrow keys.
// What others move comes by itself, but not while somebody drags a card or has a menu open.
import { enliven, fromHtml } from "tw/dom"
import { saysTheSame } from "tw/live-parts"

const PATIENCE = 300

class WorkBoard extends HTMLElement {
  connectedCallback() {
    this.grow = () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.drawAgain(), PATIENCE) }
    for (const news of ["story-grew", "live-resumed"]) document.addEventListener(news, this.grow)
    this.form = this.querySelector(".board__move")
    if (!this.form) return
    for (const name of ["dragstart", "dragend", "dragover", "dragleave", "drop", "keydown"]) this.addEventListener(name, event => this[name](event))
    if (this.dataset.moved) document.getElementById(this.dataset.moved)?.querySelector("a")?.focus({ preventScroll: true })
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    for (const news of ["story-grew", "live-resumed"]) document.removeEventListener(news, this.grow)
  }

  async drawAgain() {
    if (this.held || this.querySelector(":popover-open")) { this.grow(); return }
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null)
    const drawn = answer?.ok && fromHtml(await answer.text()).querySelector("work-board")
    if (!drawn || !this.isConnected || this.held || saysTheSame(this, drawn)) return
    const focused = this.contains(document.activeElement) && document.activeElement.closest("[data-item]")?.id
    this.replaceWith(drawn)
    enliven(drawn)
    if (focused) document.getElementById(focused)?.querySelector("a")?.focus({ preventScroll: true })
  }

  get columns() { return [...this.querySelectorAll("[data-status]")] }
  columnOf(element) { return element.closest?.("[data-status]") }

  ways(column) { return new Set((column?.dataset.ways ?? "").split(" ").filter(Boolean)) }

  dragstart(event) {
    this.held = event.target.closest?.("[data-item]")
    if (!this.held) return
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", this.held.querySelector("a").href)
    this.held.classList.add("is-held")
    this.classList.add("is-dragging")
    const ways = this.ways(this.columnOf(this.held))
    this.columns.forEach(column => column.classList.toggle("is-way", ways.has(column.dataset.status)))
  }

  dragend() {
    this.held?.classList.remove("is-held")
    this.classList.remove("is-dragging")
    this.columns.forEach(column => column.classList.remove("is-way", "is-over"))
    this.held = null
  }

  dragover(event) {
    const column = this.columnOf(event.target)
    if (!this.held || !column) return
    event.preventDefault() // a column that it may not go to answers with the reason
    this.columns.forEach(other => other.classList.toggle("is-over", other === column && column.classList.contains("is-way")))
  }

  dragleave(event) { if (!this.contains(event.relatedTarget)) this.columns.forEach(column => column.classList.remove("is-over")) }

  drop(event) {
    const column = this.columnOf(event.target)
    if (!this.held || !column) return
    event.preventDefault()
    this.send(this.held, column)
  }

  keydown(event) {
    const card = event.target.closest?.("[data-item]")
    const step = event.shiftKey && { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!card || !step) return
    event.preventDefault()
    const here = this.columns.indexOf(this.columnOf(card))
    const next = this.columns[here + (getComputedStyle(this).direction === "rtl" ? -step : step)]
    if (next) this.send(card, next)
  }

  send(card, column) {
    const from = this.columnOf(card)
    if (from === column) return
    const told = { item: card.dataset.item, seen: from.dataset.status, status: column.dataset.status }
    for (const [name, value] of Object.entries(told)) this.form.elements.namedItem(name).value = value
    this.form.requestSubmit()
  }
}

customElements.define("work-board", WorkBoard)
