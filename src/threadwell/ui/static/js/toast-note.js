// A note in the corner: goes by itself, waits while one points at it or stands in it.
class ToastNote extends HTMLElement {
  connectedCallback() {
    this.left = Number(this.dataset.seconds ?? 8)
    this.timer = setInterval(() => this.tick(), 1000)
    this.addEventListener("click", event => { if (event.target.closest("[data-dismiss]")) this.remove() })
    this.addEventListener("submit", () => this.answer())
  }

  disconnectedCallback() { clearInterval(this.timer) }

  // Out of sight, but still in the page: htmx looks for its targets from here.
  answer() {
    this.left = 10
    this.classList.remove("toast--error")
    setTimeout(() => { this.hidden = true }, 0)
  }

  tick() {
    if (this.matches(":hover, :focus-within") || document.hidden) return
    // What went wrong stays until it is read.
    if (this.classList.contains("toast--error")) return
    this.left -= 1
    if (this.left <= 0) this.remove()
  }
}

customElements.define("toast-note", ToastNote)
