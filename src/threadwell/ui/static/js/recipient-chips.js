// Recipients as chips over a plain field; an address outside this conversation is marked before it is written to.
import { addressOf, nameOf, split, stateOf } from "tw/addresses"
import { fromHtml } from "tw/dom"

class RecipientChips extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input[name]")
    this.people = split(this.field.value)
    this.known = new Set((this.dataset.known ?? "").toLowerCase().split(/\s+/))
    this.field.type = "hidden"
    this.entry = Object.assign(document.createElement("input"), { type: "text", className: "chips__entry", autocomplete: "off", inputMode: "email" })
    this.entry.setAttribute("aria-label", this.dataset.label)
    if (this.dataset.list) this.entry.setAttribute("list", this.dataset.list)
    this.append(this.entry)
    this.entry.addEventListener("keydown", event => this.pressed(event))
    this.entry.addEventListener("blur", () => this.add())
    this.entry.addEventListener("input", event => { if (/[,;\n]$/.test(this.entry.value) || event.inputType === "insertReplacementText") this.add() })
    this.addEventListener("click", event => this.clicked(event))
    this.draw()
  }

  pressed(event) {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && this.entry.value) { event.preventDefault(); this.add() }
    if (event.key === "Backspace" && !this.entry.value && this.people.length) { this.people.pop(); this.changed() }
  }

  add() {
    const fresh = split(this.entry.value).filter(written => !this.people.some(person => addressOf(person) === addressOf(written)))
    this.entry.value = ""
    if (fresh.length) { this.people.push(...fresh); this.changed() }
  }

  clicked(event) {
    const button = event.target.closest("[data-remove]")
    if (!button) return
    this.people.splice(Number(button.dataset.remove), 1)
    this.changed()
    this.entry.focus()
  }

  changed() {
    this.draw()
    this.dispatchEvent(new Event("change", { bubbles: true }))
  }

  draw() {
    this.field.value = this.people.join(", ")
    this.querySelectorAll(".person").forEach(chip => chip.remove())
    this.entry.before(...this.people.map((written, index) => this.chip(written, index)))
  }

  chip(written, index) {
    const chip = fromHtml(this.querySelector("template").innerHTML).firstElementChild
    const state = stateOf(written, this.known)
    if (state) { chip.classList.add(`person--${state}`); chip.querySelector("[data-word]").textContent = this.dataset[state] }
    chip.title = addressOf(written)
    chip.querySelector("[data-name]").textContent = nameOf(written)
    const button = chip.querySelector("button")
    button.dataset.remove = index
    button.ariaLabel = `${button.ariaLabel} ${nameOf(written)}`
    return chip
  }
}

customElements.define("recipient-chips", RecipientChips)
