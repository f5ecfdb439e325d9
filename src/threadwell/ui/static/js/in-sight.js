// Where one is may lie outside of a bar that scrolls: it is brought into sight, and the page stays where it is.
for (const link of document.querySelectorAll(".side__all [aria-current], .tabs [aria-current]")) {
  const bar = link.closest(".side__all, .tabs")
  const [inner, outer] = [link.getBoundingClientRect(), bar.getBoundingClientRect()]
  if (inner.bottom > outer.bottom) bar.scrollTop += inner.bottom - outer.bottom + inner.height
  if (inner.left < outer.left || inner.right > outer.right) bar.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2
}
