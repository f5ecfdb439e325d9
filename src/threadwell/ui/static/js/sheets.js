// A link with data-sheet opens its form in a dialog of this page; without scripts it leads to a page.
const sheet = () => document.getElementById("sheet")

document.addEventListener("click", event => {
  if (event.target.closest("[data-leave]")) return sheet()?.close()
  const link = event.target.closest("a[data-sheet]")
  if (!link || !sheet() || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  link.closest("[popover]")?.hidePopover()
  open(link.href)
})

export const open = async address => {
  const dialog = sheet()
  await window.htmx.ajax("GET", address, { target: dialog, swap: "innerHTML" })
  if (!dialog.firstElementChild) return
  if (!dialog.open) dialog.showModal()
  ;(dialog.querySelector("[autofocus]") ?? dialog.querySelector("input:not([type=hidden], .unseen), textarea, select"))?.focus()
}

// The server wants something filled in before it does what was asked for.
document.addEventListener("asked", event => open(event.detail.url))

document.addEventListener("keydown", event => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
  const form = event.target.closest?.(".sheet")
  if (!form) return
  event.preventDefault()
  form.querySelector("[data-submit]")?.click()
})
