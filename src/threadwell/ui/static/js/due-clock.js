// A deadline whose words go on while the page stays open: "due in 12 m", then "overdue 3 m".
const EVERY = 20_000
const DAY = 86_400_000

class DueClock extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.show(), EVERY)
  }

  disconnectedCallback() {
    clearInterval(this.timer)
  }

  show() {
    const left = new Date(this.dataset.at) - Date.now()
    if (Math.abs(left) >= DAY) return // days do not change while somebody looks
    const words = left < 0 ? this.dataset.after : this.dataset.before
    const said = words.replace("{}", spanOf(Math.abs(left)))
    if (this.textContent !== said) this.textContent = said
    const kind = this.classList.contains("chip") ? "chip" : "due"
    this.classList.toggle(`${kind}--late`, left < 0)
  }
}

function spanOf(milliseconds) {
  const minutes = Math.floor(milliseconds / 60_000)
  const hours = Math.floor(minutes / 60)
  if (hours) return `${hours} h ${String(minutes % 60).padStart(2, "0")} m`
  return minutes ? `${minutes} m` : `${Math.floor(milliseconds / 1000)} s`
}

customElements.define("due-clock", DueClock)
