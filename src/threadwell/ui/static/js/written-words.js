// The words that stand in a composer, and how they come into another.
import { asHtml } from "tw/rich-editor"

export const written = keeper => {
  const editor = keeper.querySelector("rich-editor")
  const { plain, rich } = editor
  const html = editor.editor ? rich.value : ""
  return { text: editor.text, html, as: keeper.form.elements.as.value, at: plain.selectionStart, isFocused: editor.contains(document.activeElement) }
}

// Puts the words into the other field, behind another draft that stands there; says whether there is one.
export const put = async (keeper, { text, html, as, at, isFocused }, kept) => {
  const editor = keeper.querySelector("rich-editor")
  const { plain, rich } = editor
  const there = plain.value.trim()
  const isOther = Boolean(there && text.trim() && there !== kept.trim())
  const isRich = Boolean(html || rich.value)
  if (text.trim() && (isOther || there !== text.trim())) {
    if (isRich) rich.value = (isOther ? `${rich.value || asHtml(plain.value)}<br>` : "") + (html || asHtml(text))
    plain.value = isOther ? `${plain.value}\n\n${text}` : text
    editor.dispatchEvent(new Event("input", { bubbles: true }))
  }
  const chosen = keeper.querySelector(`[name=as][value="${as}"]`)
  if (chosen && !isOther) chosen.checked = true
  if (isFocused) plain.focus()
  if (isFocused) plain.selectionStart = plain.selectionEnd = at + plain.value.length - text.length
  if (isRich) await editor.toRich()
  return isOther
}
