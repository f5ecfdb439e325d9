// The list: choosing many (one box for all, shift for a range, x for the row in focus) and marking the one that is open.
class ListSelection extends HTMLElement {
  connectedCallback() {
    this.all = this.querySelector("[data-all]")
    this.addEventListener("click", event => this.clicked(event))
    this.addEventListener("change", event => this.changed(event))
    this.addEventListener("keydown", event => this.pressed(event))
    // A page has one first heading: the conversation's, once there is one beside the list.
    this.stepBack = () => {
      const title = this.querySelector("h1")
      if (!title) return
      const second = Object.assign(document.createElement("h2"), { id: title.id, className: title.className })
      second.append(...title.childNodes)
      title.replaceWith(second)
    }
    document.addEventListener("conversation-opened", this.stepBack)
    this.observer = new MutationObserver(() => this.renewed())
    this.observer.observe(this.querySelector("#convos"), { childList: true })
    this.tell()
  }

  disconnectedCallback() {
    document.removeEventListener("conversation-opened", this.stepBack)
    this.observer?.disconnect()
  }

  // Rows came or went: what was done from the menu is done.
  renewed() {
    this.querySelector(".bulk [popover]:popover-open")?.hidePopover()
    this.tell()
  }

  get boxes() { return [...this.querySelectorAll("input[name=chosen]")] }

  clicked(event) {
    const row = event.target.closest("a.convo")
    if (row && !event.ctrlKey && !event.metaKey) this.opened(row)
    if (!event.target.matches("input[name=chosen]")) return
    const { boxes } = this
    const [from, to] = [boxes.indexOf(this.last), boxes.indexOf(event.target)].sort((one, other) => one - other)
    if (event.shiftKey && from >= 0) boxes.slice(from, to + 1).forEach(box => { box.checked = event.target.checked })
    this.last = event.target
    this.tell()
  }

  opened(row) {
    this.querySelectorAll("a.convo[aria-current]").forEach(other => other.removeAttribute("aria-current"))
    row.setAttribute("aria-current", "true")
    row.classList.remove("convo--unread")
  }

  changed(event) {
    if (event.target === this.all) this.boxes.forEach(box => { box.checked = this.all.checked })
    this.tell()
  }

  pressed(event) {
    const box = event.key === "x" && event.target.closest("[data-row]")?.parentElement.querySelector("input[name=chosen]")
    if (!box) return
    event.preventDefault()
    box.click()
  }

  tell() {
    const { boxes } = this
    const count = boxes.filter(box => box.checked).length
    this.classList.toggle("is-choosing", count > 0)
    if (this.all) { this.all.checked = count > 0 && count === boxes.length; this.all.indeterminate = count > 0 && count < boxes.length }
    this.querySelectorAll("[data-chosen-count]").forEach(place => { place.textContent = count })
  }
}

customElements.define("list-selection", ListSelection)
