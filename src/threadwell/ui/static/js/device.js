// What this device keeps; a browser may refuse to: a private window, a full store.
export const keepHere = (key, text) => { try { localStorage.setItem(key, text) } catch {} }
export const keptHere = key => { try { return localStorage.getItem(key) } catch { return null } }
export const factsHere = key => { try { return JSON.parse(keptHere(key)) } catch { return null } }
export const keysHere = start => { try { return Object.keys(localStorage).filter(key => key.startsWith(start)) } catch { return [] } }
export const forgetHere = key => { try { localStorage.removeItem(key) } catch {} }
