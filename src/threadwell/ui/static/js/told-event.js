// News that an element of the page asks for anew: told once, under the name it carries.
class ToldEvent extends HTMLElement {
  connectedCallback() {
    const { name } = this.dataset
    this.remove()
    document.body.dispatchEvent(new CustomEvent(name, { bubbles: true }))
  }
}

customElements.define("told-event", ToldEvent)
