// Small words every element uses.

export const csrf = () => {
  try { return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "" } catch { return "" }
}

export const post = (url, body, more = {}) =>
  fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf(), "X-Requested-With": "fetch" }, ...more })

export const withoutFiles = form => {
  const facts = new FormData(form)
  for (const [name, value] of [...facts]) if (value instanceof File) facts.delete(name)
  return facts
}

export const isTyping = target =>
  target.isContentEditable || target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, trix-editor")

export const debounced = (milliseconds, act) => {
  let timer
  const later = (...given) => { clearTimeout(timer); timer = setTimeout(act, milliseconds, ...given) }
  later.cancel = () => clearTimeout(timer)
  return later
}

export const fromHtml = html => {
  const holder = document.createElement("template")
  holder.innerHTML = html
  return holder.content
}

// What was put in the page by hand gets its hx-* life.
export const enliven = element => window.htmx?.process(element)

export const bytes = count => {
  const unit = count >= 1e6 ? ["megabyte", 1e6] : ["kilobyte", 1e3]
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: unit[0], maximumFractionDigits: 1 })
    .format(count / unit[1])
}

export const clockTime = (moment = new Date()) =>
  moment.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
