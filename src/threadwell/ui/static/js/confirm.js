// Asks before a form with data-confirm goes: one dialog of the page, no browser box.
const dialog = () => document.getElementById("confirm")

// Capturing, so that the question comes before htmx sends anything.
document.addEventListener("submit", event => {
  const asks = event.submitter?.dataset.confirm ?? event.target.dataset.confirm
  if (!asks || !dialog() || event.target.dataset.confirmed) return
  event.preventDefault()
  event.stopImmediatePropagation()
  ask(asks, event.submitter?.dataset.yes).then(yes => {
    if (!yes) return
    event.target.dataset.confirmed = "yes"
    event.target.requestSubmit(event.submitter)
    delete event.target.dataset.confirmed
  })
}, true)

export const ask = (text, yes) => new Promise(answer => {
  const box = dialog()
  box.querySelector("#confirm-text").textContent = text
  const button = box.querySelector("[data-yes]")
  button.dataset.usual ??= button.textContent
  button.textContent = yes || button.dataset.usual
  box.returnValue = ""
  box.addEventListener("close", () => answer(box.returnValue === "yes"), { once: true })
  box.showModal()
})
