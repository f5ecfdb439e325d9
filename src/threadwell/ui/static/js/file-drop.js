// Files by drop, paste or choice: each goes up at once, with its progress, and becomes a line of the list.
import { bytes, csrf, enliven, fromHtml } from "tw/dom"
import { waitsWith } from "tw/files-under-way"

class FileDrop extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("[data-files]")
    this.limit = Number(this.dataset.maxBytes ?? 25e6)
    this.follow = waitsWith(this.closest("form"), () => { this.querySelector("[data-draft-state]").textContent = this.dataset.waiting })
    this.addEventListener("dragover", event => { if (hasFiles(event)) { event.preventDefault(); this.classList.add("is-over") } })
    this.addEventListener("dragleave", () => this.classList.remove("is-over"))
    this.addEventListener("drop", event => this.dropped(event))
    this.addEventListener("paste", event => this.pasted(event), true)
    this.addEventListener("files-given", event => this.take(event.detail))
    this.addEventListener("picture-goes-up", event => this.pictured(event.detail))
    this.addEventListener("change", event => { if (event.target.type === "file") this.chosen(event.target) })
    this.addEventListener("click", event => { const button = event.target.closest("[data-remove-file]"); if (button) this.takeOut(button.closest("li")) })
  }

  dropped(event) {
    this.classList.remove("is-over")
    if (!hasFiles(event) || event.target.closest("trix-editor")) return // the editor puts pictures in the text
    event.preventDefault()
    this.take(event.dataTransfer.files)
  }

  pasted(event) {
    if (!event.clipboardData?.files.length || event.clipboardData.types.includes("text/plain") || event.target.closest("trix-editor")) return
    event.preventDefault()
    event.stopPropagation()
    this.take(event.clipboardData.files)
  }

  chosen(input) {
    this.take(input.files)
    input.value = ""
  }

  take(files) { for (const file of files) this.send(file) }

  pictured({ file, going }) {
    this.follow(going.then(why => {
      if (why !== null) this.refuse(this.lineOf(file), why || this.dataset.failed)
      return why === null
    }))
  }

  lineOf(file) {
    const line = fromHtml(`<li class="upload"><span class="clip"></span><progress max="1" value="0"></progress></li>`).firstChild
    line.firstChild.textContent = `${file.name}, ${bytes(file.size)}`
    this.list.append(line)
    return line
  }

  send(file) {
    const line = this.lineOf(file)
    if (file.size > this.limit) return this.refuse(line, this.dataset.tooLarge.replace("{limit}", bytes(this.limit)))
    const facts = new FormData()
    facts.append("file", file)
    const call = new XMLHttpRequest() // fetch tells nothing about the way up
    call.open("POST", this.dataset.url)
    call.setRequestHeader("X-CSRFToken", csrf())
    call.upload.onprogress = ({ loaded, total }) => { line.querySelector("progress").value = loaded / total }
    call.onload = () => (call.status < 300 ? this.landed(line, call.responseText) : this.refuse(line, call.status === 422 ? call.responseText : this.dataset.failed))
    call.onerror = () => this.refuse(line, this.dataset.failed)
    this.follow(new Promise(done => { call.onloadend = () => done(!line.matches(".upload--failed")) }))
    call.send(facts)
  }

  landed(line, html) {
    const done = fromHtml(html).firstElementChild
    if (!done) return this.refuse(line, this.dataset.failed)
    line.replaceWith(done)
    enliven(done)
    this.dispatchEvent(new Event("change", { bubbles: true }))
  }

  // The server keeps a file until it is told by name that it shall not go along.
  takeOut(line) {
    const key = line.querySelector("[name=attached]")?.value
    if (key) this.append(Object.assign(document.createElement("input"), { type: "hidden", name: "removed", value: key }))
    line.remove()
    this.dispatchEvent(new Event("change", { bubbles: true }))
  }

  refuse(line, why) {
    line.classList.add("upload--failed")
    line.querySelector("progress").replaceWith(Object.assign(document.createElement("b"), { textContent: why, role: "alert" }))
  }
}

const hasFiles = event => event.dataTransfer?.types.includes("Files")

customElements.define("file-drop", FileDrop)
