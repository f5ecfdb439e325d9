// Offers names that begin as one types, in the list of a field; without it the first names are offered.
class NameSuggestions extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", event => {
      if (!event.target.list) return
      clearTimeout(this.waiting)
      this.waiting = setTimeout(() => this.ask(event.target), 150)
    })
  }

  async ask(field) {
    const asked = field.value.trim()
    if (asked.length < 2) return
    const response = await fetch(`${this.dataset.url}?q=${encodeURIComponent(asked)}`, { headers: { Accept: "application/json" } })
    if (!response.ok || field.value.trim() !== asked) return
    const { names } = await response.json()
    field.list.replaceChildren(...names.map(name => Object.assign(document.createElement("option"), { value: name })))
  }
}

customElements.define("name-suggestions", NameSuggestions)
