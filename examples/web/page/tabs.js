// Tabs, as the ARIA practices have them: arrow keys, Home and End; the address says which.

export function startTabs(list) {
  const tabs = [...list.querySelectorAll('[role=tab]')];
  const panelOf = (tab) => document.getElementById(tab.getAttribute('aria-controls'));

  function choose(chosen, { focus = false } = {}) {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      panelOf(tab).hidden = !isChosen;
    }
    if (focus) chosen.focus();
    history.replaceState(null, '', `#${chosen.getAttribute('aria-controls')}`);
  }

  list.addEventListener('click', (event) => {
    const tab = event.target.closest('[role=tab]');
    if (tab) choose(tab);
  });
  list.addEventListener('keydown', (event) => {
    const at = tabs.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    choose(tabs[(next + tabs.length) % tabs.length], { focus: true });
  });

  const wanted = tabs.find((tab) => `#${tab.getAttribute('aria-controls')}` === location.hash);
  if (wanted) choose(wanted);
}
