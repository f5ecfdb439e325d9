// Lets this browser be called, when its reader wants it: asks, subscribes, tells the server.
import { post } from "tw/dom"

const WORKER = "/push-worker.js"

class PushSwitch extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button")
    this.word = this.querySelector("[data-word]")
    this.button.addEventListener("click", () => this.ask())
    this.look()
  }

  async look() {
    if (!("serviceWorker" in navigator && "PushManager" in window)) return this.say("unsupported", true)
    if (Notification.permission === "denied") return this.say("denied", true)
    const worker = await navigator.serviceWorker.getRegistration("/")
    if (await worker?.pushManager.getSubscription()) this.say("known")
  }

  async ask() {
    this.button.disabled = true
    this.say("asking")
    try {
      if ((await Notification.requestPermission()) !== "granted") return this.say("denied", true)
      const worker = await navigator.serviceWorker.register(WORKER)
      await navigator.serviceWorker.ready
      const given = await this.subscribed(worker)
      const answer = await post(this.dataset.url, new URLSearchParams(given))
      if (!answer.ok) throw new Error(answer.status)
      location.reload()
    } catch {
      this.button.disabled = false
      this.say("failed")
    }
  }

  async subscribed(worker) {
    const wanted = { userVisibleOnly: true, applicationServerKey: this.dataset.key }
    // One that was made with another key is of no use.
    const old = await worker.pushManager.getSubscription()
    await old?.unsubscribe()
    const { endpoint, keys } = (await worker.pushManager.subscribe(wanted)).toJSON()
    return { endpoint, p256dh: keys.p256dh, auth: keys.auth }
  }

  say(what, isFinal = false) {
    this.word.textContent = this.dataset[what] ?? ""
    if (isFinal) this.button.disabled = true
  }
}

customElements.define("push-switch", PushSwitch)
