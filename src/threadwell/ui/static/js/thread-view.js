// The messages open at what is new, and stay at the end while one reads there.
class ThreadView extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol")
    requestAnimationFrame(() => this.begin())
    this.observer = new MutationObserver(() => { if (this.wasAtEnd) this.toEnd() })
    this.observer.observe(this.list, { childList: true })
    this.sizes = new ResizeObserver(() => { if (this.wasAtEnd) this.toEnd() }) // the composer took some of the room
    this.sizes.observe(this)
    this.addEventListener("scroll", () => { this.wasAtEnd = this.isAtEnd })
    this.addEventListener("frame-grew", () => { if (!this.isTouched) this.begin() })
    for (const touch of ["wheel", "pointerdown", "keydown"]) this.addEventListener(touch, () => { this.isTouched = true }, { passive: true })
  }

  disconnectedCallback() {
    this.observer?.disconnect()
    this.sizes?.disconnect()
  }

  begin() {
    if (location.hash.startsWith("#message-")) return
    const fresh = this.querySelector("#new-mark")
    const scrollsItself = this.scrollHeight > this.clientHeight + 1
    if (!scrollsItself) this.pageTo(fresh ?? this.list.lastElementChild) // on a phone the page scrolls
    else if (fresh) this.scrollTop = fresh.offsetTop - 16
    else this.toEnd()
    this.wasAtEnd = this.isAtEnd
  }

  pageTo(line) { if (this.list.children.length > 3) line.scrollIntoView({ block: "center" }) }
  toEnd() { this.scrollTop = this.scrollHeight }
  get isAtEnd() { return this.scrollHeight - this.scrollTop - this.clientHeight < 80 }
}

customElements.define("thread-view", ThreadView)
