// The composer's manners: its tabs lead to the text, Ctrl-Enter sends, Escape leaves.
class ComposerModes extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form")
    this.addEventListener("click", event => { if (event.target.matches("[name=as]")) this.focusText() })
    this.addEventListener("keydown", event => this.pressed(event), true)
    this.done = () => this.leave()
    document.addEventListener("answer-sent", this.done)
  }

  disconnectedCallback() { document.removeEventListener("answer-sent", this.done) }

  get isNote() { return this.form.elements.as.value === "note" }

  focusText() { (this.querySelector("trix-editor") ?? this.querySelector("textarea"))?.focus() }

  // What is said is said: the keys of the desk work again.
  leave() {
    if (!this.contains(document.activeElement)) return
    document.activeElement.blur()
    this.closest("#thread")?.focus({ preventScroll: true })
  }

  pressed(event) {
    if (event.key === "Escape" && event.target.matches("textarea, trix-editor")) event.target.blur()
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    event.stopPropagation()
    this.querySelector(this.isNote ? "[data-keep]" : "[data-send]").click()
  }
}

customElements.define("composer-modes", ComposerModes)
