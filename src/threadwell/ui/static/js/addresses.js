// Reads addresses as people write them.

export const ADDRESS = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/
export const addressOf = written => (written.match(/<([^>]+)>/)?.[1] ?? written).trim().toLowerCase()
export const nameOf = written => written.replace(/<[^>]+>/, "").replaceAll('"', "").trim() || addressOf(written)
export const split = text => text.match(/(?:"[^"]*"|[^,;\n"])+/g)?.map(part => part.trim()).filter(Boolean) ?? []

// "" is fine, "outside" is new to this conversation, "wrong" is no address.
export const stateOf = (written, known) => {
  const address = addressOf(written)
  if (!ADDRESS.test(address)) return "wrong"
  return known.has(address) || known.has(address.split("@")[1]) ? "" : "outside"
}
