// Copies what its target says, and says so.
class CopyText extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => this.copy())
  }

  async copy() {
    const source = document.getElementById(this.dataset.from)
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim())
    const word = this.querySelector("[data-word]")
    const usual = word.textContent
    word.textContent = this.dataset.done
    setTimeout(() => { word.textContent = usual }, 2000)
  }
}

customElements.define("copy-text", CopyText)
