// A list that is put in order by dragging its rows; the buttons of each row do the same for the keyboard.
class RowOrder extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("[data-order]")
    if (!this.form) return
    for (const row of this.rows) row.draggable = true
    for (const name of ["dragstart", "dragover", "dragleave", "drop", "dragend"]) this.addEventListener(name, event => this[name](event))
  }

  get rows() { return [...this.querySelectorAll("[data-row]")] }

  dragstart(event) {
    this.held = event.target.closest("[data-row]")
    if (!this.held) return
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", this.held.dataset.row)
    this.held.dataset.held = ""
  }

  dragover(event) {
    const over = event.target.closest("[data-row]")
    if (!this.held || !over) return
    event.preventDefault()
    if (over !== this.held) over.dataset.over = ""
  }

  dragleave(event) { delete event.target.closest("[data-row]")?.dataset.over }

  drop(event) {
    const over = event.target.closest("[data-row]")
    if (!this.held || !over || over === this.held) return
    event.preventDefault()
    const rows = this.rows
    over[rows.indexOf(this.held) < rows.indexOf(over) ? "after" : "before"](this.held)
    for (const row of this.rows) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "rule", value: row.dataset.row })
      this.form.append(field)
    }
    this.form.requestSubmit()
  }

  dragend() {
    for (const row of this.rows) { delete row.dataset.held; delete row.dataset.over }
    this.held = null
  }
}

customElements.define("row-order", RowOrder)
