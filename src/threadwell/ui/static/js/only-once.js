// Whoever presses a button twice means it once: what it sent is on its way. Another button of the form is meant.
const going = new WeakMap()

// Before htmx queues it. What sends itself while somebody types waits for its turn and goes with the last words.
document.addEventListener("htmx:confirm", event => {
  const { elt, verb, triggeringEvent } = event.detail
  const isSubmit = verb !== "get" && triggeringEvent?.type === "submit"
  if (isSubmit && going.has(elt) && going.get(elt) === triggeringEvent.submitter) event.preventDefault()
})

document.addEventListener("htmx:beforeSend", ({ detail }) => going.set(detail.elt, detail.requestConfig.triggeringEvent?.submitter))
document.addEventListener("htmx:afterRequest", ({ detail }) => going.delete(detail.elt))
