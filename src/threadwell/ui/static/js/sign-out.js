// Who signs out on purpose leaves no words on the device: what the server does not have goes there first.
import { factsHere, forgetHere, keysHere } from "tw/device"
import { post } from "tw/dom"

const PATIENCE = 5000 // milliseconds

const handOver = async (key, agent) => {
  const [, whose, url] = key.match(/^draft:([^:]*):(.*)$/)
  const facts = new FormData()
  for (const [name, value] of Object.entries({ ...factsHere(key), whose })) facts.set(name, value ?? "")
  const { status } = await post(url, facts, { signal: AbortSignal.timeout(PATIENCE) })
  // Where one's own conversation is gone, there is nobody who would take them.
  if (status === 204 || (whose === agent && (status === 403 || status === 404))) forgetHere(key)
}

document.addEventListener("submit", async event => {
  const form = event.target
  if (!form.matches("[data-sign-out]")) return
  event.preventDefault()
  event.stopImmediatePropagation()
  const keepers = [...document.querySelectorAll("draft-keeper")].filter(keeper => keeper.isAhead || keeper.onItsWay)
  await Promise.allSettled(keepers.map(keeper => keeper.keep()))
  await Promise.allSettled(keysHere("draft:").map(key => handOver(key, form.dataset.signOut)))
  form.submit()
}, true)
