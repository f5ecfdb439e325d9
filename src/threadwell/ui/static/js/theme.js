// Runs before the first paint: light or dark as chosen on this device, and "there are scripts".
const root = document.documentElement
root.classList.add("scripted")
try {
  const chosen = localStorage.getItem("theme")
  if (chosen) root.dataset.theme = chosen
} catch {}
