// Words that were selected in a message can be marked: as a promise, a decision or a task, by mouse or by key.
import { isTyping } from "tw/dom"
import { open } from "tw/sheets"

const KEYS = { p: "promise", d: "decision", t: "task" }

class TextMarks extends HTMLElement {
  connectedCallback() {
    this.watch = () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.show(), 200) }
    this.press = event => this.pressed(event)
    document.addEventListener("selectionchange", this.watch)
    document.addEventListener("keydown", this.press, true)
    this.addEventListener("mousedown", event => event.preventDefault()) // the selection stays
    this.addEventListener("click", event => this.mark(event.target.closest("[data-mark]")))
    this.framed = event => this.inTools(event)
    document.addEventListener("click", this.framed, true)
  }

  disconnectedCallback() {
    document.removeEventListener("selectionchange", this.watch)
    document.removeEventListener("keydown", this.press, true)
    document.removeEventListener("click", this.framed, true)
  }

  get chosen() {
    const selection = getSelection()
    const text = selection?.toString().trim()
    const home = text && selection.anchorNode?.parentElement?.closest(".message__text")?.closest(".message")
    return home ? { text, message: home.id.replace("message-", ""), range: selection.getRangeAt(0) } : null
  }

  show() {
    const { chosen } = this
    if (!chosen) return this.hidePopover()
    const place = chosen.range.getBoundingClientRect()
    this.style.insetInlineStart = `${Math.max(8, Math.min(place.left, innerWidth - 280))}px`
    this.style.insetBlockStart = `${Math.max(8, place.bottom + 6)}px`
    this.showPopover()
  }

  pressed(event) {
    const kind = KEYS[event.key.toLowerCase()]
    if (!kind || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !this.matches(":popover-open")) return
    event.preventDefault()
    event.stopImmediatePropagation()
    this.mark(this.querySelector(`[data-mark=${kind}]`))
  }

  mark(button) {
    const { chosen } = this
    if (!button || !chosen) return
    this.hidePopover()
    open(addressed(button.dataset.url, chosen.message, chosen.text))
  }

  // What is selected in a letter that is shown as it was sent goes along from the message's own menu.
  inTools(event) {
    const link = event.target.closest?.("a[data-marks]")
    const frame = link?.closest(".message")?.querySelector("iframe")
    const text = frame?.contentDocument?.getSelection()?.toString().trim()
    if (text) link.search = new URLSearchParams({ message: link.dataset.marks, text: text.slice(0, 2000) })
  }
}

const addressed = (url, message, text) => `${url}?${new URLSearchParams({ message, text: text.slice(0, 2000) })}`

customElements.define("text-marks", TextMarks)
