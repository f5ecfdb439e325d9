// One field for every place: arrows choose among what the server found, Enter opens it.
class CommandPalette extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input")
    this.addEventListener("keydown", event => this.pressed(event))
    this.addEventListener("submit", event => this.submitted(event))
    this.observer = new MutationObserver(() => this.point())
    this.observer.observe(this.querySelector("[role=listbox]"), { childList: true })
  }

  disconnectedCallback() { this.observer?.disconnect() }

  get options() { return [...this.querySelectorAll("[role=option]")] }
  get chosen() { return this.options.find(option => option.ariaSelected === "true") }

  pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const { options } = this
    if (!options.length) return
    const at = options.indexOf(this.chosen)
    const next = options[(at + step + options.length) % options.length]
    options.forEach(option => { option.ariaSelected = String(option === next) })
    next.scrollIntoView({ block: "nearest" })
    this.point()
  }

  submitted(event) {
    if (!this.chosen) return // without one, the form goes to the search page
    event.preventDefault()
    this.chosen.click()
    this.querySelector("dialog").close()
  }

  point() {
    if (this.chosen) this.field.setAttribute("aria-activedescendant", this.chosen.id)
    else this.field.removeAttribute("aria-activedescendant")
  }
}

customElements.define("command-palette", CommandPalette)
