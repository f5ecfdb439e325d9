// Shows one's working state beside one's name, and tells that somebody is at the desk while keys are pressed.
import { enliven, post } from "tw/dom"

const BEAT = 60_000

class WorkingState extends HTMLElement {
  connectedCallback() {
    this.lastAt = 0
    this.active = () => this.beat()
    for (const sign of ["keydown", "pointerdown", "wheel"]) addEventListener(sign, this.active, { passive: true })
    this.beat()
  }

  disconnectedCallback() {
    for (const sign of ["keydown", "pointerdown", "wheel"]) removeEventListener(sign, this.active)
  }

  async beat() {
    if (document.hidden || Date.now() - this.lastAt < BEAT) return
    this.lastAt = Date.now()
    try {
      const answer = await post(this.dataset.url, new URLSearchParams(), { headers: this.headers })
      if (answer.ok && !this.querySelector(":popover-open")) this.show(await answer.text())
    } catch {}
  }

  get headers() {
    const told = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")
    return { ...told, "HX-Request": "true", "X-Requested-With": "fetch" }
  }

  show(html) {
    this.innerHTML = html
    enliven(this)
  }
}

customElements.define("working-state", WorkingState)
