// A list whose rows have keys of their own: the row in focus is done by the key that its button names.
import { isTyping } from "tw/dom"

class RowDeeds extends HTMLElement {
  connectedCallback() { this.addEventListener("keydown", event => this.pressed(event)) }

  pressed(event) {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
    const deed = event.target.closest("li")?.querySelector(`[data-row-key="${CSS.escape(event.key.toLowerCase())}"]`)
    if (!deed) return
    event.preventDefault()
    event.stopPropagation()
    deed.click()
  }
}

customElements.define("row-deeds", RowDeeds)
