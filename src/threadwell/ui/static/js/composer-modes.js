// The composer's manners: tabs focus the text, Ctrl-Enter sends, choosing again what is chosen keeps it.
class ComposerModes extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form")
    this.addEventListener("change", event => { if (event.target.name === "as") this.turned() })
    this.addEventListener("click", event => { if (event.target.matches("[name=as]")) this.focusText() })
    this.addEventListener("keydown", event => this.pressed(event), true)
    this.turned()
  }

  get as() { return this.form.elements.as?.value ?? "reply" }

  // Reply, reply all and forward have their own recipients; the server wrote each set beside its tab.
  turned() {
    for (const set of this.querySelectorAll("[data-for]")) {
      const isOn = set.dataset.for.split(" ").includes(this.as)
      set.hidden = !isOn
      set.querySelectorAll("input, textarea").forEach(field => { field.disabled = !isOn })
    }
  }

  focusText() { (this.querySelector("trix-editor") ?? this.querySelector("textarea:not([hidden])"))?.focus() }

  pressed(event) {
    if (event.key === "Escape") return document.activeElement.blur()
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    event.stopPropagation()
    this.form.requestSubmit(this.querySelector("[data-send]"))
  }
}

customElements.define("composer-modes", ComposerModes)
