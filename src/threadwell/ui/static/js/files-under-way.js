// What is sent while files are on their way up waits for them; if one is refused, that is to be seen first.
export const waitsWith = (form, tell) => {
  const underWay = new Set()
  let held = null

  form.addEventListener("submit", event => {
    if (!underWay.size) return
    event.preventDefault()
    event.stopImmediatePropagation()
    held = event.submitter
    tell()
  }, true)

  return async going => {
    underWay.add(going)
    const isThere = await going
    underWay.delete(going)
    if (!isThere) held = null
    if (underWay.size || !held?.isConnected) return
    form.requestSubmit(held)
    held = null
  }
}
