// Renews the parts of the page that are marked data-live, every two seconds.
// A part that holds the focus waits. New lines of a log are added to it, so that a
// selection stays and a screen reader says only what is new.
"use strict";

function renew(old, now) {
  const [logs, grown] = [old, now].map((part) => part.querySelectorAll("[data-log]"));
  if (logs.length && logs.length === grown.length) {
    logs.forEach((log, i) => {
      const text = grown[i].textContent;
      if (text.startsWith(log.textContent)) {
        log.append(text.slice(log.textContent.length));
      } else {
        log.textContent = text;
      }
    });
  } else if (!old.contains(document.activeElement)) {
    old.replaceWith(document.adoptNode(now));
  }
}

async function look() {
  let again = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const now = page.getElementById(old.id);
      if (now && !now.isEqualNode(old)) renew(old, now);
    }
    again = page.querySelector("script") !== null; // nothing more will change
  } catch (error) {
    console.debug(error); // the server is gone, or busy
  } finally {
    if (again) setTimeout(look, 2000);
  }
}

setTimeout(look, 2000);
