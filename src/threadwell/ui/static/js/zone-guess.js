// Proposes the zone this device is in, until somebody chose another.
class ZoneGuess extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("select[name=zone]")
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    const untouched = [...field.options].every((option) => option.selected === option.defaultSelected)
    const known = [...field.options].some((option) => option.value === zone)
    if (untouched && known && field.value === "UTC") field.value = zone
  }
}

customElements.define("zone-guess", ZoneGuess)
