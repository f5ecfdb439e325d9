// Prints the page it stands on; browsers keep it as PDF, too.
class PrintPage extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => window.print())
  }
}

customElements.define("print-page", PrintPage)
