// What the pages before the desk use.
import "tw/copy-text"
import "tw/theme-toggle"
import "tw/toast-note"
import "tw/zone-guess"
