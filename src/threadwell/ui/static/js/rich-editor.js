// Rich text over a plain field. The plain field stays the truth without scripts, and the answer's text part with them.
import { acceptPicture, uploadPicture } from "tw/editor-pictures"

class RichEditor extends HTMLElement {
  connectedCallback() {
    this.plain = this.querySelector("textarea")
    this.rich = this.querySelector("input[name=html]")
    this.switch = this.querySelector("[data-switch]")
    this.switch?.addEventListener("click", () => (this.editor ? this.toPlain() : this.toRich()))
    this.plain.form.addEventListener("formdata", event => this.told(event.formData))
    this.addEventListener("trix-file-accept", acceptPicture)
    this.addEventListener("trix-attachment-add", event => uploadPicture(event, this.dataset.url))
    if (this.dataset.mode === "rich") this.toRich()
  }

  async toRich() {
    await import("trix")
    if (this.editor) return
    if (!this.rich.value && this.plain.value) this.rich.value = asHtml(this.plain.value)
    this.editor = document.createElement("trix-editor")
    this.editor.setAttribute("input", this.rich.id)
    this.editor.setAttribute("toolbar", this.querySelector("trix-toolbar").id)
    this.editor.setAttribute("aria-label", this.dataset.label)
    const wasWriting = this.contains(document.activeElement)
    this.editor.addEventListener("trix-initialize", () => { if (wasWriting) this.toEnd() })
    this.plain.hidden = true
    this.plain.required = false // browsers refuse to send a form for a field that nobody can see
    this.plain.after(this.editor)
    this.mark("rich")
  }

  toEnd() {
    const end = this.editor.editor.getDocument().getLength() - 1
    this.editor.focus()
    this.editor.editor.setSelectedRange([end, end])
  }

  toPlain() {
    this.plain.value = this.text
    this.rich.value = ""
    this.editor.remove()
    this.editor = null
    this.plain.hidden = false
    this.plain.required = true
    this.plain.focus()
    this.mark("plain")
  }

  told(facts) {
    facts.set("text", this.text)
    if (!this.editor) facts.set("html", "")
  }

  mark(mode) {
    this.dataset.mode = mode
    this.querySelector("trix-toolbar").hidden = mode !== "rich"
    this.switch?.setAttribute("aria-pressed", String(mode === "rich"))
  }

  get text() { return this.editor?.editor ? this.editor.editor.getDocument().toString().trimEnd() : this.plain.value }
}

export const asHtml = text => {
  const holder = document.createElement("div")
  holder.innerText = text
  return `<div>${holder.innerHTML}</div>`
}

customElements.define("rich-editor", RichEditor)
