// Opens dialogs by [data-opens] or by command buttons of older browsers; closes them by a click beside them.
const open = id => {
  const dialog = document.getElementById(id)
  if (!dialog?.showModal || dialog.open) return false
  dialog.showModal()
  return true
}

document.addEventListener("click", event => {
  const opener = event.target.closest("[data-opens]")
  if (opener && open(opener.dataset.opens)) event.preventDefault()

  const command = event.target.closest("[commandfor]")
  if (command && !("commandForElement" in HTMLButtonElement.prototype)) {
    if (command.getAttribute("command") === "show-modal") open(command.getAttribute("commandfor"))
    else document.getElementById(command.getAttribute("commandfor"))?.close()
  }

  if (event.target.matches("dialog[closedby=any]") && !("closedBy" in HTMLDialogElement.prototype)) event.target.close()
})

// An answered dialog closes when the server says the deed is done.
document.addEventListener("done", () => document.querySelectorAll("dialog[open]").forEach(dialog => dialog.close()))
