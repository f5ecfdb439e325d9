// Pictures stand in the text of the editor; other files, and what is too large, go to the list below it.
import { post } from "tw/dom"

export const acceptPicture = event => {
  const { limit } = event.target.closest("file-drop")
  if (event.file.type.startsWith("image/") && event.file.size <= limit) return
  event.preventDefault()
  event.target.dispatchEvent(new CustomEvent("files-given", { bubbles: true, detail: [event.file] }))
}

export const uploadPicture = ({ attachment, target }, url) => {
  const { file } = attachment
  if (file) target.dispatchEvent(new CustomEvent("picture-goes-up", { bubbles: true, detail: { file, going: goUp(attachment, url) } }))
}

// Null when it is there; otherwise why not, as far as the server said it.
const goUp = async (attachment, url) => {
  const facts = new FormData()
  facts.append("file", attachment.file)
  facts.append("inline", "yes")
  const answer = await post(url, facts).catch(() => null)
  if (!answer?.ok) {
    attachment.remove()
    return answer?.status === 422 ? answer.text() : ""
  }
  const picture = await answer.json()
  attachment.setAttributes({ url: picture.url, href: "", cid: picture.cid })
  return null
}
