// A customer's HTML in its own sandboxed frame, as tall as what it holds. No script runs in there.
class MessageFrame extends HTMLElement {
  connectedCallback() {
    this.frame = this.querySelector("iframe")
    this.frame.addEventListener("load", () => this.watch())
    if (this.frame.contentDocument?.readyState === "complete") this.watch()
  }

  disconnectedCallback() { this.observer?.disconnect() }

  watch() {
    const body = this.frame.contentDocument?.body
    if (!body) return
    this.observer?.disconnect()
    this.observer = new ResizeObserver(() => this.fit(body))
    this.observer.observe(body)
    this.fit(body)
  }

  fit(body) {
    const wide = body.scrollWidth > body.clientWidth ? 18 : 0 // room for the sideways bar
    this.frame.height = Math.ceil(body.getBoundingClientRect().height) + wide
    this.dispatchEvent(new CustomEvent("frame-grew", { bubbles: true }))
  }
}

customElements.define("message-frame", MessageFrame)
