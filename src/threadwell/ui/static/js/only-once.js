// Whoever presses a button twice means it once: a form whose answer is on its way does not go again.
const going = new WeakSet()

// Before htmx queues it. What sends itself while somebody types waits for its turn and goes with the last words.
document.addEventListener("htmx:confirm", event => {
  const { elt, verb, triggeringEvent } = event.detail
  if (verb !== "get" && triggeringEvent?.type === "submit" && going.has(elt)) event.preventDefault()
})

document.addEventListener("htmx:beforeSend", event => going.add(event.detail.elt))
document.addEventListener("htmx:afterRequest", event => going.delete(event.detail.elt))
