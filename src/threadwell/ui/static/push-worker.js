// Lives in the browser without a page: shows what is pushed, and opens what it is about.
self.addEventListener("push", event => {
  const told = event.data?.json() ?? {}
  const shown = { body: told.body ?? "", tag: told.tag, data: { link: told.link } }
  event.waitUntil(self.registration.showNotification(told.title || "Threadwell", shown))
})

self.addEventListener("notificationclick", event => {
  event.notification.close()
  const link = new URL(event.notification.data?.link ?? "/", self.location)
  // The desk may be reached by more than one name; nothing else is opened.
  const place = new URL(link.pathname + link.search, self.location).href
  event.waitUntil(open(place))
})

const open = async place => {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  const page = pages.find(one => one.url === place) ?? pages[0]
  if (!page) return self.clients.openWindow(place)
  await page.focus()
  return page.url === place ? page : page.navigate(place).catch(() => self.clients.openWindow(place))
}
