// Pictures stand in the text of the editor; other files go to the list below it.
import { post } from "tw/dom"

export const acceptPicture = event => {
  if (event.file.type.startsWith("image/")) return
  event.preventDefault()
  event.target.dispatchEvent(new CustomEvent("files-given", { bubbles: true, detail: [event.file] }))
}

export const uploadPicture = async (attachment, url) => {
  if (!attachment.file) return
  const facts = new FormData()
  facts.append("file", attachment.file)
  facts.append("inline", "yes")
  const answer = await post(url, facts).catch(() => null)
  if (!answer?.ok) return attachment.remove()
  const picture = await answer.json()
  attachment.setAttributes({ url: picture.url, href: "", cid: picture.cid })
}
