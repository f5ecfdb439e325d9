// Counts down the seconds in which a sent answer can still be taken back.
class UndoSend extends HTMLElement {
  connectedCallback() {
    this.until = new Date(this.dataset.until).getTime()
    this.tick()
    this.timer = setInterval(() => this.tick(), 250)
  }

  disconnectedCallback() { clearInterval(this.timer) }

  tick() {
    const left = Math.ceil((this.until - Date.now()) / 1000)
    this.querySelector("[data-left]").textContent = Math.max(0, left)
    if (left > 0) return
    clearInterval(this.timer)
    this.hidden = true // the server sends the message's new state by the live stream
  }
}

customElements.define("undo-send", UndoSend)
