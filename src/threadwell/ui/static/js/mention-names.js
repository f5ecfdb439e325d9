// Names of colleagues to choose from, while an @ is typed in a note.
const WRITTEN = /(?:^|[\s(])@([\p{L}\p{N}][\p{L}\p{N}'’ -]{0,30})?$/u
const MOST = 6
const plain = name => name.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ß", "ss").replaceAll("ł", "l").replaceAll("ø", "o")

class MentionNames extends HTMLElement {
  connectedCallback() {
    this.list = Object.assign(document.createElement("ul"), { className: "mentions", role: "listbox", id: "mentions", popover: "manual" })
    this.list.setAttribute("aria-label", this.dataset.label)
    this.append(this.list)
    this.addEventListener("input", () => this.look())
    this.addEventListener("keydown", event => this.pressed(event), true)
    this.addEventListener("focusout", () => setTimeout(() => { if (!this.contains(document.activeElement)) this.close() }, 150))
    this.list.addEventListener("mousedown", event => event.preventDefault())
    this.list.addEventListener("click", event => { const one = event.target.closest("[role=option]"); if (one) this.choose(one) })
  }

  get isNote() { return this.closest("form").elements.as?.value === "note" }
  get field() { return this.querySelector("trix-editor") ?? this.querySelector("textarea") }
  get options() { return [...this.list.children] }
  get chosen() { return this.options.findIndex(one => one.ariaSelected === "true") }

  async look() {
    const typed = this.isNote ? this.before().match(WRITTEN) : null
    if (!typed) return this.close()
    this.typed = typed[1] ?? ""
    const names = await this.names()
    const words = plain(this.typed.trim())
    const fits = names.filter(name => plain(name) !== words && ` ${plain(name)}`.includes(` ${words}`)).slice(0, MOST)
    fits.length ? this.show(fits) : this.close()
  }

  names() {
    this.asked ??= fetch(this.dataset.url).then(answer => (answer.ok ? answer.json() : { names: [] })).then(({ names }) => names).catch(() => { this.asked = null; return [] })
    return this.asked
  }

  before() {
    const { field } = this
    if (field.editor) return field.editor.getDocument().toString().slice(0, field.editor.getSelectedRange()[0])
    return field.value.slice(0, field.selectionStart)
  }

  show(names) {
    this.list.replaceChildren(...names.map((name, index) => {
      const one = Object.assign(document.createElement("li"), { id: `mention-${index}`, role: "option", textContent: name, className: "mentions__name" })
      return one
    }))
    const { left, top } = this.field.getBoundingClientRect()
    Object.assign(this.list.style, { left: `${left + 8}px`, bottom: `${innerHeight - top + 4}px` })
    this.list.showPopover()
    this.field.setAttribute("aria-controls", this.list.id)
    this.mark(0)
  }

  mark(index) {
    this.options.forEach((one, at) => { one.ariaSelected = String(at === index) })
    this.field.setAttribute("aria-activedescendant", `mention-${index}`)
  }

  pressed(event) {
    if (!this.list.matches(":popover-open")) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const count = this.options.length
    if (step) this.mark((this.chosen + step + count) % count)
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return this.close()
    else if (event.key === "Enter" || event.key === "Tab") this.choose(this.options[this.chosen])
    else if (event.key === "Escape") this.close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  choose(option) {
    const { field } = this
    const name = `${option.textContent} `
    if (field.editor) {
      const [at] = field.editor.getSelectedRange()
      field.editor.setSelectedRange([at - this.typed.length, at])
      field.editor.insertString(name)
    } else {
      field.setRangeText(name, field.selectionStart - this.typed.length, field.selectionStart, "end")
      field.dispatchEvent(new Event("input", { bubbles: true }))
    }
    field.focus()
    this.close()
  }

  close() {
    if (this.list.matches(":popover-open")) this.list.hidePopover()
    this.field?.removeAttribute("aria-activedescendant")
  }
}

customElements.define("mention-names", MentionNames)
