// A table in which many rows can be chosen: one box for all of them, shift for a range, and how many are chosen.
class ChooseAll extends HTMLElement {
  connectedCallback() {
    this.all = this.querySelector("[data-all]")
    this.addEventListener("click", event => this.clicked(event))
    this.addEventListener("change", event => this.changed(event))
    this.tell()
  }

  get boxes() { return [...this.querySelectorAll("input[name=chosen]")] }

  clicked(event) {
    if (!event.target.matches("input[name=chosen]")) return
    const { boxes } = this
    const [from, to] = [boxes.indexOf(this.last), boxes.indexOf(event.target)].sort((one, other) => one - other)
    if (event.shiftKey && from >= 0) boxes.slice(from, to + 1).forEach(box => { box.checked = event.target.checked })
    this.last = event.target
    this.tell()
  }

  changed(event) {
    if (event.target === this.all) this.boxes.forEach(box => { box.checked = this.all.checked })
    this.tell()
  }

  tell() {
    const { boxes } = this
    const count = boxes.filter(box => box.checked).length
    if (this.all) { this.all.checked = count > 0 && count === boxes.length; this.all.indeterminate = count > 0 && count < boxes.length }
    this.querySelectorAll("[data-chosen-count]").forEach(place => { place.textContent = count })
  }
}

customElements.define("choose-all", ChooseAll)
