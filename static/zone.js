// Chooses the reader's own time zone in a form that has not been filled in yet; the form works without it.
document.querySelectorAll("select[data-own-zone]").forEach((select) => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === zone)) {
    select.value = zone;
  }
});
