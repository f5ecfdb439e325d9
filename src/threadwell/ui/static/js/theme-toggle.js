// Switches between light and dark and remembers it on this device.
import { keepHere } from "tw/device"

class ThemeToggle extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => this.switch())
  }

  switch() {
    const { dataset } = document.documentElement
    const chosen = ["light", "dark"].includes(dataset.theme) ? dataset.theme : null
    const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches
    dataset.theme = isDark ? "light" : "dark"
    keepHere("theme", dataset.theme)
  }
}

customElements.define("theme-toggle", ThemeToggle)
